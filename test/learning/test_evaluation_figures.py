# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The arithmetic behind the evaluation's figures: intervals, regret, levels, errors, counts."""

from math import isnan, sqrt

import numpy as np
import pytest

from av_fusion_ros.learning.conditions import Cell, Sound, cells, level_spread_db, sounds
from av_fusion_ros.learning.evaluation import CellResult, Score, SoundResult, onset_hop, words_right
from av_fusion_ros.learning.findings import pooled_accuracy
from av_fusion_ros.learning.gate_figures import weight_over_snr
from av_fusion_ros.learning.keywords import counted
from av_fusion_ros.learning.regret import (
    best_fixed_weight,
    fixed_regrets,
    mean_points,
    oracle_regrets,
    single_regrets,
    worst,
)
from av_fusion_ros.learning.snr_figures import SETTLING_HOPS, snr_errors
from av_fusion_ros.learning.sound_levels import VOCAL_EFFORT_DB, snr_db
from av_fusion_ros.learning.statistics import share_difference, wilson_interval
from av_fusion_ros.learning.trials import Trial
from av_fusion_ros.recognition.confidence import Calibration, Evidence

WORDS = np.array([6, 6, 6, 6])


def result(audio, visual, fused, fixed=(), cell=None, weight_audio=0.5):
    """A cell with words right by clip; ``fixed`` is {weight: words right by clip}."""
    cell = cell or Cell(-8.0, 'machine')
    counts = {'audio': audio, 'visual': visual, 'fused': fused}
    scores = {name: Score(cell, name, np.array(n), WORDS) for name, n in counts.items()}
    mixed = {w: Score(cell, f'audio {w:g}', np.array(n), WORDS) for w, n in dict(fixed).items()}
    return CellResult(cell, scores, mixed, np.full(4, weight_audio))


@pytest.mark.parametrize(
    ('right', 'n', 'low', 'high'),
    [
        (0, 10, 0.0, 0.2775),
        (5, 10, 0.2366, 0.7634),
        (10, 10, 0.7225, 1.0),
        (81, 263, 0.2553, 0.3662),
    ],
)
def test_wilson_intervals_are_those_of_the_literature(right, n, low, high):
    assert wilson_interval(right, n) == pytest.approx((low, high), abs=1e-3)


def test_without_trials_nothing_is_known():
    assert wilson_interval(0, 0) == (0.0, 1.0)


def test_the_difference_of_two_readings_is_paired_by_clip():
    same = np.array([3, 5, 6, 2])
    assert share_difference(same, same, WORDS) == (0.0, 0.0)
    # One word more in every clip: the difference is sure although the clips differ.
    assert share_difference(same + 1, same + 0, WORDS) == pytest.approx((1 / 6, 0.0))
    difference, half = share_difference(np.array([6, 0, 6, 0]), np.array([0, 0, 0, 0]), WORDS)
    assert difference == pytest.approx(0.5)
    spread = np.array([1, 0, 1, 0]).std(ddof=1)
    assert half == pytest.approx(1.96 * spread / sqrt(4))


def test_pooled_accuracy_counts_each_sentence_once():
    scores = [Score(Cell(0.0, f), 'fused', np.array([6, 3, 6, 3]), WORDS) for f in ('a', 'b')]
    share, half = pooled_accuracy(scores)
    assert share == 0.75
    assert half == pytest.approx(pooled_accuracy(scores[:1])[1])


def test_regret_is_what_is_lost_against_the_better_sense():
    results = [
        result([6, 6, 6, 6], [3, 3, 3, 3], [6, 6, 6, 0]),
        result([0, 0, 0, 0], [3, 3, 3, 3], [6, 6, 6, 6]),
    ]
    lost, gained = single_regrets(results)
    assert (lost.against, lost.points) == ('audio', pytest.approx(25.0))
    assert not lost.beyond_chance  # one clip out of four
    assert (gained.against, gained.points) == ('visual', pytest.approx(-50.0))
    assert mean_points([lost, gained]) == pytest.approx(-12.5)
    assert worst([gained, lost], 1) == [lost]


def test_a_loss_in_every_clip_is_beyond_chance():
    [loss] = single_regrets([result([6, 5, 6, 6], [0, 0, 0, 0], [5, 4, 5, 5])])
    assert loss.points == pytest.approx(100 / 6)
    assert loss.beyond_chance


def test_one_fixed_weighting_serves_all_cells_and_the_oracle_suits_each():
    fixed = ({0.0: [6, 6, 6, 6], 0.5: [5, 5, 5, 5]}, {0.0: [0, 0, 0, 0], 0.5: [5, 5, 5, 5]})
    results = [result([0] * 4, [0] * 4, [5] * 4, of_cell) for of_cell in fixed]
    assert best_fixed_weight(results) == 0.5
    assert [r.points for r in fixed_regrets(results, 0.5)] == [0.0, 0.0]
    oracle = oracle_regrets(results)
    assert [r.points for r in oracle] == [pytest.approx(100 / 6), 0.0]
    assert [r.against for r in oracle] == ['audio 0', 'audio 0.5']


