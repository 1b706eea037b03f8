# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from av_fusion_ros.generation.speech import TimedPhoneme
from av_fusion_ros.generation.visemes import (
    OPENING,
    PRESS,
    ROUNDING,
    TUCK,
    WIDTH,
    mouth_trajectory,
    viseme,
)
from av_fusion_ros.model.phonemes import PHONEMES


def spoken(*names, length_s=0.1):
    return [
        TimedPhoneme(name, (name,), index * length_s, (index + 1) * length_s)
        for index, name in enumerate(names)
    ]


def middle_of(phonemes, index):
    """Mouth shape when the lips reach the phoneme: 30 ms before the middle of its sound."""
    phoneme = phonemes[index]
    time_s = (phoneme.start_s + phoneme.end_s) / 2 - 0.03
    return mouth_trajectory(phonemes, np.array([time_s]))[0]


def test_every_phoneme_has_a_mouth_shape():
    for name in PHONEMES:
        assert mouth_trajectory(spoken(name), np.array([0.02])).shape == (1, 7)
        assert viseme(name).opening <= 1


@pytest.mark.parametrize('closed', ['P', 'B', 'M'])
@pytest.mark.parametrize('vowel', ['AA', 'IY', 'UW', 'AE'])
def test_lips_close_for_bilabials_between_any_vowels(closed, vowel):
    phonemes = spoken(vowel, closed, vowel)
    assert middle_of(phonemes, 1)[OPENING] < 0.05
    assert middle_of(phonemes, 1)[PRESS] > 0.5
    assert middle_of(phonemes, 0)[OPENING] > middle_of(phonemes, 1)[OPENING] + 0.08


def test_classes_of_sounds_look_different():
    shapes = {name: middle_of(spoken('AH', name, 'AH'), 1) for name in PHONEMES}
    assert shapes['F'][TUCK] > 0.5 > 0.2 > shapes['T'][TUCK]
    assert shapes['UW'][ROUNDING] > 0.6 > 0.2 > shapes['IY'][ROUNDING]
    assert shapes['IY'][WIDTH] > 0.5 > 0 > shapes['UW'][WIDTH]
    assert shapes['AA'][OPENING] > 0.7 > shapes['EH'][OPENING] > shapes['S'][OPENING]


def test_rounding_is_anticipated_by_the_consonant_before():
    before_round = middle_of(spoken('S', 'T', 'UW'), 1)
    before_spread = middle_of(spoken('S', 'T', 'IY'), 1)
    assert before_round[ROUNDING] > before_spread[ROUNDING] + 0.05


def test_the_trajectory_is_smooth_and_the_mouth_rests_in_silence():
    phonemes = spoken('P', 'AA', 'P', 'IY', 'F', 'OW', 'M')
    times_s = np.arange(-1.0, 2.0, 0.005)
    path = mouth_trajectory(phonemes, times_s)
    assert np.abs(np.diff(path, axis=0)).max() < 0.25
    assert path[0, OPENING] < 0.05
    assert path[-1, OPENING] < 0.05


def test_a_time_gives_the_same_shape_alone_and_among_others():
    phonemes = spoken(*(['P', 'AA', 'IY'] * 10))
    times_s = np.arange(0.0, 3.0, 0.04)
    together = mouth_trajectory(phonemes, times_s)
    alone = np.concatenate([mouth_trajectory(phonemes, times_s[[k]]) for k in range(len(times_s))])
    np.testing.assert_allclose(alone, together, atol=1e-6)
