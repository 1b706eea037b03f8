# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What scenarios are made of: their times, and what must hold before, during and after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from av_fusion_ros.generation.event import Event
from av_fusion_ros.generation.fault_criteria import FaultWithin
from av_fusion_ros.generation.scenario_criteria import (
    CommandsRight,
    Criterion,
    ModeWithin,
    NoAlarm,
    Switches,
    WeightReaches,
    WeightStays,
)

SLOT_S, SLOTS = 3.0, 10
ONSET_S, END_S, LENGTH_S = 9.0, 18.0, SLOT_S * SLOTS
SETTLED_S = 2.0  # the start-up is over

NOMINAL, BLIND = ('NOMINAL',), ('BLIND',)
BLINDED = ('AUDIO_ONLY',)
WORSE_PICTURE = ('CAMERA_DEGRADED', 'AUDIO_ONLY')


@dataclass(frozen=True)
class Scenario:
    """A name, one line on it, what goes wrong, and what must hold."""

    name: str
    summary: str
    events: tuple[Event, ...]
    criteria: tuple[Criterion, ...]


AROUND = (
    ModeWithin(NOMINAL, 0.0, SETTLED_S),
    Switches(0, SETTLED_S, ONSET_S),
    CommandsRight(0.5, 0.0, ONSET_S),
)
#: Nothing is raised before there is something.
CALM = (*AROUND, NoAlarm(SETTLED_S, ONSET_S))
RECOVERED = (
    ModeWithin(NOMINAL, END_S, 2.0),
    WeightReaches('visual', 0.3, END_S, 2.0),
    Switches(1, END_S + 2.5),
    CommandsRight(0.5, END_S + SLOT_S),
)
#: With no picture at all and no roadside view the ear has everything within half a second.
EAR_ALONE = (
    WeightReaches('audio', 0.87, ONSET_S, 0.5),
    WeightStays('audio', 1.0, 1.0, ONSET_S + 0.6, END_S),
    WeightStays('visual', 0.0, 0.0, ONSET_S + 0.6, END_S),
    ModeWithin(BLINDED, ONSET_S, 1.0),
    CommandsRight(0.3, ONSET_S, END_S),
)
#: A link as measured between roadside units and vehicles: 150 to 250 ms late.
LINK: dict[str, Any] = {'latency_s': 0.03, 'air_s': 0.12, 'jitter_s': 0.1, 'loss': 0.03}


def goes_wrong(kind: type[Event], **values: Any) -> Event:
    """An event at the usual time."""
    return kind(start_s=ONSET_S, end_s=END_S, **values)


def told(fault: str, within_s: float = 1.0) -> Criterion:
    """That the camera's fault is named."""
    return FaultWithin('camera', fault, ONSET_S, within_s)


def blinding(name: str, summary: str, event: Event, *more: Criterion) -> Scenario:
    """One that leaves no usable picture."""
    return Scenario(name, summary, (event,), (*AROUND, *EAR_ALONE, *more, *RECOVERED))
