# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Messages that are events, as those of a run."""

from __future__ import annotations

from typing import Any

from av_fusion_ros.reporting.run import AlarmState, Command, HealthChange

#: Marks this package's own lines in /diagnostics.
HARDWARE_ID = 'av_fusion_ros'


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
