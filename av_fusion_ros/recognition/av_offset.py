# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""By how much the sound is late against the picture, from how alike they are at each shift."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import isnan, nan

import numpy as np

from av_fusion_ros.recognition.agreement_window import LAGS, TOGETHER, LagProfile
from av_fusion_ros.recognition.features import HOP_NS, NS_PER_S

_HOP_S = HOP_NS / NS_PER_S
_NEIGHBOURHOOD = 3  # hops around the peak that belong to it
_STEADY_READINGS = 250  # one a hop of speech: ten seconds
_LOOK_EVERY = 25
_STEADY_SPREAD_S = 0.12  # from the tenth to the ninetieth percentile


@dataclass(frozen=True, slots=True)
class OffsetSettings:
    """Chosen on validation clips: what a peak needs to be believed.

    ``min_peak``: its cosine; ``min_contrast``: above the best shift away from it;
    ``min_speech_hops`` of 75.
    """

    min_peak: float = 0.55
    min_contrast: float = 0.08
    min_speech_hops: int = 15


@dataclass(frozen=True, slots=True)
class OffsetReading:
    """``offset_s`` positive = audio late, NaN = not to be told.

    ``gain`` is by how much the cosine at that shift is above the best one together.
    """

    offset_s: float = nan
    gain: float = 0.0


def read_offset(profile: LagProfile, settings: OffsetSettings) -> OffsetReading:
    """The shift of the highest peak, to a fraction of a hop by the parabola through it."""
    known = np.isfinite(profile.similarity)
    if profile.speech_hops < settings.min_speech_hops or not known.all():
        return OffsetReading()
    curve = profile.similarity.astype(np.float64)
    best = int(curve.argmax())
    elsewhere = np.abs(np.arange(len(curve)) - best) > _NEIGHBOURHOOD
    contrast = curve[best] - curve[elsewhere].max()
    if curve[best] < settings.min_peak or contrast < settings.min_contrast:
        return OffsetReading()
    fraction = 0.0
    if 0 < best < len(curve) - 1:
        left, middle, right = curve[best - 1 : best + 2]
        bend = left - 2 * middle + right
        fraction = 0.5 * (left - right) / bend if bend < 0 else 0.0
    gain = float(curve[best] - curve[TOGETHER].max())
    return OffsetReading(float((LAGS[best] + fraction) * _HOP_S), gain)


class OffsetTracker:
    """``steady_s`` is the offset that has held: the median of ten seconds of readings, or NaN."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget every reading."""
        self._readings: deque[float] = deque(maxlen=_STEADY_READINGS)
        self._count = 0
        self.steady_s = nan

    def push(self, reading: OffsetReading) -> None:
        """Take a reading; one that could not be told is none."""
        if isnan(reading.offset_s):
            return
        self._readings.append(reading.offset_s)
        self._count += 1
        if self._count % _LOOK_EVERY == 0 and len(self._readings) == _STEADY_READINGS:
            low, middle, high = np.quantile(self._readings, (0.1, 0.5, 0.9))
            self.steady_s = float(middle) if high - low <= _STEADY_SPREAD_S else nan
