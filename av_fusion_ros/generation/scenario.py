# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Scenarios: what goes wrong, when, and what has to come of it, one row each.

A scene has ten sentences, one in each slot of three seconds. Unless a row says otherwise, things
go wrong in slots four to six (9 to 18 s) and are well again afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from av_fusion_ros.generation.errors import GenerationError
from av_fusion_ros.generation.events import (
    Blackout,
    Blockage,
    Blur,
    CameraLoss,
    Desync,
    Event,
    Exposure,
    Freeze,
    Glare,
    Loop,
    MicDead,
    MicLoss,
    Noise,
    Rain,
    V2x,
    V2xAttack,
)
from av_fusion_ros.generation.fault_criteria import FaultWithin, NoFault
from av_fusion_ros.generation.scenario_criteria import (
    AlarmWithin,
    CommandsRight,
    Counted,
    Criterion,
    ModeNever,
    ModeWithin,
    NoAlarm,
    NoCommand,
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


_AROUND = (
    ModeWithin(NOMINAL, 0.0, SETTLED_S),
    Switches(0, SETTLED_S, ONSET_S),
    CommandsRight(0.5, 0.0, ONSET_S),
)
#: Nothing is raised before there is something.
_CALM = (*_AROUND, NoAlarm(SETTLED_S, ONSET_S))
_RECOVERED = (
    ModeWithin(NOMINAL, END_S, 2.0),
    WeightReaches('visual', 0.3, END_S, 2.0),
    Switches(1, END_S + 2.5),
    CommandsRight(0.5, END_S + SLOT_S),
)
#: With no picture at all and no roadside view the ear has everything within half a second.
_EAR_ALONE = (
    WeightReaches('audio', 0.87, ONSET_S, 0.5),
    WeightStays('audio', 1.0, 1.0, ONSET_S + 0.6, END_S),
    WeightStays('visual', 0.0, 0.0, ONSET_S + 0.6, END_S),
    ModeWithin(BLINDED, ONSET_S, 1.0),
    CommandsRight(0.3, ONSET_S, END_S),
)
#: A link as measured between roadside units and vehicles: 150 to 250 ms late.
_LINK: dict[str, Any] = {'latency_s': 0.03, 'air_s': 0.12, 'jitter_s': 0.1, 'loss': 0.03}


def _goes_wrong(kind: type[Event], **values: Any) -> Event:
    return kind(start_s=ONSET_S, end_s=END_S, **values)


def _told(fault: str, within_s: float = 1.0) -> Criterion:
    return FaultWithin('camera', fault, ONSET_S, within_s)


def _blinding(name: str, summary: str, event: Event, *more: Criterion) -> Scenario:
    return Scenario(name, summary, (event,), (*_AROUND, *_EAR_ALONE, *more, *_RECOVERED))


SCENARIOS: tuple[Scenario, ...] = (
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
    _blinding('tunnel', 'the light goes', _goes_wrong(Exposure, gain=0.01), _told('DARK')),
    _blinding('camera_loss', 'the camera sends nothing', _goes_wrong(CameraLoss)),
    _blinding('blocked', 'mud on the lens', _goes_wrong(Blockage, share=0.95), _told('BLOCKED')),
    _blinding(
        'defocus', 'the lens is out of focus', _goes_wrong(Blur, sigma_px=8.0), _told('BLUR')
    ),
    _blinding(
        'frozen',
        'the camera repeats one picture',
        _goes_wrong(Freeze),
        AlarmWithin('FROZEN_VIDEO', ONSET_S, 1.5),
        _told('FROZEN'),
    ),
    Scenario(
        'rain',
        'heavy rain on the lens',
        (_goes_wrong(Rain, amount=1.0),),
        (
            *_AROUND,
            ModeWithin(WORSE_PICTURE, ONSET_S, 4.0),
            _told('RAIN', 2.0),
            NoFault('camera', 0.0, ONSET_S),
            Switches(3, ONSET_S, END_S),
            CommandsRight(0.3, ONSET_S, END_S),
            CommandsRight(0.5, END_S + SLOT_S),
        ),
    ),
    Scenario(
        'glare',
        'the sun shines into the lens',
        (_goes_wrong(Glare, strength=1.0),),
        (
            *_AROUND,
            _told('GLARE'),
            Switches(2, ONSET_S, END_S),
            CommandsRight(0.3, ONSET_S, END_S),
            CommandsRight(0.5, END_S + SLOT_S),
        ),
    ),
    Scenario(
        'mic_dead',
        'the microphone delivers zeros',
        (_goes_wrong(MicDead),),
        (
            *_AROUND,
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
        (_goes_wrong(MicLoss),),
        (
            *_AROUND,
            WeightStays('audio', 0.0, 0.0, ONSET_S + 0.3, END_S),
            ModeWithin(('VISUAL_ONLY',), ONSET_S, 0.7),
            ModeWithin(NOMINAL, END_S, 2.0),
            CommandsRight(0.5, END_S + SLOT_S),
        ),
    ),
    Scenario(
        'dubbed',
        'the lips say one thing, the sound is of what was said a sentence before',
        (_goes_wrong(Desync, shift_s=SLOT_S),),
        (
            *_CALM,
            AlarmWithin('CONTENT', ONSET_S, 3.0),
            CommandsRight(0.5, END_S + SLOT_S),
        ),
    ),
    Scenario(
        'late_sound',
        'the sound comes 0.4 s late',
        (_goes_wrong(Desync, shift_s=0.4),),
        (
            *_CALM,
            AlarmWithin('DESYNC', ONSET_S, 5.0),
            CommandsRight(0.5, END_S + SLOT_S),
        ),
    ),
    Scenario(
        'looped',
        'the camera shows the last two sentences over and over',
        (_goes_wrong(Loop, period_s=2 * SLOT_S),),
        (
            *_CALM,
            AlarmWithin('LOOPED_MEDIA', ONSET_S, 7.0),
            CommandsRight(0.5, END_S + SLOT_S),
        ),
    ),
    Scenario(
        'noise_burst',
        'an engine, 8 dB louder than the talker',
        (_goes_wrong(Noise, snr_db=-8.0, sound='engine'),),
        (
            *_AROUND,
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
        (_goes_wrong(Blackout), _goes_wrong(MicDead)),
        (
            *_AROUND,
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
            *_AROUND,
            Switches(1, ONSET_S, END_S),
            ModeWithin(NOMINAL, END_S, 2.0),
        ),
    ),
    Scenario(
        'v2x_fallback',
        'the light goes, a roadside camera sees the talker',
        (_goes_wrong(Exposure, gain=0.01), V2x(**_LINK)),
        (
            *_AROUND,
            ModeWithin(('V2X_FALLBACK',), ONSET_S, 1.0),
            WeightReaches('v2x', 0.3, ONSET_S, 0.5),
            WeightStays('visual', 0.0, 0.0, ONSET_S + 0.6, END_S),
            ModeNever('AUDIO_ONLY', ONSET_S, END_S),
            CommandsRight(0.3, ONSET_S, END_S),
            *_RECOVERED,
        ),
    ),
    Scenario(
        'v2x_loss',
        'in the dark the roadside link breaks as well',
        (_goes_wrong(Exposure, gain=0.01), V2x(end_s=13.5, **_LINK)),
        (
            *_AROUND,
            ModeWithin(('V2X_FALLBACK',), ONSET_S, 1.0),
            # The age limit of 0.5 s counts from the capture of the last view.
            ModeWithin(BLINDED, 13.5, 0.6),
            WeightStays('v2x', 0.0, 0.0, 13.6, LENGTH_S),
            WeightStays('audio', 1.0, 1.0, 14.1, END_S),
            *_RECOVERED,
        ),
    ),
    Scenario(
        'v2x_attack',
        'in the dark only forged, unknown and replayed roadside views arrive',
        (
            _goes_wrong(Exposure, gain=0.01),
            V2x(end_s=6.0, **_LINK),
            V2xAttack(start_s=6.0, attack='forge', rate_hz=25.0),
            V2xAttack(start_s=6.0, attack='stranger', rate_hz=25.0),
            V2xAttack(start_s=4.0, end_s=8.0, attack='replay', rate_hz=25.0, delay_s=0.1),
            V2xAttack(start_s=9.0, attack='replay', rate_hz=25.0, delay_s=4.0),
        ),
        (
            *_AROUND,
            *_EAR_ALONE,
            # The last honest view was taken at 6 s.
            ModeNever('V2X_FALLBACK', 7.0),
            WeightStays('v2x', 0.0, 0.0, 7.0, LENGTH_S),
            Counted('admitted', at_least=100, at_most=150),
            Counted('bad_signature', at_least=20),
            Counted('unknown_station', at_least=500),
            Counted('replayed', at_least=30),
            Counted('too_old', at_least=100),
            *_RECOVERED,
        ),
    ),
)


def scenarios_named(names: tuple[str, ...]) -> list[Scenario]:
    """The scenarios of these names, all of them for 'all'; raises GenerationError."""
    if 'all' in names:
        return list(SCENARIOS)
    known = {scenario.name: scenario for scenario in SCENARIOS}
    for name in names:
        if name not in known:
            raise GenerationError(f'no scenario {name!r}; give one of {", ".join(known)}, or all')
    return [known[name] for name in dict.fromkeys(names)]
