# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Noise to mix with speech: from a file, or synthetic white, pink, babble and engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from av_fusion_ros.generation.errors import GenerationError
from av_fusion_ros.generation.media_file import read_sound
from av_fusion_ros.generation.sentences import plain_sentence
from av_fusion_ros.generation.speech import SAMPLE_RATE_HZ, random_voice, synthesise

Samples = npt.NDArray[np.float32]

_BABBLE_TALKERS = 7


def noise_samples(rng: np.random.Generator, n_samples: int, sound: str, file: str = '') -> Samples:
    """(n_samples,) float32 of unit RMS; a file is looped from a random place."""
    noise: npt.NDArray[np.floating[Any]]
    if file:
        recorded = read_sound(Path(file))
        if len(recorded) == 0 or not np.any(recorded):
            raise GenerationError(f'the noise file {file} is silent; give another')
        first = int(rng.integers(len(recorded)))
        noise = np.take(recorded, np.arange(first, first + n_samples), mode='wrap')
    elif sound == 'white':
        noise = rng.standard_normal(n_samples)
    elif sound == 'pink':
        noise = _coloured(rng, n_samples, -0.5)
    elif sound == 'engine':
        noise = _engine(rng, n_samples)
    elif sound == 'babble':
        noise = _babble(rng, n_samples)
    else:
        raise GenerationError(f'no synthetic noise {sound!r}; give white, pink, babble or engine')
    rms = float(np.sqrt(np.mean(np.square(noise, dtype=np.float64)))) if n_samples else 1.0
    return np.asarray(noise / max(rms, 1e-9), np.float32)


def _coloured(rng: np.random.Generator, n_samples: int, slope: float) -> npt.NDArray[np.float64]:
    """White noise whose amplitude spectrum falls as frequency ** slope above 30 Hz."""
    spectrum = np.fft.rfft(rng.standard_normal(max(n_samples, 2)))
    frequency = np.fft.rfftfreq(max(n_samples, 2), 1.0 / SAMPLE_RATE_HZ)
    shaped = spectrum * np.maximum(frequency, 30.0) ** slope
    return np.asarray(np.fft.irfft(shaped, max(n_samples, 2))[:n_samples])


def _engine(rng: np.random.Generator, n_samples: int) -> npt.NDArray[np.float64]:
    """Harmonics of a slowly wandering firing rate over a low rumble."""
    time_s = np.arange(n_samples) / SAMPLE_RATE_HZ
    speed = rng.uniform(28.0, 70.0)
    wander = 1.0 + 0.04 * np.sin(2 * np.pi * rng.uniform(0.1, 0.5) * time_s)
    phase = 2 * np.pi * np.cumsum(speed * wander) / SAMPLE_RATE_HZ
    harmonics = np.zeros(n_samples)
    for order in range(1, 40):
        harmonics += rng.uniform(0.3, 1.0) / order**0.8 * np.sin(order * phase + rng.uniform(0, 6))
    return harmonics / 2.0 + 25.0 * _coloured(rng, n_samples, -1.0)


def _babble(rng: np.random.Generator, n_samples: int) -> npt.NDArray[np.float64]:
    """Several synthetic talkers at once."""
    total = np.zeros(n_samples)
    for _ in range(_BABBLE_TALKERS):
        voice = random_voice(rng)
        talk: list[Samples] = []
        while sum(map(len, talk)) < n_samples + SAMPLE_RATE_HZ:
            talk.append(synthesise(plain_sentence(rng), voice).samples)
        line = np.concatenate(talk)
        first = int(rng.integers(SAMPLE_RATE_HZ))
        line = line[first : first + n_samples]
        total += line / max(float(np.sqrt(np.mean(line**2))), 1e-6)
    return total
