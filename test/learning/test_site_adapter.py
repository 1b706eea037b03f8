# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What is learnt from, what is put in force, and how a stream that goes bad is got out of."""

from dataclasses import replace

import numpy as np
import pytest

from av_fusion_ros.learning.ear_scores import EarScore
from av_fusion_ros.learning.lesson import Lesson
from av_fusion_ros.learning.site_adapter import AdapterSettings, SiteAdapter
from av_fusion_ros.recognition.site_correction import NO_CORRECTION, SiteCorrection

PHRASES = [f'command {k}' for k in range(12)]


class Place:
    """Scores lessons as a place would in which taking noise out brings ``gain`` on average.

    Lessons carry their noise in their first mel value: what chooses and what judges differ.
    """

    def __init__(self, gain, spread=0.05, contradiction=0.2, likelihood=-0.35):
        self.gain, self.spread, self.contradiction = gain, spread, contradiction
        self.likelihood = likelihood

    def score(self, lesson, correction):
        luck = float(lesson.mel[0, 0]) * self.spread
        return EarScore(
            self.likelihood + correction.strength * (self.gain + luck), self.contradiction
        )


class Untuned:
    """Leaves the bands as they are."""

    def tune(self, lessons, start):
        yield
        return start


class Stream:
    """An adapter, what it told, and a source of lessons."""

    def __init__(self, place, tuner=None, **settings):
        self.place, self.told = place, []
        self.adapter = SiteAdapter(
            place,
            tuner or Untuned(),
            lambda *news: self.told.append(news),
            AdapterSettings(**settings),
        )
        self.rng = np.random.default_rng(1)
        self.stamp_ns = 0

    def play(self, count, phrases=PHRASES):
        for _ in range(count):
            self.stamp_ns += 1_000_000_000
            mel = self.rng.standard_normal((8, 64)).astype(np.float32)
            power = np.full(64, 2.0, np.float32)
            phrase = str(self.rng.choice(phrases))
            lesson = Lesson(phrase, self.stamp_ns, mel, power, np.array([3]))
            self.adapter.offer(lesson)
            while self.adapter.work():
                pass
        return self.adapter

    def happened(self):
        return [what for what, _, _ in self.told]


def test_what_the_ear_reads_better_on_reserved_lessons_is_put_in_force():
    stream = Stream(Place(gain=0.3))
    adapter = stream.play(60)
    assert adapter.correction.strength == 1.0
    np.testing.assert_allclose(adapter.correction.noise_power, 2.0)
    assert stream.happened()[0] == 'promoted'


@pytest.mark.parametrize('gain', [0.0, -0.3])
def test_what_brings_nothing_is_not_put_in_force(gain):
    adapter = Stream(Place(gain)).play(200)
    assert adapter.correction is NO_CORRECTION
    assert adapter.counts['trials'] > 5


def test_what_leaves_the_ear_poor_is_not_put_in_force():
    """A surer ear gets more weight: where it is mostly wrong, that costs what both read."""
    stream = Stream(Place(gain=0.3, likelihood=-1.0))
    adapter = stream.play(200)
    assert adapter.correction is NO_CORRECTION
    assert 'too poor' in stream.told[-1][2]


def test_luck_with_the_lessons_is_not_enough():
    """Every trial picks the best of its shadows: noise alone must not be promoted for it."""
    promoted = 0
    for seed in range(20):
        stream = Stream(Place(gain=0.0, spread=0.5))
        stream.rng = np.random.default_rng(seed)
        promoted += stream.play(40).counts['promotions']
    assert promoted <= 2


