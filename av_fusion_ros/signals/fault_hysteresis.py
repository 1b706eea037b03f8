# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From fault scores that flicker to one condition that does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp

RAISE, CLEAR = 0.5, 0.3  # smoothed score that usually raises a fault, and below which it may go


class FaultHysteresis:
    """Raises faults by their smoothed scores and clears them when they stayed away.

    A score that jumps to 1 raises its fault after 0.7 ``smooth_s``, where ``raise_at`` (by number
    of the fault) does not ask for more than 0.5.
    """

    def __init__(
        self,
        faults: int,
        smooth_s: float,
        clear_s: float,
        raise_at: Mapping[int, float] | None = None,
    ) -> None:
        self._faults = faults
        self._raise_at = [(raise_at or {}).get(k, RAISE) for k in range(faults)]
        self._smooth_s = smooth_s
        self._clear_s = clear_s
        self.reset()

    def reset(self) -> None:
        """Nothing is wrong, as far as is known."""
        self._smoothed = [0.0] * self._faults
        self._below_s = [0.0] * self._faults
        self._raised = [False] * self._faults

    def push(self, scores: Sequence[float], elapsed_s: float) -> list[bool]:
        """Take the scores [0, 1] of each fault; return which are raised."""
        kept = exp(-elapsed_s / self._smooth_s)
        for k, score in enumerate(scores):
            self._smoothed[k] = smoothed = kept * self._smoothed[k] + (1 - kept) * score
            self._below_s[k] = self._below_s[k] + elapsed_s if smoothed < CLEAR else 0.0
            if smoothed >= self._raise_at[k]:
                self._raised[k] = True
            elif self._below_s[k] >= self._clear_s:
                self._raised[k] = False
        return list(self._raised)
