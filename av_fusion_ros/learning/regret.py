# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the gate costs against better choices: the best single sense, the best fixed weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from av_fusion_ros.learning.conditions import Cell
from av_fusion_ros.learning.evaluation import CellResult, Score
from av_fusion_ros.learning.statistics import share_difference

#: Weights of the sound among which one is chosen for all cells, and the fewer that each cell is
#: read with beside it: every one costs as much as the fused reading itself.
CANDIDATES = tuple(round(0.1 * tenths, 1) for tenths in range(11))
ORACLE = CANDIDATES[::2]


@dataclass(frozen=True, slots=True)
class Regret:
    """How many points of words right the fused reading loses in a cell; below 0 it gains.

    ``half_width`` is half the 95 % interval, paired over clips.
    """

    cell: Cell
    against: str
    points: float
    half_width: float

    @property
    def beyond_chance(self) -> bool:
        """Whether it is surely a loss."""
        return self.points - self.half_width > 0


def regret(result: CellResult, better: Score) -> Regret:
    """The fused reading of a cell against another of the same clips."""
    fused = result.scores['fused']
    share, half = share_difference(better.right_by_clip, fused.right_by_clip, fused.words_by_clip)
    return Regret(result.cell, better.reading, 100 * share, 100 * half)


def single_regrets(results: Sequence[CellResult]) -> list[Regret]:
    """Against the better of sound and picture in each cell."""
    return [
        regret(r, max(r.scores['audio'], r.scores['visual'], key=lambda s: s.right))
        for r in results
    ]


def oracle_regrets(results: Sequence[CellResult]) -> list[Regret]:
    """Against the fixed weights that turn out best in each cell: more than anybody can have."""
    return [regret(r, max(r.fixed.values(), key=lambda s: s.right)) for r in results]


def fixed_regrets(results: Sequence[CellResult], weight_audio: float) -> list[Regret]:
    """Against one weighting of the senses in all cells."""
    return [regret(r, r.fixed[weight_audio]) for r in results]


def best_fixed_weight(results: Sequence[CellResult]) -> float:
    """The weight of the sound with the best mean accuracy over the cells; the lowest of equals."""
    weights = sorted(results[0].fixed)
    return max(weights, key=lambda w: sum(r.fixed[w].accuracy for r in results))


def mean_points(regrets: Sequence[Regret]) -> float:
    """Mean over the cells."""
    return sum(r.points for r in regrets) / max(1, len(regrets))


def worst(regrets: Sequence[Regret], n: int = 5) -> list[Regret]:
    """The ``n`` cells with the largest loss, largest first."""
    return sorted(regrets, key=lambda r: -r.points)[:n]
