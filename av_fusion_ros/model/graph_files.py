# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The exported graphs' files and the index that tells what is in them. No torch is needed.

A graph holds no weights, only their names in a checkpoint: it belongs to an architecture.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from av_fusion_ros.model.checkpoint_file import specification_of
from av_fusion_ros.model.specification import Specification

Part = Literal['audio', 'visual', 'fusion']
PARTS: tuple[Part, ...] = ('audio', 'visual', 'fusion')
INDEX = 'graphs.json'


class GraphFilesError(ValueError):
    """The exported graphs are missing, damaged or of another architecture."""


@dataclass(frozen=True, slots=True)
class GraphFile:
    """A graph, and which of a checkpoint's arrays it takes."""

    path: Path
    weights: list[str]


def graph_path(folder: Path, part: Part) -> Path:
    """Where a part's graph is."""
    return folder / f'{part}.onnx'


def write_index(folder: Path, spec: Specification, weights: dict[Part, list[str]]) -> Path:
    """Write what architecture the graphs of a folder are of and which weights each takes."""
    path = folder / INDEX
    index = {'architecture': spec.architecture(), 'weights': weights}
    path.write_text(json.dumps(index, indent=1) + '\n', encoding='utf-8')
    return path


def find_graph(folder: Path, part: Part, spec: Specification) -> GraphFile:
    """Return a part's graph; raises GraphFilesError when ``folder`` has none that fits."""
    mend = '"av-fusion export --model CHECKPOINT" writes the graphs of a checkpoint'
    index_path, path = folder / INDEX, graph_path(folder, part)
    if not index_path.is_file() or not path.is_file():
        raise GraphFilesError(f'no {INDEX} with {path.name} in {folder}: {mend}')
    try:
        index = json.loads(index_path.read_text(encoding='utf-8'))
        architecture = specification_of(index['architecture']).architecture()
        weights = index['weights'][part]
    except (ValueError, KeyError, TypeError) as error:
        raise GraphFilesError(f'{index_path} is damaged ({error}): {mend}') from error
    if architecture != spec.architecture():
        raise GraphFilesError(
            f'{path} is of another architecture than the checkpoint {spec.model_id}: {mend}'
        )
    return GraphFile(path, weights)
