# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Noises of places: recordings of one part, and generated kinds of which training has none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from av_fusion_ros.learning.corpus import read_samples
from av_fusion_ros.learning.data_folders import FULL_SCALE
from av_fusion_ros.learning.mixing import NoiseSource, stretch
from av_fusion_ros.learning.splits import Part, noise_parts
from av_fusion_ros.signals.log_mel import SAMPLE_RATE_HZ

Floats = NDArray[np.float32]
GENERATED_S = 60
#: Shorter recordings would repeat within two sentences.
SHORTEST_S = 15.0


class Place(NoiseSource):
    """One noise, everywhere in the recording."""

    def __init__(self, recording: Floats) -> None:
        super().__init__([recording], [])
        self._recording = recording

    def draw(self, rng: np.random.Generator, n: int) -> Floats:
        """A stretch (n,) from a random place that is not silent."""
        while True:
            drawn = stretch(rng, self._recording, n)
            if float(np.mean(drawn**2)) > 1e-8:
                return drawn


def generated(seed: int = 0) -> dict[str, Floats]:
    """Machines that sing: a buzzer, mains hum, a siren that sweeps, a hissing valve."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(GENERATED_S * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    white = rng.standard_normal(len(time_s))
    turns = np.cumsum(900 + 500 * np.sin(2 * np.pi * 0.3 * time_s)) / SAMPLE_RATE_HZ
    band = butter(4, [1000, 2500], 'band', fs=SAMPLE_RATE_HZ, output='sos')
    noises = {
        'buzzer': np.sign(np.sin(2 * np.pi * 220 * time_s)),
        'mains hum': np.sign(np.sin(2 * np.pi * 100 * time_s))
        + 0.5 * np.sin(2 * np.pi * 1000 * time_s),
        'siren': np.sin(2 * np.pi * turns) + 0.3 * np.sin(4 * np.pi * turns),
        'valve': sosfilt(band, white),
    }
    return {name: (0.3 * noise + 1e-3 * white).astype(np.float32) for name, noise in noises.items()}


def recorded(folder: Path, part: Part) -> dict[str, Floats]:
    """Recordings of one part that are long enough, by family and name."""
    found = {}
    for family in sorted(path for path in folder.iterdir() if path.is_dir()):
        for path in noise_parts(sorted(family.glob('*.flac')))[part]:
            samples = read_samples(path).astype(np.float32) / FULL_SCALE
            if len(samples) >= SHORTEST_S * SAMPLE_RATE_HZ:
                found[f'{family.name}: {path.stem}'] = samples
    return found
