# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Quiet speech is raised, and nothing else: no pause, no slammed door, no loud talker."""

from __future__ import annotations

from math import inf, nan

import pytest

from av_fusion_ros.signals.automatic_gain import ENOUGH_DBFS, MAX_GAIN_DB, AutomaticGain

HOP_S = 0.04


def gains(gain: AutomaticGain, level_dbfs: float, speech: float, seconds: float) -> list[float]:
    return [gain.push(level_dbfs, speech, HOP_S) for _ in range(round(seconds / HOP_S))]


def test_speech_of_common_loudness_is_left_as_it_is() -> None:
    gain = AutomaticGain()
    for level_dbfs in (-9.0, -40.0, -15.0, -35.0):  # syllables and what lies between them
        assert set(gains(gain, level_dbfs, 0.9, 0.2)) == {0.0}


def test_quiet_speech_is_raised_to_where_enough_begins() -> None:
    gain = AutomaticGain()
    raised = gains(gain, -42.0, 0.9, 6.0)
    assert raised[-1] == pytest.approx(ENOUGH_DBFS + 42.0)
    assert raised == sorted(raised)
    assert gain.gain_db == raised[-1]


def test_no_more_than_the_most_and_never_above_full_scale() -> None:
    gain = AutomaticGain()
    assert gains(gain, -75.0, 0.9, 20.0)[-1] == MAX_GAIN_DB
    assert gain.push(-3.0, 0.1, HOP_S) == 3.0
    assert gain.push(2.0, 0.1, HOP_S) == 0.0


def test_a_pause_does_not_raise_the_room() -> None:
    gain = AutomaticGain()
    assert set(gains(gain, -60.0, 0.1, 60.0)) == {0.0}
    assert set(gains(gain, -60.0, nan, 1.0)) == {0.0}
    assert set(gains(gain, -inf, 0.1, 1.0)) == {0.0}


def test_a_noise_does_not_make_a_quiet_talker_quiet_again() -> None:
    gain = AutomaticGain()
    before = gains(gain, -42.0, 0.9, 6.0)[-1]
    gains(gain, -12.0, 0.1, 1.0)
    assert gain.push(-42.0, 0.9, HOP_S) == pytest.approx(before)


def test_a_loud_talker_is_heard_as_he_is_at_once() -> None:
    gain = AutomaticGain()
    gains(gain, -42.0, 0.9, 6.0)
    assert gain.push(-12.0, 0.9, HOP_S) == 0.0


def test_reset_and_zero_raise_nothing() -> None:
    gain = AutomaticGain()
    gains(gain, -42.0, 0.9, 6.0)
    gain.reset()
    assert gain.push(-60.0, 0.1, HOP_S) == gain.gain_db == 0.0
    assert set(gains(AutomaticGain(0.0), -42.0, 0.9, 6.0)) == {0.0}
