# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The consistency monitor: each contradiction, and "unknown" where nothing can be judged."""

from __future__ import annotations

from dataclasses import replace
from math import nan, sin
from pathlib import Path

import numpy as np
import pytest

from av_fusion_ros.recognition.consistency import (
    Alarm,
    ConsistencyMonitor,
    Kind,
    Level,
)
from av_fusion_ros.recognition.features import HOP_NS, AudioFeature, VisualFeature

MESSAGE = Path(__file__).resolve().parents[2] / 'msg' / 'ConsistencyAlarm.msg'
EMPTY = np.zeros(0, np.float32)
SOUND = AudioFeature(0, 0, 0, EMPTY, 0.9, 0.9, 15.0, -30.0)
DEAD = replace(SOUND, quality=0.0, level_dbfs=-np.inf, speech_probability=0.0)
FACE = VisualFeature(0, 0, EMPTY, 1, 0.9, quality=0.9, motion=1.0, mouth_opening=0.1)


def run(
    monitor: ConsistencyMonitor,
    n: int,
    audio: AudioFeature | None = SOUND,
    visual: VisualFeature | None = FACE,
    logit: float = 4.0,
    begin: int = 0,
    lips: float = 0.1,
) -> list[Alarm]:
    """``n`` hops from hop ``begin`` on, with lips that move by ``lips``."""
    alarms = []
    for k in range(begin, begin + n):
        seen = visual
        if seen is not None and seen.face_id and seen.motion > 0:
            seen = replace(seen, mouth_opening=0.2 + lips * sin(k))
        alarm = monitor.update(k * HOP_NS, audio, seen, logit)
        if alarm is not None:
            alarms.append(alarm)
    return alarms


def kinds(alarms: list[Alarm]) -> list[tuple[Level, Kind]]:
    return [(alarm.level, alarm.kind) for alarm in alarms]


def test_values_are_those_of_the_message() -> None:
    text = MESSAGE.read_text()
    for level in Level:
        assert f'LEVEL_{level.name}={level.value}' in text
    for kind in Kind:
        assert f'KIND_{kind.name}={kind.value}' in text


def test_agreement_is_said_once() -> None:
    (alarm,) = run(ConsistencyMonitor(), 250)
    assert (alarm.level, alarm.kind, alarm.onset_ns) == (Level.OK, Kind.NONE, 0)
    assert alarm.score > 0.5


@pytest.mark.parametrize(
    ('fault', 'expected', 'within_hops'),
    [
        ({'visual': replace(FACE, motion=0.0)}, (Level.ERROR, Kind.FROZEN_VIDEO), 13),
        ({'audio': DEAD}, (Level.ERROR, Kind.DEAD_AUDIO), 13),
        ({'logit': -8.0}, (Level.WARN, Kind.CONTENT), 120),
        ({'visual': None}, (Level.UNKNOWN, Kind.NONE), 13),
        ({'audio': None}, (Level.UNKNOWN, Kind.NONE), 13),
        ({'audio': replace(SOUND, snr_db=-10.0)}, (Level.UNKNOWN, Kind.NONE), 13),
        ({'visual': replace(FACE, quality=0.1)}, (Level.UNKNOWN, Kind.NONE), 13),
    ],
)
def test_each_fault_is_raised_in_time_and_cleared(
    fault: dict[str, object], expected: tuple[Level, Kind], within_hops: int
) -> None:
    monitor = ConsistencyMonitor()
    run(monitor, 100)
    raised = run(monitor, 150, begin=100, **fault)  # type: ignore[arg-type]
    assert set(kinds(raised)) == {expected}
    assert raised[0].stamp_ns <= (100 + within_hops) * HOP_NS
    if expected[1] is Kind.NONE:
        assert len(raised) == 1
    else:
        # Once a second while it lasts, always with the same onset.
        assert 2 <= len(raised) <= 7
        assert len({alarm.onset_ns for alarm in raised}) == 1
        assert raised[0].onset_ns >= 100 * HOP_NS
        assert raised[0].detail
    cleared = run(monitor, 150, begin=250)
    assert kinds(cleared)[-1] == (Level.OK, Kind.NONE)


def test_a_closed_mouth_in_silence_is_no_dead_microphone() -> None:
    alarms = run(ConsistencyMonitor(), 100, audio=DEAD, lips=0.005)
    assert all(alarm.kind is not Kind.DEAD_AUDIO for alarm in alarms)


def test_an_empty_frozen_scene_is_no_contradiction() -> None:
    alarms = run(ConsistencyMonitor(), 100, visual=replace(FACE, face_id=0, motion=0.0))
    assert set(kinds(alarms)) == {(Level.UNKNOWN, Kind.NONE)}


def test_a_short_fault_is_not_raised() -> None:
    monitor = ConsistencyMonitor()
    run(monitor, 100)
    assert run(monitor, 8, audio=DEAD, begin=100) == []
    assert run(monitor, 100, begin=108) == []


def test_without_speech_the_content_is_not_judged() -> None:
    monitor = ConsistencyMonitor()
    run(monitor, 100)
    quiet = replace(SOUND, speech_probability=0.1)
    assert run(monitor, 250, audio=quiet, logit=-8.0, begin=100) == []


def test_content_without_a_comparison_is_unknown() -> None:
    assert kinds(run(ConsistencyMonitor(), 50, logit=nan)) == [(Level.UNKNOWN, Kind.NONE)]
