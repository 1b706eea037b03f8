# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The conditions of the robustness grid: noise level, noise family, picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.learning.corpus import CorpusError, sound_files
from av_fusion_ros.learning.data_folders import family_noise
from av_fusion_ros.learning.mixing import NoiseSource, coloured, stretch
from av_fusion_ros.learning.splits import Part
from av_fusion_ros.signals.log_mel import SAMPLE_RATE_HZ

WHITE = 'white'
STEADY = 'steady'
#: The pictures of the grid and the corruption of learning/corruption.py that makes each.
PICTURES = {
    'good': 'good',
    'blurred': 'blur',
    'rain': 'rain',
    'occluded': 'occlude',
    'frozen': 'freeze',
    'absent': 'absent',
}
STEADY_SPREAD_DB = 2.0
BLOCK_S = 0.125  # time weighting F of a sound level meter


@dataclass(frozen=True, slots=True)
class Sound:
    """Noise of a family at a ratio to the active speech level; ``snr_db`` None is clean."""

    snr_db: float | None
    family: str

    @property
    def label(self) -> str:
        """What a table calls it: clean, -8 dB machine."""
        return 'clean' if self.snr_db is None else f'{self.snr_db:+g} dB {self.family}'


@dataclass(frozen=True, slots=True)
class Cell(Sound):
    """One condition of the grid; ``picture`` is a name in PICTURES or a corruption's."""

    picture: str = 'good'

    @property
    def sound(self) -> Sound:
        """The noise alone."""
        return Sound(self.snr_db, self.family)


def sounds(snrs_db: Sequence[float | None], families: Sequence[str]) -> Iterator[Sound]:
    """Every level of every family; clean once, whatever the families."""
    for snr_db in snrs_db:
        if snr_db is None:
            yield Sound(None, 'none')
        else:
            yield from (Sound(snr_db, family) for family in families)


def cells(
    snrs_db: Sequence[float | None], families: Sequence[str], pictures: Sequence[str]
) -> Iterator[Cell]:
    """Every combination of noise and picture."""
    for sound, picture in product(sounds(snrs_db, families), pictures):
        yield Cell(sound.snr_db, sound.family, picture)


def level_spread_db(recording: NDArray[np.float32]) -> float:
    """Standard deviation, in dB, of the level of a recording (n,) in blocks of 125 ms."""
    block = int(BLOCK_S * SAMPLE_RATE_HZ)
    usable = len(recording) // block * block
    power = np.mean(recording[:usable].reshape(-1, block).astype(np.float64) ** 2, axis=1)
    return float(np.std(10 * np.log10(power + 1e-10)))


class FamilyNoise(NoiseSource):
    """Noise of one family alone, from the recordings of one part.

    STEADY stands for those recordings of machine and vehicle whose level spreads by 2 dB at most.
    """

    def __init__(self, folder: Path, family: str, part: Part) -> None:
        recordings: list[NDArray[np.float32]] = []
        if family == STEADY:
            both = [*_recordings(folder, 'machine', part), *_recordings(folder, 'vehicle', part)]
            recordings = [r for r in both if level_spread_db(r) <= STEADY_SPREAD_DB]
        elif family != WHITE:
            recordings = _recordings(folder, family, part)
        if family != WHITE and not recordings:
            raise CorpusError(f'no {family} noise in the {part} part of {folder}')
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


def _recordings(folder: Path, family: str, part: Part) -> list[NDArray[np.float32]]:
    if not sound_files(folder / family):
        known = sorted(path.name for path in folder.iterdir() if path.is_dir())
        raise CorpusError(f'no {family} noise in {folder}; accepted: {", ".join([*known, WHITE])}')
    return family_noise(folder / family, part)


def noise_for(folder: Path, sound: Sound, part: Part) -> FamilyNoise:
    """The noise of a condition; a clean one draws none."""
    return FamilyNoise(folder, WHITE if sound.snr_db is None else sound.family, part)
