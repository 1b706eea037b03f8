# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Figures, intervals and verdicts of the ablations against hand-made cases."""

import csv
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy.stats import ttest_rel

from av_fusion_ros.model.agreement import DynamicBce
from benchmarks.ablations.agreement_evaluation import (
    auroc,
    aurocs,
    best_threshold,
    f1,
    hard_examples,
    matched_and_swapped,
)
from benchmarks.ablations.comparisons import COMPARISONS
from benchmarks.ablations.report import verdict, write_report
from benchmarks.ablations.results import Result, Results
from benchmarks.ablations.runs import FAMILIES
from benchmarks.ablations.summary import Estimate, paired


def test_auroc_counts_pairs_and_halves_ties():
    rng = np.random.default_rng(0)
    positives, negatives = (
        rng.integers(0, 6, 30).astype(float),
        rng.integers(0, 5, 40).astype(float),
    )
    pairs = positives[:, None] - negatives[None, :]
    assert auroc(positives, negatives) == pytest.approx(np.mean((pairs > 0) + 0.5 * (pairs == 0)))


def test_windows_are_told_from_the_right_others():
    n = 4
    clip, half = np.arange(2 * n) % n, np.arange(2 * n) // n
    same_clip = clip[:, None] == clip[None, :]
    # Only the clip is recognised, not the moment in it.
    by_clip = aurocs(np.where(same_clip, 1.0, 0.0))
    assert by_clip == {'1 s': 1.0, '3 s': 1.0, 'other moment': 0.5}
    # Only the moment is, and not the clip.
    by_moment = aurocs(np.where(half[:, None] == half[None, :], 1.0, 0.0))
    assert by_moment == {'1 s': 0.5, '3 s': 0.5, 'other moment': 1.0}
    matched, swapped = matched_and_swapped(same_clip.astype(float))
    assert matched.tolist() == [1] * 2 * n
    assert swapped.tolist() == [0] * 2 * n


def test_the_threshold_is_where_f1_is_highest():
    positives, negatives = np.array([0.9, 0.8, 0.2]), np.array([0.3, 0.1, 0.05])
    threshold = best_threshold(positives, negatives)
    assert f1(positives, negatives, threshold) == pytest.approx(6 / 7)
    assert max(f1(positives, negatives, t) for t in np.linspace(0, 1, 101)) == pytest.approx(6 / 7)


def test_a_colder_temperature_pulls_harder_at_hard_negatives():
    torch.manual_seed(0)
    features = {'clean': torch.randn(20, 75, 6)}
    figures = []
    for temperature in (1.0, 0.1):
        agreement = SimpleNamespace(
            project=lambda a, v: torch.cat((a, v), -1), loss=DynamicBce(temperature)
        )
        data = SimpleNamespace(heard=features, seen={'good': torch.randn(20, 75, 6)})
        figures.append(hard_examples(agreement, data))
    assert figures[1]['hard gradient share'] > figures[0]['hard gradient share'] > 0.1
    assert figures[1]['hard over easy, log10'] > figures[0]['hard over easy, log10'] > 0


def test_the_paired_interval_is_students():
    rng = np.random.default_rng(1)
    ours, others = rng.normal(1, 1, 5), rng.normal(0, 1, 5)
    estimate = paired(ours, others)
    expected = ttest_rel(ours, others).confidence_interval(0.95)
    assert (estimate.low, estimate.high) == pytest.approx((expected.low, expected.high))
    assert paired(ours + 10, others).side == 1
    assert paired(others, ours + 10).side == -1
    assert np.isnan(paired([1.0], [0.0]).low)
    assert paired([1.0], [0.0]).side == 0


def test_a_verdict_sets_the_claim_against_the_interval():
    assert verdict(Estimate(20, 15, 25), 18.7).startswith('a gain; the claimed 18.7 %')
    assert verdict(Estimate(2, 1, 3), 18.7) == 'a gain; contradicts the claimed 18.7 %.'
    assert verdict(Estimate(0, -1, 1), 18.7).startswith('no difference shown; contradicts')
    assert verdict(Estimate(-2, -3, -1), 18.7).startswith('a loss; contradicts')
    assert verdict(paired([1.0], [0.0]), 18.7) == 'one seed says nothing.'


@pytest.fixture
def results(tmp_path):
    """Results of three seeds in which every comparison's own arm is better by 0.1."""
    kept = Results(tmp_path / 'work', 'digest')
    ours = {(c.family, c.ours) for c in COMPARISONS}
    for family, (_, variants) in FAMILIES.items():
        metrics = {m.name for c in COMPARISONS if c.family == family for m in c.metrics}
        for seed in (1, 2, 3):
            for variant in variants:
                level = 0.5 + 0.01 * seed + 0.1 * ((family, variant) in ours)
                figures = dict.fromkeys(metrics, level)
                kept.add(Result(family, variant, seed, 1000, 2.0, figures))
    return kept


def test_a_result_is_found_again_and_a_missing_one_is_not(results):
    found = results.find('fusion', 'concatenation, no distiller', 2)
    assert found is not None
    assert (found.variant, found.seed, found.figures['words']) == (
        'concatenation, no distiller', 2, pytest.approx(0.52),
    )  # fmt: skip
    assert results.find('fusion', 'gate', 4) is None


def test_another_checkpoint_keeps_what_was_trained_from_scratch_alone(results):
    other = Results(results.folder, 'another')
    assert other.find('fusion', 'gate', 1) is None
    assert other.find('deformable', 'plain', 1) == results.find('deformable', 'plain', 1)
    assert {result.family for result in other} == {'deformable'}


def test_the_report_shows_every_comparison_with_its_differences(results, tmp_path):
    page = write_report(tmp_path / 'out', results, (1, 2, 3), '# Heading')
    assert page == (tmp_path / 'out' / 'summary.md').read_text()
    for comparison in COMPARISONS:
        assert f'## {comparison.key}. {comparison.title}' in page
    assert '62.0 ± 1.0 | 52.0 ± 1.0<br>**+10.0 (+10.0 to +10.0)**' in page
    # 0.1 of 0.62 is what concatenation loses; 0.1 of 0.52 is what the distiller gains.
    assert '+16.1 (+16.1 to +16.1) %: a gain; contradicts the claimed 18.7 %.' in page
    assert '+19.2 (+19.2 to +19.2) %: a gain; contradicts the claimed 23.4 %.' in page
    assert (tmp_path / 'out' / 'ablations.png').stat().st_size > 10_000
    n_runs = 3 * sum(len(variants) for _, variants in FAMILIES.values())
    assert len({tuple(row[:3]) for row in lines(tmp_path, 'runs.csv')}) == n_runs
    assert len(lines(tmp_path, 'differences.csv')) == sum(
        len(c.metrics) * (1 + len(c.others)) for c in COMPARISONS
    )


def test_only_seeds_that_all_arms_have_are_compared(results, tmp_path):
    (tmp_path / 'work' / 'digest' / 'fusion-gate-3.json').unlink()
    page = write_report(tmp_path / 'out', results, (1, 2, 3), '# Heading')
    a = page[page.index('## a.') : page.index('## b.')]
    assert 'over 2 seeds' in a
    assert '61.5 ± 0.7 | 51.5 ± 0.7<br>' in a


def lines(tmp_path, name):
    """The rows of a CSV without its header."""
    with (tmp_path / 'out' / name).open() as stream:
        return list(csv.reader(stream))[1:]