class Hum(Place):
    """Nearly every lesson gains a little; one in twelve swings by much more, either way."""

    def score(self, lesson, correction):
        number = int(lesson.stamp_ns // 1e9)
        gain = self.gain + 0.01 * float(lesson.mel[0, 0])
        if number // 2 % 12 == 0:
            gain += 0.8 if number // 24 % 2 else -0.8
        return EarScore(self.likelihood + correction.strength * gain, 0.2)


def test_a_small_gain_of_nearly_all_is_seen_although_a_few_lessons_swing_widely():
    assert Stream(Hum(gain=0.05)).play(120).correction.strength > 0


def test_a_gain_that_only_a_few_lessons_have_is_not_put_in_force():
    class Few(Place):
        def score(self, lesson, correction):
            gain = 1.5 if int(lesson.stamp_ns // 1e9) // 2 % 6 == 0 else -0.05
            return EarScore(self.likelihood + correction.strength * gain, 0.2)

    adapter = Stream(Few(gain=0.0)).play(200)
    assert adapter.counts['trials'] > 5
    assert adapter.counts['promotions'] == 0


def test_a_place_that_changes_votes_its_correction_out():
    place = Place(gain=0.3)
    stream = Stream(place)
    stream.play(60)
    place.gain = -0.3
    adapter = stream.play(60)
    assert adapter.correction.strength == 0
    assert stream.told[-1][0] in ('promoted', 'kept')


def test_a_stream_of_one_command_is_held_and_its_promotions_are_undone():
    place = Place(gain=0.0)
    stream = Stream(place)
    stream.play(60)
    place.gain = 0.3  # whatever this stream asks for, it must not be believed
    adapter = stream.play(200, phrases=['stop'])
    assert adapter.held.startswith('always the same')
    assert adapter.correction.strength == 0
    assert adapter.counts['rollbacks'] == 1
    assert 'rolled_back' in stream.happened()


def test_a_good_correction_from_before_survives_the_roll_back():
    stream = Stream(Place(gain=0.3))
    stream.play(60)
    adapter = stream.play(200, phrases=['stop'])
    assert adapter.counts['rollbacks'] == 1
    assert adapter.correction.strength == 1.0


def test_a_stream_that_the_ear_contradicts_is_held():
    place = Place(gain=0.3)
    stream = Stream(place)
    place.contradiction = 3.0
    adapter = stream.play(100)
    assert adapter.held.startswith('the ear contradicts')
    assert adapter.correction is NO_CORRECTION
    assert adapter.counts['taken'] == 0


def test_learning_goes_on_when_the_stream_is_good_again():
    place = Place(gain=0.0)
    stream = Stream(place)
    stream.play(100, phrases=['stop'])
    taken = stream.adapter.counts['taken']
    adapter = stream.play(100)
    assert not adapter.held
    assert adapter.counts['taken'] > taken


def test_one_contradicted_lesson_is_left_out():
    place = Place(gain=0.3)
    stream = Stream(place)
    stream.play(10)
    place.contradiction = 3.0
    adapter = stream.play(1)
    assert (adapter.counts['taken'], adapter.counts['contradicted']) == (10, 1)


def test_reserved_lessons_choose_nothing():
    """A shadow that only the lessons like, and the reserve does not, is not promoted."""
    reserved = []

    class Split(Place):
        def score(self, lesson, correction):
            likes = 0.3 if int(lesson.stamp_ns // 1e9) % 2 else -0.3
            if not likes > 0:
                reserved.append(lesson)
            return EarScore(self.likelihood + correction.strength * likes, 0.0)

    adapter = Stream(Split(gain=0.0)).play(100)
    assert reserved
    assert adapter.counts['trials'] > 3
    assert adapter.counts['promotions'] == 0


def test_what_is_put_in_force_from_outside_stays_until_better_is_found():
    stream = Stream(Place(gain=0.0))
    snapshot = SiteCorrection(np.ones(64, np.float32), 0.5)
    stream.adapter.put_in_force(snapshot)
    assert stream.play(40).correction is snapshot


class Tuner:
    """Shifts every band by one more, whatever it is given."""

    def __init__(self):
        self.given = []

    def tune(self, lessons, start):
        self.given.append(start)
        yield
        return replace(start, shift=start.shift + np.float32(0.1))


class Tunable(Place):
    """Likes what is tuned, whatever its spectrum."""

    def score(self, lesson, correction):
        luck = float(lesson.mel[0, 0]) * self.spread
        return EarScore(self.likelihood + min(1.0, correction.tuning) * (self.gain + luck), 0.2)


def tuned_stream(gain):
    tuner = Tuner()
    return Stream(Tunable(gain), tuner), tuner


def test_a_tuning_that_the_reserved_lessons_like_is_put_in_force_and_gone_on_from():
    stream, tuner = tuned_stream(gain=0.5)
    adapter = stream.play(120)
    assert adapter.correction.tuning > 0.1
    assert adapter.correction.strength == 0
    assert [start.tuning for start in tuner.given] == sorted(s.tuning for s in tuner.given)
    assert tuner.given[-1].tuning > 0.2


@pytest.mark.parametrize('gain', [0.0, -0.5])
def test_a_tuning_that_the_reserved_lessons_do_not_like_stays_out(gain):
    stream, _ = tuned_stream(gain)
    adapter = stream.play(120)
    assert adapter.counts['trials'] > 3
    assert adapter.correction is NO_CORRECTION


def test_a_roll_back_takes_the_tuning_back_too():
    stream, tuner = tuned_stream(gain=0.0)
    stream.play(60)
    stream.place.gain = 0.5
    adapter = stream.play(200, phrases=['stop'])
    assert adapter.counts['rollbacks'] == 1
    assert adapter.correction.nothing
    begun = len(tuner.given)
    stream.play(100)
    assert tuner.given[begun].nothing
