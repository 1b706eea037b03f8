# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Means over seeds, and paired differences with 95 % intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.stats import t as student_t

from benchmarks.ablations.comparisons import Comparison, Metric
from benchmarks.ablations.results import Results


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and its 95 % interval; NaN ends with fewer than two seeds."""

    value: float
    low: float
    high: float

    def scaled(self, factor: float) -> Estimate:
        """The same in another unit; ``factor`` is positive."""
        return Estimate(self.value * factor, self.low * factor, self.high * factor)

    @property
    def side(self) -> int:
        """1 or -1 where the interval lies above or below zero, else 0."""
        return int(self.low > 0) - int(self.high < 0)


@dataclass(frozen=True, slots=True)
class Row:
    """One arm in one figure: over the seeds it shares with ours, and ours less it, by seed."""

    variant: str
    metric: Metric
    values: tuple[float, ...]
    difference: Estimate | None  # None for ours itself
    ours_mean: float

    @property
    def mean(self) -> float:
        """Mean over seeds."""
        return float(np.mean(self.values))

    @property
    def deviation(self) -> float:
        """Standard deviation over seeds; NaN with one."""
        return float(np.std(self.values, ddof=1)) if len(self.values) > 1 else float('nan')


def paired(ours: Sequence[float], others: Sequence[float]) -> Estimate:
    """Mean of ours - others by seed, with Student's interval over the seeds."""
    differences = np.subtract(ours, others)
    mean, n = float(differences.mean()), len(differences)
    if n < 2:
        return Estimate(mean, float('nan'), float('nan'))
    half = float(student_t.ppf(0.975, n - 1)) * float(differences.std(ddof=1)) / sqrt(n)
    return Estimate(mean, mean - half, mean + half)


def rows(comparison: Comparison, results: Results, seeds: Sequence[int]) -> list[Row]:
    """Every arm in every figure, over the seeds for which all arms are done."""
    arms = (comparison.ours, *comparison.others)
    found = {
        (arm, seed): result.figures
        for arm in arms
        for seed in seeds
        if (result := results.find(comparison.family, arm, seed)) is not None
    }
    done = [seed for seed in seeds if all((arm, seed) in found for arm in arms)]
    table = []
    for metric in comparison.metrics if done else ():
        ours = [found[comparison.ours, seed][metric.name] for seed in done]
        for arm in arms:
            if any(metric.name not in found[arm, seed] for seed in done):
                continue  # a fixed cross entropy has no temperature to report
            values = [found[arm, seed][metric.name] for seed in done]
            difference = None if arm == comparison.ours else paired(ours, values)
            table.append(Row(arm, metric, tuple(values), difference, float(np.mean(ours))))
    return table


def relative_gain(row: Row, relative_to: str) -> Estimate | None:
    """Ours over the other in per cent of the mean of ours or of the other; None of zero."""
    base = row.ours_mean if relative_to == 'ours' else row.mean
    if row.difference is None or base <= 0:
        return None
    return row.difference.scaled(100 / base)
