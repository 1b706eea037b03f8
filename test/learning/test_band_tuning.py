# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Bands are tuned towards what makes the lessons likelier, within bounds."""

import numpy as np
import pytest

from av_fusion_ros.learning.band_tuning import BandTuner, TuningSettings
from av_fusion_ros.learning.lesson import Lesson
from av_fusion_ros.recognition.site_correction import MAX_SHIFT, NO_CORRECTION, SiteCorrection

TARGETS = np.array([3, 4])


class Ear:
    """Likes band ``k`` to be at ``wish`` and does not care for the others."""

    def __init__(self, k, wish):
        self.k, self.wish = k, wish

    def likelihood(self, mel, targets):
        gradient = np.zeros_like(mel)
        gradient[:, self.k] = -2 * (mel[:, self.k] - self.wish)
        return -float(((mel[:, self.k] - self.wish) ** 2).sum()), gradient


def lessons(count, level=-4.0):
    rng = np.random.default_rng(0)
    return [
        Lesson(
            'stop',
            k,
            (level + rng.standard_normal((40, 64))).astype(np.float32),
            np.ones(64, np.float32),
            TARGETS,
        )
        for k in range(count)
    ]


def finished(tuning):
    pieces = 0
    while True:
        try:
            next(tuning)
        except StopIteration as end:
            return end.value, pieces
        pieces += 1


def test_what_makes_the_lessons_likelier_is_learnt_and_nothing_else():
    given = lessons(20)
    tuned, _ = finished(BandTuner(Ear(7, -3.0)).tune(given, NO_CORRECTION))
    before, after = (
        np.mean([abs(c.corrected(x.mel)[:, 7] + 3).mean() for x in given])
        for c in (NO_CORRECTION, tuned)
    )
    assert after < before
    others = np.arange(64) != 7
    assert not tuned.gain[others].any()
    assert not tuned.shift[others].any()


def test_the_work_is_bounded_and_in_pieces_of_one_lesson():
    settings = TuningSettings(steps=3, batch=4)
    tuner = BandTuner(Ear(7, -3.0), settings)
    assert finished(tuner.tune(lessons(5), NO_CORRECTION))[1] == 12


def test_the_noise_profile_stays_and_is_taken_out_first():
    start = SiteCorrection(np.full(64, 0.01, np.float32), 1.0)
    tuned, _ = finished(BandTuner(Ear(7, -3.0)).tune(lessons(5), start))
    assert tuned.strength == 1.0
    np.testing.assert_array_equal(tuned.noise_power, start.noise_power)
    assert tuned.tuning > 0


def test_no_band_leaves_its_bounds():
    tuner = BandTuner(Ear(7, 400.0), TuningSettings(steps=60, rate=0.5, pull=0))
    tuned, _ = finished(tuner.tune(lessons(5), NO_CORRECTION))
    assert tuned.shift[7] == pytest.approx(MAX_SHIFT)


def test_lessons_that_do_not_fit_tune_nothing():
    class Deaf:
        def likelihood(self, mel, targets):
            return -np.inf, np.zeros_like(mel)

    tuned, _ = finished(BandTuner(Deaf()).tune(lessons(5), NO_CORRECTION))
    assert tuned.nothing
