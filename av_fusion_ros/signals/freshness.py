# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Whether a source's newest data are as new as usual."""

from __future__ import annotations

_LATE_S, _STALE_S = 0.25, 0.5  # later than usual, or without anything new
_MEMORY_S = 20.0  # of the usual delay
_RESTART_S = 1.0  # a jump back of capture time: a recording that begins again


class Freshness:
    """Compares capture times with a clock.

    Only changes of the delay count: a recording played back is hours old and yet in time, and
    clocks of two machines differ. The usual delay is the least of the last 20 to 40 s.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget what is usual."""
        self._newest_ns: int | None = None
        self._arrived_ns = 0
        self._least_ns: list[int] = []
        self._period_began_ns = 0

    def push(self, stamp_ns: int, now_ns: int) -> float:
        """Take what was captured at ``stamp_ns`` and came ``now_ns``; 0 in time to 1 stale."""
        if (
            self._newest_ns is None
            or now_ns < self._arrived_ns
            or self._newest_ns - stamp_ns > _RESTART_S * 1e9
        ):
            self.reset()
            self._newest_ns, self._period_began_ns = stamp_ns - 1, now_ns
        if stamp_ns <= self._newest_ns:
            return self.check(now_ns)
        self._newest_ns, self._arrived_ns = stamp_ns, now_ns
        delay_ns = now_ns - stamp_ns
        if not self._least_ns or now_ns - self._period_began_ns > _MEMORY_S * 1e9:
            self._least_ns = [*self._least_ns[-1:], delay_ns]
            self._period_began_ns = now_ns
        self._least_ns[-1] = min(self._least_ns[-1], delay_ns)
        return _staleness(delay_ns - min(self._least_ns))

    def check(self, now_ns: int) -> float:
        """How stale the newest is now; 0 before the first."""
        return 0.0 if self._newest_ns is None else _staleness(now_ns - self._arrived_ns)

    def is_stale(self, now_ns: int) -> bool:
        """Whether nothing new has come for half a second."""
        return self.check(now_ns) >= 1.0


def _staleness(late_ns: int) -> float:
    return min(1.0, max(0.0, (late_ns / 1e9 - _LATE_S) / (_STALE_S - _LATE_S)))
