# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How far a station's clock is from ours, as far as one-way messages tell."""

from __future__ import annotations

from collections import deque
from math import nan

import numpy as np

from av_fusion_ros.recognition.features import NS_PER_S

_MESSAGES = 250  # 10 s at 25 Hz
_ROBUST_MINIMUM = 0.02  # this share of the quickest messages may be wrong
_LATE_SAMPLE_NS = NS_PER_S  # of messages outside the time window, one a second is looked at


class ClockOffset:
    """Receive time less generation time of verified messages, over the last ``_MESSAGES``.

    The delay of the air is only ever added, so the smallest difference is nearest to the offset:
    our clock is at most that far ahead of the station's, and a negative one says that it is
    behind. The delay of the quickest message cannot be told from an offset without an answer
    channel (Paxson 1998, "On calibrating measurements of packet transit times").
    """

    def __init__(self) -> None:
        self._differences_ns: deque[int] = deque(maxlen=_MESSAGES)
        self._newest_ns: int | None = None

    def note(self, generated_ns: int, now_ns: int) -> None:
        """Take a message whose signature holds."""
        self._differences_ns.append(now_ns - generated_ns)
        self._newest_ns = now_ns

    def wants_late_sample(self, now_ns: int) -> bool:
        """Whether a message outside the time window is worth its verification.

        A clock that is wrong by more than the window shows in no other message.
        """
        return self._newest_ns is None or abs(now_ns - self._newest_ns) >= _LATE_SAMPLE_NS

    def heard_since(self, since_ns: int) -> bool:
        """Whether the newest message came then or later."""
        return self._newest_ns is not None and self._newest_ns >= since_ns

    @property
    def offset_s(self) -> float:
        """The robust minimum, seconds, positive = the station is behind; NaN before any."""
        return self._quantile(_ROBUST_MINIMUM)

    @property
    def median_delay_s(self) -> float:
        """The median, seconds: what a view's age is made of before it is used; NaN before any."""
        return self._quantile(0.5)

    def _quantile(self, share: float) -> float:
        if not self._differences_ns:
            return nan
        found = np.quantile(np.array(self._differences_ns), share, method='lower')
        return float(found) / NS_PER_S
