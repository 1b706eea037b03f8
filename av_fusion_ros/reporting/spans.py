# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Messages that tell a change, to the spans of time for which they held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from av_fusion_ros.recognition.mode_table import Mode
from av_fusion_ros.reporting.run import LEVEL_UNKNOWN, AlarmState, ModeChange, Run

#: A raised alarm is repeated every second; one that is not has not been ended but lost.
ALARM_HOLDS_S = 2.5


@dataclass(frozen=True, slots=True)
class ModeSpan:
    """``mode`` was in force from ``start_s`` to ``end_s``."""

    start_s: float
    end_s: float
    mode: Mode
    reason: str


@dataclass(frozen=True, slots=True)
class AlarmSpan:
    """One contradiction from its onset to its end, or a time in which none could be told."""

    start_s: float
    end_s: float
    told_s: float
    state: AlarmState


def mode_spans(run: Run) -> list[ModeSpan]:
    """The modes in force, from the mode messages, or the weights where there are none."""
    changes = list(run.modes)
    if not changes and run.weights:
        modes, times_s = run.weights['mode'], run.weights['time_s']
        first = np.flatnonzero(np.diff(modes, prepend=-1))
        changes = [
            ModeChange(float(times_s[k]), Mode(int(modes[k])), '')
            for k in first
            if modes[k] in tuple(Mode)
        ]
    return [
        ModeSpan(change.time_s, end_s, change.mode, change.reason)
        for change, end_s in zip(changes, _ends_s(changes, run), strict=True)
        if end_s > change.time_s
    ]


def mode_shares(run: Run) -> dict[Mode, float]:
    """The share [0, 1] of the run's known time that was spent in each mode, largest first."""
    seconds: dict[Mode, float] = {}
    for span in mode_spans(run):
        seconds[span.mode] = seconds.get(span.mode, 0.0) + span.end_s - span.start_s
    whole = sum(seconds.values())
    return {
        mode: seconds[mode] / whole for mode in sorted(seconds, key=lambda m: -seconds[m]) if whole
    }


def alarm_spans(run: Run) -> list[AlarmSpan]:
    """The alarms raised, and the times at which an input was too poor to tell."""
    spans: list[AlarmSpan] = []
    for state, end_s in zip(run.alarms, _ends_s(run.alarms, run), strict=True):
        if not state.raised and state.level != LEVEL_UNKNOWN:
            continue
        if state.raised:
            end_s = min(end_s, state.time_s + ALARM_HOLDS_S)
        before = spans[-1] if spans else None
        same = before is not None and _key(before.state) == _key(state)
        if before is not None and same and before.end_s >= state.time_s:
            spans[-1] = replace(before, end_s=end_s)
        else:
            start_s = max(0.0, min(state.onset_s, state.time_s))
            spans.append(AlarmSpan(start_s, end_s, state.time_s, state))
    return spans


def _ends_s(changes: Sequence[ModeChange | AlarmState], run: Run) -> list[float]:
    """Until when each holds: until the next, the last one until the end; of none, none."""
    return [*(change.time_s for change in changes[1:]), run.duration_s] if changes else []


def _key(state: AlarmState) -> tuple[int, int]:
    return state.level, state.kind
