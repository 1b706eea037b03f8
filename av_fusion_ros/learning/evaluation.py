# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The robustness grid: words understood by ear, by eye and by both, in each noise and picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.learning.batches import ExampleMaker, stack
from av_fusion_ros.learning.corpus import Clip, read_samples
from av_fusion_ros.learning.data_folders import FULL_SCALE
from av_fusion_ros.learning.labels import Pronounce
from av_fusion_ros.learning.mixing import NoiseSource, coloured, stretch
from av_fusion_ros.learning.splits import Part, noise_parts
from av_fusion_ros.learning.statistics import wilson_interval
from av_fusion_ros.learning.validation import READINGS, readings
from av_fusion_ros.model.network import AVNetwork
from av_fusion_ros.recognition.grammar import Grammar
from av_fusion_ros.recognition.phrase_search import best_readings

WHITE = 'white'


@dataclass(frozen=True, slots=True)
class Cell:
    """One condition of the grid; ``snr_db`` None is clean, ``picture`` a corruption or 'good'."""

    snr_db: float | None
    family: str
    picture: str = 'good'


@dataclass(frozen=True, slots=True)
class Score:
    """Words right in one cell by one reading."""

    cell: Cell
    reading: str
    right: int
    words: int
    sentences_right: int
    sentences: int

    @property
    def accuracy(self) -> float:
        """Share of words right."""
        return self.right / max(1, self.words)

    @property
    def interval(self) -> tuple[float, float]:
        """95 % Wilson interval of the accuracy."""
        return wilson_interval(self.right, self.words)


class FamilyNoise(NoiseSource):
    """Noise of one family alone, from the recordings of one part."""

    def __init__(self, folder: Path, family: str, part: Part) -> None:
        recordings: list[NDArray[np.float32]] = []
        if family != WHITE:
            paths = noise_parts(sorted((folder / family).glob('*.flac')))[part]
            recordings = [read_samples(path).astype(np.float32) / FULL_SCALE for path in paths]
        super().__init__(recordings, [])
        self._family = recordings

    def draw(self, rng: np.random.Generator, n: int) -> NDArray[np.float32]:
        """A stretch (n,) of this family."""
        if not self._family:
            return coloured(rng, n, 0.0)
        # Some recordings begin or end in silence, which cannot be scaled to a ratio.
        while True:
            drawn = stretch(rng, self._family[int(rng.integers(len(self._family)))], n)
            if float(np.mean(drawn**2)) > 1e-8:
                return drawn


def cells(
    snrs_db: Sequence[float | None], families: Sequence[str], pictures: Sequence[str]
) -> Iterator[Cell]:
    """Every combination; clean once for each picture, whatever the families."""
    for picture, snr_db in product(pictures, snrs_db):
        if snr_db is None:
            yield Cell(None, 'none', picture)
        else:
            for family in families:
                yield Cell(snr_db, family, picture)


def words_right(truth: str, heard: str) -> int:
    """How many places of a fixed-length command hold the right word."""
    return sum(a == b for a, b in zip(truth.split(), heard.split(), strict=False))


def score_cell(
    network: AVNetwork,
    grammar: Grammar,
    clips: Sequence[Clip],
    cell: Cell,
    noise: NoiseSource,
    pronounce: Pronounce,
    seed: int,
    n_hops: int = 75,
) -> list[Score]:
    """Read every clip in one condition, by each sense and by both."""
    maker = ExampleMaker(network.spec, pronounce, noise, n_hops)
    rng = np.random.default_rng(seed)
    right = dict.fromkeys(READINGS, 0)
    whole = dict.fromkeys(READINGS, 0)
    words = 0
    for start in range(0, len(clips), 16):
        group = clips[start : start + 16]
        batch = stack([maker.make_plain(rng, clip, cell.snr_db, cell.picture) for clip in group])
        outputs = readings(network, batch)
        for index, clip in enumerate(group):
            words += len(clip.words)
            for name in READINGS:
                found = best_readings(grammar, outputs[name][index].numpy(), n_best=1)
                heard = found[0].text if found else ''
                count = words_right(clip.text, heard)
                right[name] += count
                whole[name] += count == len(clip.words)
    return [Score(cell, name, right[name], words, whole[name], len(clips)) for name in READINGS]


def noise_for(folder: Path, cell: Cell, part: Part) -> FamilyNoise:
    """The noise of a cell; a clean cell draws none."""
    return FamilyNoise(folder, WHITE if cell.snr_db is None else cell.family, part)
