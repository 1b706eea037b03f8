# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Scenarios in which sound and picture are good and do not belong to each other."""

from __future__ import annotations

from av_fusion_ros.generation.events import Desync, Loop, StillLips
from av_fusion_ros.generation.scenario_criteria import AlarmWithin, CommandsRight, NoAlarm
from av_fusion_ros.generation.scenario_parts import (
    CALM,
    END_S,
    ONSET_S,
    SLOT_S,
    Scenario,
    goes_wrong,
)

CONTRADICTIONS: tuple[Scenario, ...] = (
    Scenario(
        'dubbed',
        'the lips say one thing, the sound is of what was said a sentence before',
        (goes_wrong(Desync, shift_s=SLOT_S),),
        (
            *CALM,
            AlarmWithin('CONTENT', ONSET_S, 5.0),
            CommandsRight(0.5, END_S + SLOT_S),
        ),
    ),
    Scenario(
        'late_sound',
        'the sound comes 0.4 s late',
        (goes_wrong(Desync, shift_s=0.4),),
        (
            *CALM,
            AlarmWithin('DESYNC', ONSET_S, 5.0),
            CommandsRight(0.5, END_S + SLOT_S),
        ),
    ),
    Scenario(
        'looped',
        'the camera shows the last two sentences over and over',
        (goes_wrong(Loop, period_s=2 * SLOT_S),),
        (
            *CALM,
            AlarmWithin('LOOPED_MEDIA', ONSET_S, 7.0),
            CommandsRight(0.5, END_S + SLOT_S),
        ),
    ),
    Scenario(
        'other_mouth',
        'somebody out of view speaks, the lips of the face in view are still',
        (goes_wrong(StillLips),),
        (
            *CALM,
            # The voice sets in up to 0.8 s after the onset.
            AlarmWithin('WRONG_SPEAKER', ONSET_S, 2.5),
            NoAlarm(END_S + SLOT_S),
            CommandsRight(0.5, END_S + SLOT_S),
        ),
    ),
)
