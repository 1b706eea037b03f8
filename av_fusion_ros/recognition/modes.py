# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The machine that says which degradation mode is in force, by the table of ``mode_table``."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, nan

from av_fusion_ros.recognition.features import HOP_NS, NS_PER_S
from av_fusion_ros.recognition.mode_table import (
    CONDITIONS,
    FORGIVING,
    SETTLE_S,
    START_S,
    Condition,
    Grade,
    Row,
    row_for,
)
from av_fusion_ros.recognition.mode_table import Mode as Mode


@dataclass(frozen=True, slots=True)
class SenseState:
    """What is known at one hop; NaN = unknown, which changes no condition.

    A sense that is absent or stale has ``..._fresh`` False.
    """

    audio_fresh: bool
    camera_fresh: bool
    v2x_fresh: bool
    snr_db: float = nan
    audio_quality: float = nan
    camera_quality: float = nan
    v2x_quality: float = nan


@dataclass(frozen=True, slots=True)
class ModeChange:
    """One switch; ``stamp_ns`` is the capture time of the sample that caused it."""

    stamp_ns: int
    mode: Mode
    previous: Mode
    reason: str


def begun_anew(stamp_ns: int, previous: Mode) -> ModeChange:
    """The end of a mode because everything heard and seen is forgotten."""
    return ModeChange(stamp_ns, Mode.BLIND, previous, 'time jumped or ended: all begins anew')


class _Watch:
    """One condition over time."""

    def __init__(self, condition: Condition) -> None:
        self.condition = condition
        self.holds = False
        self.begins = False  # on its way: low now, but not yet for long enough
        self._elapsed_ns = 0

    def update(self, value: float, passed_ns: int, at_once: bool) -> bool:
        """Whether this value makes the condition begin or end."""
        condition = self.condition
        self.begins = False
        if isnan(value):
            return False
        if self.holds:
            self._elapsed_ns = self._elapsed_ns + passed_ns if value >= condition.rise else 0
            changes, needed_s = value >= condition.rise, condition.back_after_s
        else:
            if value >= condition.fall:
                self._elapsed_ns = max(0, self._elapsed_ns - passed_ns // FORGIVING)
            elif value >= condition.floor:
                self._elapsed_ns += passed_ns
            changes, needed_s = condition.floor <= value < condition.fall, condition.after_s
        if changes and (at_once or self._elapsed_ns >= round(needed_s * NS_PER_S)):
            self.holds, self._elapsed_ns = not self.holds, 0
            return True
        self.begins = changes and not self.holds
        return False

    def end(self) -> None:
        """The condition no longer holds, and nothing counts towards it."""
        self.holds, self.begins, self._elapsed_ns = False, False, 0


class ModeMachine:
    """Runs over the table; starts BLIND."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Back to BLIND, nothing known."""
        self.mode = Mode.BLIND
        self._watches = [_Watch(condition) for condition in CONDITIONS]
        self._begun_ns: int | None = None
        self._last_ns = 0
        self._row = self._applying()
        self._candidate: Mode | None = None
        self._since_ns = 0

    def _applying(self) -> Row:
        v2x = self.grade('v2x') is not Grade.LOST
        return row_for(self.grade('audio'), self.grade('camera'), v2x)

    def grade(self, sense: str) -> Grade:
        """The grade of 'audio', 'camera' or 'v2x' now."""
        held = [w.condition for w in self._watches if w.holds and w.condition.sense == sense]
        return min((condition.grade for condition in held), default=Grade.GOOD)

    def update(self, stamp_ns: int, state: SenseState) -> ModeChange | None:
        """Take what is known at ``stamp_ns``; returns the switch it causes, if any."""
        if self._begun_ns is None:
            self._begun_ns = self._last_ns = stamp_ns
        # One value stands for one hop, however long there was none before it.
        passed_ns = min(max(0, stamp_ns - self._last_ns), HOP_NS)
        self._last_ns = stamp_ns
        starting = stamp_ns - self._begun_ns < round(START_S * NS_PER_S)
        turned = False
        for watch in self._watches:
            value = getattr(state, watch.condition.value)
            if watch.update(value, passed_ns, starting):
                self._end_poor_with_lost(watch, value)
                turned = True
        if turned:
            self._row = self._applying()
        row = self._row
        if starting or row.mode is self.mode:
            self._candidate = None
            return None
        if row.mode is not self._candidate:
            self._candidate, self._since_ns = row.mode, stamp_ns
        if stamp_ns - self._since_ns < round(SETTLE_S * NS_PER_S) or self._more_to_come():
            return None
        change = ModeChange(stamp_ns, row.mode, self.mode, row.reason)
        self.mode, self._candidate = row.mode, None
        return change

    def _end_poor_with_lost(self, watch: _Watch, value: float) -> None:
        """A value back from LOST is as good as it is: it need not have been good for long."""
        if watch.holds or watch.condition.grade is not Grade.LOST:
            return
        for other in self._watches:
            if other.condition.value == watch.condition.value and value >= other.condition.rise:
                other.end()

    def _more_to_come(self) -> bool:
        """Whether another sense is about to be lost: what goes together makes one switch."""
        return any(w.begins and w.condition.grade is Grade.LOST for w in self._watches)
