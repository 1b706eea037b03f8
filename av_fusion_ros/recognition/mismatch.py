# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Do voice and lips belong to each other over time, and if not, how do they differ?

A sequential test on the agreement of single hops decides. How they differ names the kind: lips that
are still (WRONG_SPEAKER), the same words at another time (DESYNC), other words (CONTENT). A shift
is also raised by itself: a small one hardly lowers the agreement.
"""

from __future__ import annotations

from collections import deque
from math import isnan

import numpy as np

from av_fusion_ros.recognition.av_offset import OffsetReading
from av_fusion_ros.recognition.consistency_alarm import Kind
from av_fusion_ros.recognition.consistency_settings import ConsistencySettings
from av_fusion_ros.recognition.sequential_test import SequentialTest

_STILL_HOPS = 15  # of speech, over which lips that are still are seen to be


class Mismatch:
    """Takes the hops in which somebody speaks and both senses can be compared.

    ``test`` is the sequential test, with its evidence and the onset it found.
    """

    def __init__(self, settings: ConsistencySettings) -> None:
        self._settings = settings
        limits = settings.test
        self._drift = limits.drift
        self.test = SequentialTest(limits.raise_at, limits.clear_at, limits.hop)
        self.reset()

    def reset(self) -> None:
        """Forget everything; nothing is raised."""
        self.forget_evidence()
        self._lips: deque[float] = deque(maxlen=_STILL_HOPS)
        self._kind = Kind.NONE

    def forget_evidence(self) -> None:
        """Begin to judge anew, as after a long silence."""
        self.test.reset()
        self._shifted_hops = 0
        self._shifted = False

    def push(
        self,
        stamp_ns: int,
        log_odds: float,
        reading: OffsetReading,
        mouth_opening: float,
    ) -> None:
        """Take one hop: do they belong together, and how far apart?

        ``log_odds`` of the hop, NaN unknown.
        """
        settings = self._settings
        self._lips.append(mouth_opening)
        if not isnan(log_odds):
            self.test.update(-log_odds - self._drift, stamp_ns)
        far = abs(reading.offset_s) >= settings.desync_s
        self._shifted = far and reading.gain >= settings.desync_gain
        self._shifted_hops = self._shifted_hops + 1 if self._shifted else 0

    def judged(self) -> Kind:
        """The kind of what is raised, or NONE; what it was once seen to be it stays."""
        if not self.test.raised and self._shifted_hops < self._settings.desync_hops:
            self._kind = Kind.NONE
        elif self._kind is Kind.DESYNC or self._shifted:
            self._kind = Kind.DESYNC
        elif self._kind is Kind.WRONG_SPEAKER or self._lips_are_still():
            self._kind = Kind.WRONG_SPEAKER
        else:
            self._kind = Kind.CONTENT
        return self._kind

    def _lips_are_still(self) -> bool:
        """Through more than half a second of speech."""
        full = len(self._lips) == _STILL_HOPS
        return full and float(np.std(self._lips)) < self._settings.lips_still
