# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How usable a microphone's sound is: level, clipping, offset, and whether it is alive."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, log10, nan

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 16000
_FULL_SCALE = 0.999
_MEMORY_S = 0.3  # clipping and offset are averaged so long
# A pause in speech is no fault: loudness is what was reached lately, falling so fast.
_LOUDNESS_FALL_DB_S = 10.0
_DEAD_S = 0.4  # of constant samples: longer than a gap of the source, shorter than 0.5 s
# A room with a working microphone is never quieter than this; 16 bits end at -96 dBFS.
_FAINT_DBFS, _AUDIBLE_DBFS = -90.0, -75.0
_CLIPPED_BAD = 0.05  # share of clipped samples at which speech is no longer intelligible
_OFFSET_BAD = 0.25  # of full scale


@dataclass(frozen=True, slots=True)
class MicrophoneReading:
    """What one block says of the microphone.

    ``level_dbfs`` RMS without offset, <= 0, -inf for digital silence, 0 dBFS = a full-scale square
    wave; ``clipped_fraction`` of this block's samples; ``offset`` mean over 0.3 s, in full scales;
    ``dead`` no change for 0.4 s; ``quality`` [0, 1] 0 = dead or clipped, 1 = clean, NaN = unknown.
    """

    level_dbfs: float
    clipped_fraction: float
    offset: float
    dead: bool
    quality: float


def _fall(value: float, good: float, bad: float) -> float:
    """1 at ``good``, 0 at ``bad``, straight between."""
    return min(1.0, max(0.0, (bad - value) / (bad - good)))


class MicrophoneQuality:
    """Watches 16 kHz samples in blocks of any size."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything heard."""
        self._still_samples = 0
        self._last: float | None = None
        self._clipped = 0.0
        self._offset = 0.0
        self._level_dbfs = -inf
        self._loudness_dbfs = -200.0
        self._heard = False

    def push(self, samples: NDArray[np.float32]) -> MicrophoneReading:
        """Take samples (n,) and return what they say; an empty block repeats the state."""
        n = len(samples)
        clipped = 0.0
        if n:
            self._count_still(samples)
            clipped = float(np.mean(np.abs(samples) >= _FULL_SCALE))
            mean = float(np.mean(samples))
            kept = exp(-n / (RATE_HZ * _MEMORY_S)) if self._heard else 0.0
            self._clipped = kept * self._clipped + (1 - kept) * clipped
            self._offset = kept * self._offset + (1 - kept) * mean
            # Against the block's own mean: an offset is no sound.
            power = float(np.var(np.asarray(samples, np.float64)))
            self._level_dbfs = 10 * log10(power) if power > 1e-20 else -inf
            fallen = self._loudness_dbfs - _LOUDNESS_FALL_DB_S * n / RATE_HZ
            self._loudness_dbfs = max(fallen, self._level_dbfs)
            self._heard = True
        dead = self._still_samples >= _DEAD_S * RATE_HZ
        return MicrophoneReading(self._level_dbfs, clipped, self._offset, dead, self._quality(dead))

    def _count_still(self, samples: NDArray[np.float32]) -> None:
        """Count how many samples at the end of the stream are exactly equal."""
        moving = np.flatnonzero(samples != samples[-1])
        if moving.size:
            self._still_samples = len(samples) - 1 - int(moving[-1])
        elif self._last is None or self._last == float(samples[-1]):
            self._still_samples += len(samples)
        else:
            self._still_samples = len(samples)
        self._last = float(samples[-1])

    def _quality(self, dead: bool) -> float:
        if not self._heard:
            return nan
        if dead:
            return 0.0
        clean = _fall(self._clipped, 0.001, _CLIPPED_BAD)
        centred = _fall(abs(self._offset), 0.02, _OFFSET_BAD)
        # A faint microphone is still of some use: the networks see levels far below.
        audible = 0.3 + 0.7 * (1 - _fall(self._loudness_dbfs, _FAINT_DBFS, _AUDIBLE_DBFS))
        return clean * centred * audible
