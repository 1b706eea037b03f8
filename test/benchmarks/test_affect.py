# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The affect benchmark counts what it says it counts."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.affect.pairs import Pairs, Resampling, auroc
from benchmarks.affect.scores import ANGRY, HAPPY, NEUTRAL, SPEECH_DB, left_out, loudness_db

ACTOR = np.repeat([1, 2, 3, 4], 30)
LABEL = np.tile(np.repeat([NEUTRAL, HAPPY, ANGRY], 10), 4)


def test_auroc_counts_ties_half() -> None:
    assert auroc(np.array([2.0, 3.0]), np.array([0.0, 1.0])) == 1.0
    assert auroc(np.array([1.0]), np.array([0.0, 1.0, 2.0, 1.0])) == 0.5
    assert auroc(np.zeros(3), np.zeros(5)) == 0.5


def test_a_clip_is_as_loud_as_its_speech_and_not_as_its_pauses() -> None:
    clip = np.full((1, 200), -70.0)
    clip[0, 50:100] = -30.0
    assert loudness_db(clip)[0] == pytest.approx(-30.0)
    clip[0, 100:150] = -30.0 - SPEECH_DB / 2
    assert loudness_db(clip)[0] == pytest.approx(-30.0 - SPEECH_DB / 4)


def test_a_classifier_learns_nothing_from_the_actor_it_is_tested_on() -> None:
    rng = np.random.default_rng(0)
    is_angry = LABEL == ANGRY
    inputs = rng.normal(0, 1, (len(LABEL), 3)) + 2 * is_angry[:, None]
    used = LABEL != NEUTRAL
    fair = left_out(inputs, is_angry, used, ACTOR)
    lied_to = np.where(ACTOR == 1, ~is_angry, is_angry)
    np.testing.assert_array_equal(
        left_out(inputs, lied_to, used, ACTOR)[ACTOR == 1], fair[ACTOR == 1]
    )
    assert ((fair > 0.5) == is_angry)[used].mean() > 0.9


def test_conflicts_pair_faces_and_voices_of_one_actor_alone() -> None:
    face, voice = np.where(LABEL == HAPPY, 1.0, 0.0), np.where(LABEL == ANGRY, 1.0, 0.0)
    pairs = Pairs(face, voice, LABEL, ACTOR)
    assert all(len(scores) == 100 for scores in pairs.conflict.values())
    assert all(scores.min() == 1.0 for scores in pairs.conflict.values())
    assert all(scores.max() == 0.0 for scores in pairs.same.values())
    assert all(len(scores) == 30 for scores in pairs.any.values())
    assert pairs.figures(np.unique(ACTOR)) == [1.0] * 8


def test_an_interval_is_over_actors_and_not_over_clips() -> None:
    by_actor = (ACTOR == 1).astype(float)  # one of four actors differs in every clip
    figure = Resampling(np.unique(ACTOR), 500, 0).mean_of(by_actor, ACTOR)
    assert figure.value == pytest.approx(0.25)
    assert figure.low == 0.0
    assert figure.high >= 0.5
