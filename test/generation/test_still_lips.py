# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Another mouth: the camera shows the talker silent while the voice goes on."""

import numpy as np
import pytest

from av_fusion_ros.generation.errors import GenerationError
from av_fusion_ros.generation.events import StillLips
from av_fusion_ros.generation.scene import Utterance
from av_fusion_ros.generation.speech import Speech, TimedWord, Voice
from av_fusion_ros.generation.still_lips import MARGIN_S, quiet_stretch_s, there_and_back


def said(start_s, first_s, last_s, length_s=3.0):
    """A recording of some length with one long word in it."""
    samples = np.zeros(round(length_s * 16000), np.float32)
    speech = Speech('word', Voice(), samples, (), (TimedWord('word', first_s, last_s),))
    return Utterance('word', start_s, speech, speech)


def test_the_longest_silence_lies_within_one_recording_and_away_from_words():
    clips = [said(0.0, 0.5, 2.0), said(3.0, 0.9, 2.5), said(6.0, 0.3, 1.0)]
    assert quiet_stretch_s(clips, 6.0) == pytest.approx((2.0 + MARGIN_S, 3.0))
    assert quiet_stretch_s(clips, 9.0) == pytest.approx((7.0 + MARGIN_S, 9.0))


def test_between_utterances_nobody_speaks():
    assert quiet_stretch_s([said(1.5, 0.0, 3.0), said(6.0, 0.0, 3.0)], 9.0) == (0.0, 1.5)
    assert quiet_stretch_s([said(0.5, 0.0, 3.0), said(6.0, 0.0, 3.0)], 9.0) == (3.5, 6.0)


def test_a_talker_who_is_never_silent_is_refused():
    with pytest.raises(GenerationError, match='silent'):
        quiet_stretch_s([said(0.0, 0.1, 2.95)], 3.0)


def test_steps_go_there_and_back_without_showing_a_picture_twice_in_a_row():
    assert [there_and_back(5, 8, step) for step in range(9)] == [5, 6, 7, 8, 7, 6, 5, 6, 7]
    assert there_and_back(5, 5, 7) == 5


def test_the_camera_shows_the_silence_and_the_sound_stays(small_scene):
    plain, scene = small_scene(), small_scene(StillLips(start_s=1.0, end_s=2.5))
    np.testing.assert_array_equal(scene.sound.samples, plain.sound.samples)
    begin_s, end_s = quiet_stretch_s(scene.utterances, 1.0)
    quiet = [plain.frame(k) for k in range(int(25 * begin_s), int(25 * end_s) + 1)]
    shown = [frame.image for frame in scene.frames()]
    for index in range(25, 62):
        assert any(np.array_equal(shown[index], picture) for picture in quiet)
        assert not np.array_equal(shown[index], shown[index + 1])
    np.testing.assert_array_equal(shown[24], plain.frame(24))
    np.testing.assert_array_equal(shown[63], plain.frame(63))