@pytest.mark.parametrize(
    ('effort', 'ratio'), [('normal', -20), ('raised', -14), ('loud', -8), ('very loud', -2)]
)
def test_in_noise_of_80_db_the_vocal_efforts_of_iso_9921_give_these_ratios(effort, ratio):
    assert snr_db(effort, noise_db=80) == ratio
    assert snr_db(effort, noise_db=80, distance_m=2) == pytest.approx(ratio - 6.02, abs=0.01)
    assert set(VOCAL_EFFORT_DB) == {'normal', 'raised', 'loud', 'very loud'}


def test_clean_comes_once_whatever_the_families():
    noises = list(sounds([None, 0.0], ['rain', 'wind']))
    assert [s.label for s in noises] == ['clean', '+0 dB rain', '+0 dB wind']
    grid = list(cells([None, 0.0], ['rain', 'wind'], ['good', 'absent']))
    assert len(grid) == 6
    assert grid[1] == Cell(None, 'none', 'absent')
    assert grid[0].sound == noises[0]


def test_a_steady_level_spreads_little_and_an_engine_that_stops_much():
    rng = np.random.default_rng(0)
    steady = rng.normal(0, 0.1, 32000).astype(np.float32)
    assert level_spread_db(steady) < 0.5
    steady[16000:] *= 0.1
    assert level_spread_db(steady) == pytest.approx(10.0, abs=0.2)


def test_errors_of_the_estimated_snr_begin_half_a_second_after_the_sound_or_the_speech():
    estimate = np.full((2, 75), 3.0)
    estimate[:, :SETTLING_HOPS] = 99.0
    estimate[:, 20 + SETTLING_HOPS] = 7.0
    results = [
        SoundResult(Sound(5.0, 'rain'), estimate),
        SoundResult(Sound(-15.0, 'rain'), estimate),  # outside of the range
        SoundResult(Sound(None, 'none'), estimate),
    ]
    [error] = snr_errors(results, np.array([20, 20]))
    assert (error.family, error.clips) == ('rain', 2)
    assert error.settled_db == pytest.approx(2.0)
    assert error.mean_db == pytest.approx(2.0)
    assert error.bias_db == pytest.approx((-2.0 * 62 + 2.0) / 63)
    assert SETTLING_HOPS * 0.04 < 0.5 <= (SETTLING_HOPS + 1) * 0.04


def test_the_onset_is_where_the_first_word_begins_not_where_it_is_answered():
    spoken = np.zeros((1, 75), bool)
    spoken[0, 13:40] = True
    assert onset_hop(spoken, answer_delay_s=0.12).tolist() == [10]


def test_rank_correlation_of_weight_and_snr_needs_noise_and_a_good_picture():
    results = [
        result([0] * 4, [0] * 4, [0] * 4, cell=Cell(snr, 'rain'), weight_audio=weight)
        for snr, weight in ((-10.0, 0.1), (0.0, 0.3), (10.0, 0.2), (None, 0.0))
    ]
    results.append(result([0] * 4, [0] * 4, [0] * 4, cell=Cell(20.0, 'rain', 'blurred')))
    found = weight_over_snr(results)
    assert found.means == ((-10.0, 0.1), (0.0, 0.3), (10.0, 0.2))
    assert found.of_means == pytest.approx(0.5)
    assert isnan(weight_over_snr(results[:1]).of_means)


def test_words_are_counted_by_their_place():
    assert words_right('bin blue at f two now', 'bin red at f two now') == 5
    assert words_right('bin blue at f two now', '') == 0
    assert words_right('a b', 'b a') == 0


def trial(truth, heard, sure):
    nats = 0.0 if sure else -50.0
    evidence = Evidence(nats, 9.0, nats, 9, nats, nats, nats, 0, 0, 0, 9)
    return Trial(truth, heard, evidence)


def test_keywords_are_right_wrong_or_rejected_and_others_should_be_rejected():
    trials = [
        trial('go', 'go', sure=True),
        trial('go', 'no', sure=True),
        trial('stop', 'stop', sure=False),
        trial('stop', 'go', sure=False),
        trial('bird', 'go', sure=True),
        trial('', 'go', sure=False),
        Trial('', '', None),
    ]
    score = counted(
        Sound(None, 'none'), trials, dict.fromkeys(('go', 'no', 'stop'), 0.5), Calibration()
    )
    assert (score.keywords, score.others, score.clips) == (4, 3, 7)
    assert (score.keywords_right, score.wrong_word, score.keywords_rejected) == (1, 1, 2)
    assert score.closed_right == 2
    assert score.others_rejected == 2
    assert score.right == 3
    assert score.accuracy == pytest.approx(3 / 7)
    # Of three sure readings one is right, and of three unsure ones one: (2 + 1) / 6.
    assert score.calibration_error == pytest.approx(0.5, abs=0.05)
