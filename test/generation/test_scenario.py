# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The table of scenarios, and every criterion with something that meets it and something not."""

from dataclasses import dataclass, field

import pytest

from av_fusion_ros.generation.errors import GenerationError
from av_fusion_ros.generation.fault_criteria import FaultWithin, NoFault
from av_fusion_ros.generation.scenario import SCENARIOS, scenarios_named
from av_fusion_ros.generation.scenario_criteria import (
    AlarmWithin,
    CommandsRight,
    Counted,
    ModeNever,
    ModeWithin,
    NoAlarm,
    NoCommand,
    Switches,
    WeightReaches,
    WeightStays,
    mode_at,
)
from av_fusion_ros.generation.scenario_parts import LENGTH_S


@dataclass
class Seen:
    """A camera dark from 9 s to 18 s, as it should be noticed."""

    duration_s: float = 30.0
    mode_switches: list = field(
        default_factory=lambda: [(0.24, 'NOMINAL'), (9.36, 'AUDIO_ONLY'), (19.2, 'NOMINAL')]
    )
    commands: list = field(default_factory=lambda: [(1.0, 2.5), (4.0, 5.6)])
    utterances: list = field(
        default_factory=lambda: [(0.0, 3.0, True), (3.0, 6.0, True), (6.0, 9.0, False)]
    )
    alarms: list = field(default_factory=lambda: [(9.8, 'FROZEN_VIDEO')])
    faults: list = field(
        default_factory=lambda: [
            (0.04, 'camera', 'OK'),
            (0.1, 'microphone', 'OK'),
            (9.3, 'camera', 'FROZEN'),
            (9.8, 'camera', 'DARK'),
            (19.0, 'camera', 'OK'),
        ]
    )
    counters: dict = field(default_factory=lambda: {'admitted': 140})

    def weights(self, sense, start_s, end_s):
        times = [k * 0.04 for k in range(750)]
        return [
            (at_s, 1.0 if 9.1 <= at_s < 18.0 else 0.6) for at_s in times if start_s <= at_s < end_s
        ]


@pytest.mark.parametrize(
    ('meets', 'fails'),
    [
        (ModeWithin(('AUDIO_ONLY',), 9.0, 0.5), ModeWithin(('AUDIO_ONLY',), 9.0, 0.3)),
        (ModeWithin(('NOMINAL',), 18.0, 2.0), ModeWithin(('V2X_FALLBACK',), 9.0, 2.0)),
        (ModeWithin(('NOMINAL',), 5.0, 0.0), ModeWithin(('NOMINAL',), 18.0, 1.0)),
        (ModeNever('V2X_FALLBACK'), ModeNever('AUDIO_ONLY')),
        (ModeNever('AUDIO_ONLY', 20.0), ModeNever('AUDIO_ONLY', 12.0, 13.0)),
        (Switches(1, 9.0, 18.0), Switches(0, 9.0, 18.0)),
        (WeightReaches('audio', 0.87, 9.0, 0.5), WeightReaches('audio', 0.87, 9.0, 0.05)),
        (WeightReaches('audio', 0.5, 0.0, 0.1), WeightReaches('audio', 1.1, 9.0, 5.0)),
        (WeightStays('audio', 1.0, 1.0, 9.2, 17.9), WeightStays('audio', 1.0, 1.0, 9.0, 17.9)),
        (WeightStays('audio', 0.0, 1.0, 0.0, 30.0), WeightStays('audio', 0.0, 1.0, 40.0, 50.0)),
        (CommandsRight(0.6, 0.0, 9.0), CommandsRight(0.7, 0.0, 9.0)),
        (CommandsRight(1.0, 0.0, 6.5), CommandsRight(0.0, 20.0, 30.0)),
        (NoCommand(2.6, 5.0), NoCommand(2.0, 3.0)),
        (AlarmWithin('FROZEN_VIDEO', 9.0, 1.0), AlarmWithin('FROZEN_VIDEO', 9.0, 0.5)),
        (AlarmWithin('FROZEN_VIDEO', 9.5, 1.0), AlarmWithin('DEAD_AUDIO', 9.0, 9.0)),
        (NoAlarm(10.0), NoAlarm()),
        (FaultWithin('camera', 'DARK', 9.0, 1.0), FaultWithin('camera', 'DARK', 9.0, 0.5)),
        (FaultWithin('camera', 'DARK', 12.0, 0.0), FaultWithin('microphone', 'DARK', 9.0, 9.0)),
        (NoFault('camera', 0.0, 9.0), NoFault('camera', 0.0, 9.5)),
        (NoFault('camera', 19.5), NoFault('camera', 18.0)),
        (NoFault('microphone'), NoFault('lidar')),
        (Counted('admitted', 100, 150), Counted('admitted', 0, 0)),
        (Counted('replayed', at_most=0), Counted('replayed', 1)),
    ],
    ids=lambda criterion: repr(criterion)[:60],
)
def test_a_criterion_tells_what_meets_it_from_what_does_not(meets, fails):
    met, failed = meets.check(Seen()), fails.check(Seen())
    assert met.holds, met
    assert not failed.holds, failed
    assert met.text
    assert failed.measured


def test_before_the_first_switch_the_mode_is_blind():
    assert mode_at(Seen(), 0.1) == 'BLIND'
    assert mode_at(Seen(), 0.24) == 'NOMINAL'
    assert mode_at(Seen(), 12.0) == 'AUDIO_ONLY'


def test_names_are_unique_and_every_scenario_can_fail():
    names = [scenario.name for scenario in SCENARIOS]
    assert len(names) == len(set(names))
    silent = Seen(mode_switches=[], commands=[], utterances=[], alarms=[], faults=[], counters={})
    silent.weights = lambda sense, start_s, end_s: []
    for scenario in SCENARIOS:
        assert scenario.summary
        assert not all(criterion.check(silent).holds for criterion in scenario.criteria)
        for event in scenario.events:
            assert event.start_s < LENGTH_S


def test_scenarios_are_chosen_by_name():
    assert [s.name for s in scenarios_named(('tunnel', 'frozen', 'tunnel'))] == ['tunnel', 'frozen']
    assert scenarios_named(('all',)) == list(SCENARIOS)
    with pytest.raises(GenerationError, match='tunnel'):
        scenarios_named(('tunel',))
