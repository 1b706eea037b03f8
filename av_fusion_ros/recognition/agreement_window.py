# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How alike what is heard and what is seen were, at every shift of up to a second.

The network's agreement head projects both senses into one space (model/agreement.py). Here the
projections of the last second are kept, so that the similarity at every shift costs one dot
product a hop: the search for an offset needs no further run of the network (the idea of SyncNet,
Chung and Zisserman 2016, on the projections that are there anyway).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

MAX_LAG = 25  # hops: one second either way
LAGS = np.arange(-MAX_LAG, MAX_LAG + 1)  # positive = the sound is late
#: Shifts that count as together: the network was trained with pictures up to 80 ms out of step.
TOGETHER = np.abs(LAGS) <= 2
KEPT_HOPS = 75  # three seconds
_SMOOTHED = 5  # hops: one alone is noisy, a whole second cannot tell shifts apart


@dataclass(frozen=True, slots=True)
class LagProfile:
    """Mean cosine (51,) at each of LAGS while somebody spoke, NaN where nothing was comparable.

    ``speech_hops``: how many hops of speech are in it at no shift.
    """

    similarity: Floats
    speech_hops: int

    @property
    def together(self) -> float:
        """The best similarity of what counts as together; NaN if nothing was comparable."""
        near = self.similarity[TOGETHER]
        return float(np.nanmax(near)) if np.isfinite(near).any() else float('nan')


class _Past:
    """Unit vectors (26, size) of one sense, newest last; what is missing is 0 and not known."""

    def __init__(self, size: int) -> None:
        self.raw = np.zeros((_SMOOTHED, size), np.float32)
        self.raw_known = np.zeros(_SMOOTHED, np.float32)
        self.unit = np.zeros((MAX_LAG + 1, size), np.float32)
        self.known = np.zeros(MAX_LAG + 1, np.float32)

    def push(self, projection: Floats | None) -> None:
        for ring in (self.raw, self.raw_known, self.unit, self.known):
            ring[:-1] = ring[1:]
        here = projection is not None
        self.raw[-1] = 0 if projection is None else projection
        self.raw_known[-1] = here
        total = self.raw_known @ self.raw
        length = float(np.sqrt(total @ total))
        self.known[-1] = here and length > 1e-6
        self.unit[-1] = total / length if self.known[-1] else 0


class AgreementWindow:
    """Keeps the last three seconds of similarities; projections have ``size`` numbers."""

    def __init__(self, size: int = 64) -> None:
        self._size = size
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._heard, self._seen = _Past(self._size), _Past(self._size)
        self._spoke = np.zeros(MAX_LAG + 1, np.float32)
        self._weighted = np.zeros((KEPT_HOPS, len(LAGS)), np.float32)
        self._weights = np.zeros((KEPT_HOPS, len(LAGS)), np.float32)

    def push(self, heard: Floats | None, seen: Floats | None, speaking: bool) -> None:
        """Take a hop: projections (size,), None where a sense is absent."""
        self._heard.push(heard)
        self._seen.push(seen)
        for ring in (self._spoke, self._weighted, self._weights):
            ring[:-1] = ring[1:]
        self._spoke[-1] = speaking
        heard_by = self._spoke * self._heard.known
        similarity = np.empty(len(LAGS), np.float32)
        weights = np.empty(len(LAGS), np.float32)
        # The sound late: this hop's sound beside earlier pictures; early: the other way round.
        similarity[MAX_LAG:] = (self._seen.unit @ self._heard.unit[-1])[::-1]
        weights[MAX_LAG:] = (self._seen.known * heard_by[-1])[::-1]
        similarity[:MAX_LAG] = self._heard.unit[:-1] @ self._seen.unit[-1]
        weights[:MAX_LAG] = heard_by[:-1] * self._seen.known[-1]
        self._weighted[-1], self._weights[-1] = similarity * weights, weights

    def newest(self) -> float:
        """The best similarity together at this hop, NaN where nobody spoke or a sense is absent."""
        known = TOGETHER & (self._weights[-1] > 0)
        return float(self._weighted[-1][known].max()) if known[MAX_LAG] else float('nan')

    def over(self, hops: int) -> LagProfile:
        """Mean over the last ``hops`` hops, 75 at most."""
        total, count = self._weighted[-hops:].sum(0), self._weights[-hops:].sum(0)
        mean = np.where(count > 0, total / np.maximum(count, 1), np.float32(np.nan))
        return LagProfile(mean, int(count[MAX_LAG]))
