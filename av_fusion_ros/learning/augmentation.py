# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Other voices, other tempi and gaps: variety that a small collection of recordings lacks."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torchaudio.transforms import Resample

from av_fusion_ros.learning.corpus import Clip, Word

SPEED_RANGE = (1.0, 1.2)  # never slower: the clip must stay inside its window
VOCAL_TRACT_RANGE = (0.9, 1.1)


def at_another_speed(rng: np.random.Generator, clip: Clip) -> Clip:
    """The clip played faster, its pitch and formants with it (Ko et al. 2015).

    Only for sound alone: a picture would have to be played at that speed as well.
    """
    speed = float(rng.uniform(*SPEED_RANGE))
    hundredths = round(100 * speed)
    speed = hundredths / 100
    slow = torch.from_numpy(clip.samples.astype(np.float32))
    fast = _resampler(hundredths)(slow).numpy()
    samples = np.clip(np.rint(fast), -32768, 32767).astype(np.int16)
    words = tuple(Word(w.text, w.start_s / speed, w.end_s / speed) for w in clip.words)
    return replace(clip, samples=samples, words=words)


@lru_cache
def _resampler(hundredths: int) -> Resample:
    """A filter costs more to make than to use, so speeds are in hundredths and each is kept."""
    return Resample(hundredths, 100)


def other_vocal_tract(rng: np.random.Generator, mel: NDArray[np.float32]) -> NDArray[np.float32]:
    """The spectrogram (bands, frames) with its bands moved by up to a tenth.

    Vocal tract length perturbation (Jaitly and Hinton 2013), on mel bands.
    """
    bands = np.arange(len(mel))
    source = np.clip(bands * float(rng.uniform(*VOCAL_TRACT_RANGE)), 0, len(mel) - 1)
    low = np.minimum(source.astype(int), len(mel) - 2)
    part = (source - low)[:, None].astype(np.float32)
    warped: NDArray[np.float32] = (mel[low] * (1 - part) + mel[low + 1] * part).astype(np.float32)
    return warped


def mask(rng: np.random.Generator, mel: NDArray[np.float32]) -> NDArray[np.float32]:
    """SpecAugment (Park et al. 2019, arXiv 1904.08779): one band and one stretch at the mean."""
    mel = mel.copy()
    bands, frames = mel.shape
    width, length = int(rng.integers(0, 10)), int(rng.integers(0, 20))
    band, frame = int(rng.integers(bands - width)), int(rng.integers(frames - length))
    mean = float(mel.mean())
    mel[band : band + width] = mean
    mel[:, frame : frame + length] = mean
    return mel


def held_frames(rng: np.random.Generator, crops: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A few frames lost: the last one before them is shown on, twice for up to 0.2 s."""
    crops = crops.copy()
    for _ in range(2):
        length = int(rng.integers(1, 6))
        start = int(rng.integers(1, len(crops) - length))
        crops[start : start + length] = crops[start - 1]
    return crops


def out_of_step(rng: np.random.Generator, crops: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture up to 80 ms before or after the sound, as cameras in the field are."""
    shift = int(rng.integers(-2, 3))
    shifted: NDArray[np.uint8] = crops[np.clip(np.arange(len(crops)) + shift, 0, len(crops) - 1)]
    return shifted
