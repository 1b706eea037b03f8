# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What came of a scenario, held against its criteria, as Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from rosbags.rosbag2 import Reader

from av_fusion_ros.cli.replay_result import MODES, ReplayResult
from av_fusion_ros.generation.bag_types import bag_types
from av_fusion_ros.generation.scenario_criteria import Finding
from av_fusion_ros.generation.scenario_parts import Scenario
from av_fusion_ros.recognition.consistency_alarm import Kind
from av_fusion_ros.signals.camera_health import CameraCondition
from av_fusion_ros.signals.microphone_health import MicrophoneCondition

GATEWAY = 'v2x_gateway'
HEALTH_TOPICS: Mapping[str, tuple[str, type[CameraCondition] | type[MicrophoneCondition]]] = {
    '/visual_features': ('camera', CameraCondition),
    '/audio_features': ('microphone', MicrophoneCondition),
}


@dataclass
class ScenarioResult(ReplayResult):
    """What the graph published, as the criteria see it."""

    counters: Mapping[str, int] = field(default_factory=dict)
    faults: list[tuple[float, str, str]] = field(default_factory=list)

    @property
    def duration_s(self) -> float:
        """Length of the scene."""
        return float(self.truth['duration_s'])

    @cached_property
    def mode_switches(self) -> list[tuple[float, str]]:
        """When and to which mode."""
        return [(at_s, MODES[mode]) for at_s, mode, _ in self.modes]

    @cached_property
    def utterances(self) -> list[tuple[float, float, bool]]:
        """Start, end and whether it was recognised as it was said."""
        return [(u['start_s'], u['end_s'], self.is_right(u)) for u in self.truth['utterances']]

    def weights_of(self, sense: str, start_s: float, end_s: float) -> list[tuple[float, float]]:
        """Return (time, weight) of a sense over a span."""
        times = self.column('time_s', start_s, end_s)
        return list(zip(times, self.column(sense, start_s, end_s), strict=True))


@dataclass(frozen=True)
class _View:
    """A result as ``scenario_criteria.Observed``."""

    duration_s: float
    mode_switches: list[tuple[float, str]]
    commands: list[tuple[float, float]]
    utterances: list[tuple[float, float, bool]]
    alarms: list[tuple[float, str]]
    faults: list[tuple[float, str, str]]
    counters: Mapping[str, int]
    result: ScenarioResult

    def weights(self, sense: str, start_s: float, end_s: float) -> list[tuple[float, float]]:
        return self.result.weights_of(sense, start_s, end_s)


def findings(scenario: Scenario, result: ScenarioResult) -> list[Finding]:
    """Hold the result against every criterion of the scenario."""
    view = _View(
        result.duration_s,
        result.mode_switches,
        [(heard.start_s, heard.end_s) for heard in result.commands],
        result.utterances,
        [(at_s, Kind(kind).name) for at_s, kind, _, _ in result.alarms if kind],
        result.faults,
        result.counters,
        result,
    )
    return [criterion.check(view) for criterion in scenario.criteria]


def finding_rows(found: list[Finding]) -> list[str]:
    """Return the Markdown table of findings."""
    rows = ['| must hold | measured | |', '|---|---|---|']
    rows += [
        f'| {each.text} | {each.measured} | {"ok" if each.holds else "FAILED"} |' for each in found
    ]
    return rows


def summary(scenario: Scenario, result: ScenarioResult, found: list[Finding], talker: str) -> str:
    """Return the report of one scenario as Markdown."""
    lines = [f'# {scenario.name}: {scenario.summary}', '', f'Talker: {talker}.', '']
    lines += finding_rows(found)
    lines += ['', '![weights, SNR, quality and mode](plot.png)', '']
    lines += result.utterance_rows()
    lines += ['', '| time | mode | reason |', '|---|---|---|']
    lines += [f'| {at_s:.2f} s | {MODES[mode]} | {why} |' for at_s, mode, why in result.modes]
    lines += ['', '| time | said to be | |', '|---|---|---|']
    lines += [f'| {at_s:.2f} s | {device} | {name} |' for at_s, device, name in result.faults]
    lines += ['', '| time | alarm | |', '|---|---|---|']
    lines += [
        f'| {at_s:.2f} s | {Kind(kind).name} | {detail} |'
        for at_s, kind, _, detail in result.alarms
        if kind
    ]
    if result.counters:
        counted = ', '.join(f'{name} {count}' for name, count in result.counters.items() if count)
        lines += ['', f'Roadside gateway: {counted or "nothing received"}.']
    return '\n'.join(lines) + '\n'


def faults_told(bag: Path, start_ns: int) -> list[tuple[float, str, str]]:
    """Return (seconds of the scene, device, condition) of every change in a result bag's features.

    The first features of each device are a change.
    """
    found: list[tuple[float, str, str]] = []
    last: dict[str, str] = {}
    with Reader(bag) as reader:
        connections = [c for c in reader.connections if c.topic in HEALTH_TOPICS]
        for connection, _, data in reader.messages(connections=connections):
            device, names = HEALTH_TOPICS[connection.topic]
            message = bag_types().deserialize_cdr(data, connection.msgtype)
            name = names(message.health).name
            if last.get(device) != name:
                stamp = message.header.stamp
                at_s = (stamp.sec * 10**9 + stamp.nanosec - start_ns) / 1e9
                found.append((at_s, device, name))
                last[device] = name
    return found


def gateway_counters(bag: Path) -> dict[str, int]:
    """Return the newest counters of the roadside gateway in the /diagnostics of a result bag."""
    counters: dict[str, int] = {}
    with Reader(bag) as reader:
        connections = [c for c in reader.connections if c.topic == '/diagnostics']
        for connection, _, data in reader.messages(connections=connections):
            message = bag_types().deserialize_cdr(data, connection.msgtype)
            for status in message.status:
                if status.name.startswith(GATEWAY):
                    values = ((value.key, value.value) for value in status.values)
                    counters.update((key, int(v)) for key, v in values if v.isdigit())
    return counters
