# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What each run came to, kept in one file a run so that an interrupted ablation goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

FROM_SCRATCH = 'from_scratch'  # arms that come after no checkpoint


@dataclass(frozen=True, slots=True)
class Result:
    """One arm trained with one seed."""

    family: str
    variant: str
    seed: int
    parameters: int
    train_cpu_s: float
    figures: dict[str, float]


@dataclass(frozen=True, slots=True)
class Results:
    """The results in a folder, apart by the checkpoint (``model``) that an arm comes after."""

    folder: Path
    model: str

    def find(self, family: str, variant: str, seed: int) -> Result | None:
        """The result of a run that is done, else None."""
        path = self._path(family, variant, seed)
        return Result(**json.loads(path.read_text())) if path.is_file() else None

    def add(self, result: Result) -> None:
        """Keep one result."""
        path = self._path(result.family, result.variant, result.seed)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix('.part')
        unfinished.write_text(json.dumps(asdict(result), indent=1) + '\n')
        unfinished.replace(path)

    def __iter__(self) -> Iterator[Result]:
        for name in (self.model, FROM_SCRATCH):
            for path in sorted((self.folder / name).glob('*.json')):
                yield Result(**json.loads(path.read_text()))

    def _path(self, family: str, variant: str, seed: int) -> Path:
        name = variant.replace(' ', '_').replace(',', '')
        owner = FROM_SCRATCH if family == 'deformable' else self.model
        return self.folder / owner / f'{family}-{name}-{seed}.json'
