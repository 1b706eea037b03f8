# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Scenarios with roadside views: in the dark, on a link that breaks, and false ones."""

from __future__ import annotations

from av_fusion_ros.generation.events import Exposure
from av_fusion_ros.generation.roadside_events import V2x, V2xAttack, V2xOther
from av_fusion_ros.generation.scenario_criteria import (
    AlarmWithin,
    CommandsRight,
    Counted,
    ModeNever,
    ModeWithin,
    WeightReaches,
    WeightStays,
)
from av_fusion_ros.generation.scenario_parts import (
    AROUND,
    BLINDED,
    CALM,
    EAR_ALONE,
    END_S,
    LENGTH_S,
    LINK,
    NOMINAL,
    ONSET_S,
    RECOVERED,
    SLOT_S,
    Scenario,
    goes_wrong,
)

DARK_UNTIL_S = END_S + 2 * SLOT_S

ROADSIDE: tuple[Scenario, ...] = (
    Scenario(
        'v2x_fallback',
        'the light goes, a roadside camera sees the talker',
        (goes_wrong(Exposure, gain=0.01), V2x(**LINK)),
        (
            *AROUND,
            ModeWithin(('V2X_FALLBACK',), ONSET_S, 1.0),
            WeightReaches('v2x', 0.3, ONSET_S, 0.5),
            WeightStays('visual', 0.0, 0.0, ONSET_S + 0.6, END_S),
            ModeNever('AUDIO_ONLY', ONSET_S, END_S),
            CommandsRight(0.3, ONSET_S, END_S),
            *RECOVERED,
        ),
    ),
    Scenario(
        'v2x_loss',
        'in the dark the roadside link breaks as well',
        (goes_wrong(Exposure, gain=0.01), V2x(end_s=13.5, **LINK)),
        (
            *AROUND,
            ModeWithin(('V2X_FALLBACK',), ONSET_S, 1.0),
            # The age limit of 0.5 s counts from the capture of the last view.
            ModeWithin(BLINDED, 13.5, 0.6),
            WeightStays('v2x', 0.0, 0.0, 13.6, LENGTH_S),
            WeightStays('audio', 1.0, 1.0, 14.1, END_S),
            *RECOVERED,
        ),
    ),
    Scenario(
        'v2x_attack',
        'in the dark only forged, unknown and replayed roadside views arrive',
        (
            goes_wrong(Exposure, gain=0.01),
            V2x(end_s=6.0, **LINK),
            V2xAttack(start_s=6.0, attack='forge', rate_hz=25.0),
            V2xAttack(start_s=6.0, attack='stranger', rate_hz=25.0),
            V2xAttack(start_s=4.0, end_s=8.0, attack='replay', rate_hz=25.0, delay_s=0.1),
            V2xAttack(start_s=9.0, attack='replay', rate_hz=25.0, delay_s=4.0),
        ),
        (
            *AROUND,
            *EAR_ALONE,
            # The last honest view was taken at 6 s.
            ModeNever('V2X_FALLBACK', 7.0),
            WeightStays('v2x', 0.0, 0.0, 7.0, LENGTH_S),
            Counted('admitted', at_least=100, at_most=150),
            Counted('bad_signature', at_least=20),
            Counted('unknown_station', at_least=500),
            Counted('replayed', at_least=30),
            Counted('too_old', at_least=100),
            *RECOVERED,
        ),
    ),
    Scenario(
        'v2x_conflict',
        'a trusted roadside unit shows other words than the camera sees, which later goes dark',
        (
            V2x(**LINK),
            V2xOther(start_s=ONSET_S, shift_s=2 * SLOT_S),
            Exposure(start_s=END_S, end_s=DARK_UNTIL_S, gain=0.01),
        ),
        (
            *CALM,
            AlarmWithin('V2X_CONFLICT', ONSET_S, 8.0),
            # Its signatures are right: it is the fusion that holds it out, to the end.
            Counted('admitted', at_least=600),
            WeightStays('v2x', 0.0, 0.0, 0.0, LENGTH_S),
            ModeNever('V2X_FALLBACK'),
            CommandsRight(0.5, ONSET_S, END_S),
            ModeWithin(BLINDED, END_S, 1.0),
            WeightReaches('audio', 0.87, END_S, 0.5),
            ModeWithin(NOMINAL, DARK_UNTIL_S, 2.0),
        ),
    ),
)
