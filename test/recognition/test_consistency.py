# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The consistency monitor: each contradiction, and "unknown" where nothing can be judged."""

from __future__ import annotations

from dataclasses import replace
from math import sin
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from av_fusion_ros.recognition.consistency import (
    Alarm,
    ConsistencyMonitor,
    Kind,
    Level,
)
from av_fusion_ros.recognition.features import HOP_NS, AudioFeature, VisualFeature

MESSAGE = Path(__file__).resolve().parents[2] / 'msg' / 'ConsistencyAlarm.msg'
SIZE = 64
SOUND = AudioFeature(0, 0, 0, np.zeros(0, np.float32), 0.9, 0.9, 15.0, -30.0)
DEAD = replace(SOUND, quality=0.0, level_dbfs=-np.inf, speech_probability=0.0)
FACE = VisualFeature(
    0, 0, np.zeros(0, np.float32), 1, 0.9, quality=0.9, motion=1.0, mouth_opening=0.1
)


def words(seed: int, hops: int = 3000) -> NDArray[np.float32]:
    """Projections (hops, 64) that change as those of speech do, another course for each seed."""
    noise = np.random.default_rng(seed).standard_normal((hops + 6, SIZE))
    slow = np.stack([np.convolve(column, np.ones(7), 'valid') for column in noise.T], 1)
    return slow.astype(np.float32)


SAID, OTHER = words(1), words(2)


def run(
    monitor: ConsistencyMonitor,
    n: int,
    audio: AudioFeature | None = SOUND,
    visual: VisualFeature | None = FACE,
    begin: int = 0,
    lips: float = 0.1,
    late: int = 0,
    other: bool = False,
    loop: int = 0,
) -> list[Alarm]:
    """``n`` hops from hop ``begin`` on, with lips that move by ``lips``.

    ``late``: hops by which the sound is late; ``other``: it says something else; ``loop``: the
    picture repeats its last so many hops.
    """
    alarms = []
    for k in range(begin, begin + n):
        shown = begin - loop + (k - begin) % loop if loop else k
        seen, heard = visual, audio
        if seen is not None and seen.face_id:
            seen = replace(seen, embedding=SAID[shown])
        if seen is not None and seen.face_id and seen.motion > 0:
            seen = replace(seen, mouth_opening=0.2 + lips * sin(k))
        if heard is not None:
            heard = replace(heard, embedding=OTHER[k])
        compared = None
        if heard is not None and seen is not None and seen.face_id and heard.quality > 0:
            compared = np.stack(((OTHER if other else SAID)[k - late], SAID[shown]))
        alarm = monitor.update(k * HOP_NS, heard, seen, compared)
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
    assert alarm.score > 0.5 > 0.1 == alarm.temperature


@pytest.mark.parametrize(
    ('fault', 'expected', 'within_hops'),
    [
        ({'visual': replace(FACE, motion=0.0)}, (Level.ERROR, Kind.FROZEN_VIDEO), 13),
        ({'visual': replace(FACE, health=6)}, (Level.ERROR, Kind.FROZEN_VIDEO), 13),
        ({'audio': DEAD}, (Level.ERROR, Kind.DEAD_AUDIO), 13),
        ({'other': True}, (Level.WARN, Kind.CONTENT), 50),
        ({'visual': None}, (Level.UNKNOWN, Kind.NONE), 13),
        ({'audio': None}, (Level.UNKNOWN, Kind.NONE), 13),
        ({'audio': replace(SOUND, snr_db=-10.0)}, (Level.UNKNOWN, Kind.NONE), 88),
        ({'visual': replace(FACE, quality=0.1)}, (Level.UNKNOWN, Kind.NONE), 88),
        ({'audio': replace(SOUND, speech_probability=0.1)}, (Level.UNKNOWN, Kind.NONE), 88),
    ],
)
def test_each_fault_is_raised_in_time_and_cleared(
    fault: dict[str, Any], expected: tuple[Level, Kind], within_hops: int
) -> None:
    monitor = ConsistencyMonitor()
    run(monitor, 100)
    raised = run(monitor, 150, begin=100, **fault)
    assert set(kinds(raised)) == {expected}
    assert raised[0].stamp_ns <= (100 + within_hops) * HOP_NS
    if expected[1] is Kind.NONE:
        assert len(raised) == 1
    else:
        # Once a second while it lasts, always with the same onset.
        assert 2 <= len(raised) <= 7
        assert len({alarm.onset_ns for alarm in raised}) == 1
        assert raised[0].onset_ns >= 96 * HOP_NS
        assert raised[0].detail
    cleared = run(monitor, 150, begin=250)
    assert kinds(cleared)[-1] == (Level.OK, Kind.NONE)


def test_a_microphone_that_clips_is_not_called_silent() -> None:
    monitor = ConsistencyMonitor()
    run(monitor, 100)
    alarms = run(monitor, 100, audio=replace(SOUND, quality=0.0, level_dbfs=-3.0), begin=100)
    assert set(kinds(alarms)) == {(Level.UNKNOWN, Kind.NONE)}


def test_a_voice_before_still_lips_is_another_s() -> None:
    monitor = ConsistencyMonitor()
    run(monitor, 100)
    alarms = run(monitor, 100, begin=100, other=True, lips=0.001)
    assert alarms[-1].kind is Kind.WRONG_SPEAKER


@pytest.mark.parametrize('late', [5, 12, -8])
def test_a_shift_is_named_with_its_size(late: int) -> None:
    monitor = ConsistencyMonitor()
    run(monitor, 200)
    alarms = run(monitor, 150, begin=200, late=late)
    assert alarms[-1].kind is Kind.DESYNC
    assert alarms[-1].av_offset_s == pytest.approx(late * 0.04, abs=0.02)


def test_the_training_s_own_shift_is_no_alarm() -> None:
    monitor = ConsistencyMonitor()
    run(monitor, 100)
    assert run(monitor, 250, begin=100, late=1) == []


def test_a_loop_is_found_with_its_period() -> None:
    monitor = ConsistencyMonitor()
    run(monitor, 400)
    alarms = run(monitor, 250, begin=400, loop=90, other=True)
    loops = [alarm for alarm in alarms if alarm.kind is Kind.LOOPED_MEDIA]
    assert loops
    assert loops[0].loop_period_s == pytest.approx(3.6)
    assert 'picture' in loops[0].detail
    assert 'sound' not in loops[0].detail


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


def test_a_pause_between_sentences_changes_nothing() -> None:
    monitor = ConsistencyMonitor()
    run(monitor, 100)
    quiet = replace(SOUND, speech_probability=0.1)
    assert run(monitor, 60, audio=quiet, begin=100) == []
    assert run(monitor, 100, begin=160) == []


def test_what_is_wrong_stays_wrong_through_a_pause() -> None:
    monitor = ConsistencyMonitor()
    run(monitor, 100)
    run(monitor, 100, begin=100, other=True)
    quiet = replace(SOUND, speech_probability=0.1)
    during = run(monitor, 60, audio=quiet, begin=200)
    assert {alarm.kind for alarm in during} == {Kind.CONTENT}


def test_without_a_comparison_the_answer_is_unknown() -> None:
    alarms = run(ConsistencyMonitor(), 50, audio=replace(SOUND, quality=0.2))
    assert kinds(alarms) == [(Level.UNKNOWN, Kind.NONE)]
