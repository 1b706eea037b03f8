# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Scenarios: what goes wrong, when, and what has to come of it, one row each.

A scene has ten sentences, one in each slot of three seconds. Unless a row says otherwise, things
go wrong in slots four to six (9 to 18 s) and are well again afterwards.
"""

from __future__ import annotations

from av_fusion_ros.generation.contradiction_scenarios import CONTRADICTIONS
from av_fusion_ros.generation.errors import GenerationError
from av_fusion_ros.generation.events import (
    Blackout,
    Blockage,
    Blur,
    CameraLoss,
    Exposure,
    Freeze,
    Glare,
    MicDead,
    MicLoss,
    Noise,
    Rain,
)
from av_fusion_ros.generation.fault_criteria import FaultWithin, NoFault
from av_fusion_ros.generation.roadside_scenarios import ROADSIDE
from av_fusion_ros.generation.scenario_criteria import (
    AlarmWithin,
    CommandsRight,
    ModeWithin,
    NoAlarm,
    NoCommand,
    Switches,
    WeightReaches,
    WeightStays,
)
from av_fusion_ros.generation.scenario_parts import (
    AROUND,
    BLIND,
    END_S,
    NOMINAL,
    ONSET_S,
    SETTLED_S,
    SLOT_S,
    WORSE_PICTURE,
    Scenario,
    blinding,
    goes_wrong,
    told,
)

FAILURES: tuple[Scenario, ...] = (
    Scenario(
        'clear',
        'nothing goes wrong: nothing must be raised',
        (),
        (
            ModeWithin(NOMINAL, 0.0, SETTLED_S),
            Switches(0, SETTLED_S),
            NoAlarm(),
            CommandsRight(0.5),
            NoFault('camera'),
            NoFault('microphone'),
        ),
    ),
    blinding('tunnel', 'the light goes', goes_wrong(Exposure, gain=0.01), told('DARK')),
    blinding('camera_loss', 'the camera sends nothing', goes_wrong(CameraLoss)),
    blinding('blocked', 'mud on the lens', goes_wrong(Blockage, share=0.95), told('BLOCKED')),
    blinding('defocus', 'the lens is out of focus', goes_wrong(Blur, sigma_px=8.0), told('BLUR')),
    blinding(
        'frozen',
        'the camera repeats one picture',
        goes_wrong(Freeze),
        AlarmWithin('FROZEN_VIDEO', ONSET_S, 1.5),
        told('FROZEN'),
    ),
    Scenario(
        'rain',
        'heavy rain on the lens',
        (goes_wrong(Rain, amount=1.0),),
        (
            *AROUND,
            ModeWithin(WORSE_PICTURE, ONSET_S, 4.0),
            told('RAIN', 2.0),
            NoFault('camera', 0.0, ONSET_S),
            Switches(3, ONSET_S, END_S),
            CommandsRight(0.3, ONSET_S, END_S),
            CommandsRight(0.5, END_S + SLOT_S),
        ),
    ),
    Scenario(
        'glare',
        'the sun shines into the lens',
        (goes_wrong(Glare, strength=1.0),),
        (
            *AROUND,
            told('GLARE'),
            Switches(2, ONSET_S, END_S),
            CommandsRight(0.3, ONSET_S, END_S),
            CommandsRight(0.5, END_S + SLOT_S),
        ),
    ),
    Scenario(
        'mic_dead',
        'the microphone delivers zeros',
        (goes_wrong(MicDead),),
        (
            *AROUND,
            WeightStays('audio', 0.0, 0.0, ONSET_S + 0.6, END_S),
            WeightStays('visual', 1.0, 1.0, ONSET_S + 0.6, END_S),
            ModeWithin(('VISUAL_ONLY',), ONSET_S, 1.0),
            AlarmWithin('DEAD_AUDIO', ONSET_S, 3.0),
            FaultWithin('microphone', 'DEAD', ONSET_S, 1.0),
            ModeWithin(NOMINAL, END_S, 2.0),
            CommandsRight(0.5, END_S + SLOT_S),
        ),
    ),
    Scenario(
        'mic_loss',
        'no sound arrives',
        (goes_wrong(MicLoss),),
        (
            *AROUND,
            WeightStays('audio', 0.0, 0.0, ONSET_S + 0.3, END_S),
            ModeWithin(('VISUAL_ONLY',), ONSET_S, 0.7),
            ModeWithin(NOMINAL, END_S, 2.0),
            CommandsRight(0.5, END_S + SLOT_S),
        ),
    ),
    Scenario(
        'noise_burst',
        'an engine, 8 dB louder than the talker',
        (goes_wrong(Noise, snr_db=-8.0, sound='engine'),),
        (
            *AROUND,
            ModeWithin(('AUDIO_DEGRADED',), ONSET_S, 3.0),
            WeightReaches('visual', 0.6, ONSET_S, 2.0),
            Switches(1, ONSET_S, END_S),
            CommandsRight(0.3, ONSET_S, END_S),
            ModeWithin(NOMINAL, END_S, 12.0),
        ),
    ),
    Scenario(
        'blackout',
        'camera dark and microphone dead',
        (goes_wrong(Blackout), goes_wrong(MicDead)),
        (
            *AROUND,
            ModeWithin(BLIND, ONSET_S, 1.0),
            NoCommand(ONSET_S + 1.0, END_S + 1.2),
            *(
                WeightStays(sense, 0.0, 0.0, ONSET_S + 1.0, END_S)
                for sense in ('audio', 'visual', 'v2x')
            ),
            ModeWithin(NOMINAL, END_S, 2.0),
            CommandsRight(0.5, END_S + SLOT_S),
        ),
    ),
    Scenario(
        'flicker',
        'the camera is dark for every other half second',
        tuple(Blackout(start_s=ONSET_S + k, end_s=ONSET_S + k + 0.5) for k in range(9)),
        (
            *AROUND,
            Switches(1, ONSET_S, END_S),
            ModeWithin(NOMINAL, END_S, 2.0),
        ),
    ),
)


SCENARIOS: tuple[Scenario, ...] = (*FAILURES, *CONTRADICTIONS, *ROADSIDE)


def scenarios_named(names: tuple[str, ...]) -> list[Scenario]:
    """The scenarios of these names, all of them for 'all'; raises GenerationError."""
    if 'all' in names:
        return list(SCENARIOS)
    known = {scenario.name: scenario for scenario in SCENARIOS}
    for name in names:
        if name not in known:
            raise GenerationError(f'no scenario {name!r}; give one of {", ".join(known)}, or all')
    return [known[name] for name in dict.fromkeys(names)]
