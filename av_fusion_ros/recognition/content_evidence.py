# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Does what the ear reads by itself turn up in what the eye reads, and the other way round?

For each phoneme that one sense reads, how probable is it to the other within 80 ms either way?
That is known two hops late, and summed over five hops.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from av_fusion_ros.model.phonemes import BLANK, N_CLASSES
from av_fusion_ros.recognition.agreement_window import Floats

_AROUND = 2  # hops either way: the network is trained to put up with a shift of 80 ms
_SUMMED = 5  # hops
_FLOOR = 0.02  # probability of what the other sense does not read at all


class ContentEvidence:
    """Takes every hop; ``match`` (nats, 0 at most) and ``said`` (phonemes read by both senses)."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._past = np.zeros((2 * _AROUND + 1, 2, N_CLASSES), np.float32)
        self._recent = deque([(0.0, 0.0)] * _SUMMED, maxlen=_SUMMED)
        self.match = self.said = 0.0

    def push(self, phonemes: Floats | None, speaking: bool = False) -> None:
        """Take the posteriors (2, classes) of ear and eye; None where they are too poor."""
        self._past[:-1] = self._past[1:]
        self._past[-1] = 0 if phonemes is None else phonemes
        self._past[-1, :, BLANK] = 0
        if not speaking:
            self._past[-1, 0] = 0
        there = self._past[_AROUND]
        nearby = np.log(self._past.max(axis=0) + _FLOOR)
        self._recent.append((float((there * nearby[::-1]).sum()), float(there.sum())))
        self.match = sum(match for match, _ in self._recent)
        self.said = sum(said for _, said in self._recent)
