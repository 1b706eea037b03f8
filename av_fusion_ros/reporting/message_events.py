# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Messages that are events, as those of a run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from av_fusion_ros.reporting.run import AlarmState, Command, Fault, HealthChange

#: Marks this package's own lines in /diagnostics.
HARDWARE_ID = 'av_fusion_ros'
FAULT = 'HEALTH_'
SILENT_S = 0.4  # without features for so long, a fault is no longer known to last


def nanoseconds(stamp: Any) -> int:
    """A stamp in nanoseconds."""
    return int(stamp.sec) * 1_000_000_000 + int(stamp.nanosec)


def command_of(message: Any, received_s: float, begin_ns: int) -> Command:
    """A RecognizedCommand that the bag got at ``received_s``."""
    return Command(
        (nanoseconds(message.start) - begin_ns) / 1e9,
        (nanoseconds(message.end) - begin_ns) / 1e9,
        received_s,
        str(message.best.text),
        float(message.best.confidence),
        float(message.latency_s),
    )


def alarm_of(message: Any, begin_ns: int) -> AlarmState:
    """A ConsistencyAlarm."""
    at_s = (nanoseconds(message.header.stamp) - begin_ns) / 1e9
    onset_ns = nanoseconds(message.onset)
    return AlarmState(
        at_s,
        int(message.level),
        int(message.kind),
        float(message.score),
        (onset_ns - begin_ns) / 1e9 if onset_ns else at_s,
        str(message.detail),
    )


def fault_of(message: Any) -> str:
    """What AudioFeatures or VisualFeatures say is wrong, as their constant's name; '' = nothing.

    Bags from before that was told have no such field.
    """
    told = getattr(message, 'health', 0)
    if not told:
        return ''
    names = (name for name in dir(message) if name.startswith(FAULT))
    found = (name for name in names if getattr(message, name) == told)
    return next(found, f'{FAULT}{told}').removeprefix(FAULT).replace('_', ' ').lower()


def faults_of(sense: str, told: list[tuple[float, str]]) -> list[Fault]:
    """The stretches for which a fault was told; ``told`` is (time_s, name), by time."""
    faults: list[Fault] = []
    for time_s, name in told:
        last = faults[-1] if faults else None
        if last is not None and last.name == name and time_s - last.end_s <= SILENT_S:
            faults[-1] = replace(last, end_s=time_s)
        else:
            faults.append(Fault(sense, time_s, time_s, name))
    return [fault for fault in faults if fault.name]


def health_of(reports: list[tuple[float, Any]]) -> tuple[HealthChange, ...]:
    """What our nodes said of themselves, each time it was something else than before.

    ``reports`` are DiagnosticArrays in the order in which they came.
    """
    last: dict[str, tuple[int, str]] = {}
    changes = []
    for time_s, message in reports:
        for status in message.status:
            if status.hardware_id != HARDWARE_ID:
                continue
            said = (int(status.level), str(status.message))
            if last.get(status.name) != said:
                last[status.name] = said
                changes.append(HealthChange(time_s, str(status.name), *said))
    return tuple(changes)
