# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Frames of any rate to 25 Hz ticks of capture time."""

from __future__ import annotations

from dataclasses import dataclass

TICK_NS = 40_000_000


@dataclass(frozen=True, slots=True)
class Tick:
    """One tick and the frame that serves it.

    ``index`` counts from the clock's (re)start; ``stamp_ns`` is the tick's own time;
    ``previous`` says that the frame before the one just pushed is nearer and serves it.
    """

    index: int
    stamp_ns: int
    previous: bool = False


@dataclass(frozen=True, slots=True)
class FrameTicks:
    """The ticks that became due with a frame, oldest first; none when the frame is not needed.

    After ``reset`` what was carried over from earlier frames no longer holds.
    """

    ticks: tuple[Tick, ...]
    reset: bool = False


@dataclass(slots=True)
class FrameCounts:
    """What happened to the frames since the start."""

    frames: int = 0
    unneeded: int = 0  # the tick was served already: a rate above 25 Hz
    repeated: int = 0  # ticks served by a frame that served another: a rate below 25 Hz
    duplicate: int = 0  # the same stamp again
    late: int = 0  # a little older than the frame before
    not_newer: int = 0  # of these two, how many in a row up to now
    resets: int = 0


class FrameClock:
    """Decides for each frame, on arrival and without waiting, which ticks it serves.

    Ticks lie 40 ms apart from the first frame's stamp on. A frame serves the nearest one; ticks
    left out by a slow camera are served by the nearer of the two frames around them, as long as
    these are at most ``max_hold_s`` apart. A longer pause and a jump back by more than that reset
    the clock; a frame that is older by less comes late and is ignored.
    """

    def __init__(self, max_hold_s: float = 0.25) -> None:
        self._max_hold_ns = round(max_hold_s * 1e9)
        self.counts = FrameCounts()
        self.reset()

    def reset(self) -> None:
        """Forget the ticks; the next frame starts them without saying so. Counts stay."""
        self._start_ns: int | None = None
        self._frame_ns = 0
        self._last = 0

    def push(self, stamp_ns: int) -> FrameTicks:
        """Return the ticks that a frame captured at ``stamp_ns`` makes due."""
        self.counts.frames += 1
        if self._start_ns is None:
            return self._begin(stamp_ns, reset=False)
        elapsed = stamp_ns - self._frame_ns
        if abs(elapsed) > self._max_hold_ns:
            self.counts.resets += 1
            return self._begin(stamp_ns, reset=True)
        self.counts.not_newer = self.counts.not_newer + 1 if elapsed <= 0 else 0
        if elapsed <= 0:
            if elapsed == 0:
                self.counts.duplicate += 1
            else:
                self.counts.late += 1
            return FrameTicks(())
        index = self._nearest(stamp_ns - self._start_ns, elapsed)
        previous_ns, self._frame_ns = self._frame_ns, stamp_ns
        if index <= self._last:
            self.counts.unneeded += 1
            return FrameTicks(())
        ticks = []
        for i in range(self._last + 1, index + 1):
            time_ns = self._start_ns + i * TICK_NS
            nearer = i < index and time_ns - previous_ns <= stamp_ns - time_ns
            ticks.append(Tick(i, time_ns, nearer))
        self.counts.repeated += len(ticks) - 1
        self._last = index
        return FrameTicks(tuple(ticks))

    def _begin(self, stamp_ns: int, reset: bool) -> FrameTicks:
        self._start_ns = self._frame_ns = stamp_ns
        self._last = 0
        self.counts.not_newer = 0
        return FrameTicks((Tick(0, stamp_ns),), reset)

    def _nearest(self, since_start_ns: int, elapsed_ns: int) -> int:
        # A camera near 25 Hz whose phase is half a tick off must not flip between dropping and
        # repeating with every bit of jitter: stay with the next tick until clearly off.
        following = self._last + 1
        regular = 0.75 * TICK_NS < elapsed_ns < 1.25 * TICK_NS
        if regular and abs(since_start_ns - following * TICK_NS) < 0.75 * TICK_NS:
            return following
        return (since_start_ns + TICK_NS // 2) // TICK_NS
