# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What may be put in force, by how the ear reads the reserved lessons."""

import numpy as np
import pytest

from av_fusion_ros.learning.promotion import PromotionSettings, verdict
from av_fusion_ros.recognition.site_correction import NO_CORRECTION, SiteCorrection

SETTINGS = PromotionSettings()
TRIED = SiteCorrection(np.ones(64, np.float32), 1.0)


def judged(now, then, current=NO_CORRECTION, tried=(TRIED,)):
    return verdict(current, tried, np.stack((now, then), axis=1), SETTINGS)


def lessons(mean, count=40, spread=0.01):
    return mean + spread * np.random.default_rng(0).standard_normal(count)


def test_what_nearly_all_lessons_gain_by_is_promoted():
    found = judged(lessons(-0.3), lessons(-0.2))
    assert found.promoted
    assert found.correction is TRIED


@pytest.mark.parametrize(
    ('in_force', 'promoted'),
    [(NO_CORRECTION, False), (SiteCorrection(np.ones(64, np.float32), 0.5), True)],
)
def test_the_first_correction_must_bring_more_than_a_better_one(in_force, promoted):
    gain = (SETTINGS.min_gain + SETTINGS.min_worth) / 2
    assert judged(lessons(-0.3), lessons(-0.3 + gain), in_force).promoted is promoted


def test_a_mean_that_few_lessons_make_is_not_believed():
    then = lessons(-0.3)
    then[:8] += 1.0
    then[8:24] -= 0.05
    found = judged(lessons(-0.3), then)
    assert float(np.mean(then)) + 0.3 > SETTINGS.min_worth
    assert not found.promoted


def test_an_ear_that_stays_poor_is_not_made_surer():
    found = judged(lessons(-1.0), lessons(-0.8))
    assert not found.promoted
    assert 'too poor' in found.why


def test_an_ear_that_stays_poor_can_be_given_back_what_was_taken():
    found = judged(lessons(-1.2), lessons(-1.0), TRIED, (NO_CORRECTION,))
    assert found.promoted


def test_the_best_of_what_was_tried_is_judged():
    likelihoods = np.stack((lessons(-0.3), lessons(-0.4), lessons(-0.1)), axis=1)
    found = verdict(NO_CORRECTION, (NO_CORRECTION, TRIED), likelihoods, SETTINGS)
    assert found.correction is TRIED
    assert found.promoted
