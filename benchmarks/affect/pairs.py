# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pairs of faces and voices of the same actor, and figures with intervals over actors."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from av_fusion_ros.recognition.affect_conflict import conflict_score
from benchmarks.affect.page import Figure
from benchmarks.affect.scores import ANGRY, HAPPY, Floats, Numbers

RATES = (0.01, 0.05, 0.1)  # of false alarms


class Pairs:
    """Conflict scores of every actor's pairs, and figures over any draw of actors."""

    def __init__(self, face: Floats, voice: Floats, label: Numbers, actor: Floats) -> None:
        self.conflict, self.same, self.any = {}, {}, {}
        for who in np.unique(actor):
            mine = actor == who
            smiles, shouts = face[mine & (label == HAPPY)], voice[mine & (label == ANGRY)]
            self.conflict[who] = conflict_score(smiles[:, None], shouts[None]).ravel()
            both = mine & np.isin(label, (HAPPY, ANGRY))
            self.same[who] = conflict_score(face[both], voice[both])
            self.any[who] = conflict_score(face[mine], voice[mine])

    def figures(self, actors: Floats) -> list[float]:
        """AUROC and hit rates at RATES against happy and angry true pairs, then against all."""
        conflict = np.concatenate([self.conflict[who] for who in actors])
        found = []
        for true_pairs in (self.same, self.any):
            true = np.concatenate([true_pairs[who] for who in actors])
            found.append(auroc(conflict, true))
            found += [float((conflict > np.quantile(true, 1 - r)).mean()) for r in RATES]
        return found


def auroc(positive: Floats, negative: Floats) -> float:
    """Probability that a conflict scores above a true pair, ties counted half."""
    ordered = np.sort(negative)
    below = np.searchsorted(ordered, positive, 'left') + np.searchsorted(ordered, positive, 'right')
    return float(below.mean() / 2 / len(negative))


class Resampling:
    """The same draws of actors for every figure."""

    def __init__(self, actors: Floats, resamples: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.actors = actors
        self.draws = rng.choice(actors, (resamples, len(actors)))

    def of(self, figures: Callable[[Floats], list[float]]) -> list[Figure]:
        """Figures of all actors with their 95 % intervals."""
        drawn = np.array([figures(draw) for draw in self.draws])
        low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
        return [
            Figure(*all_three) for all_three in zip(figures(self.actors), low, high, strict=True)
        ]

    def mean_of(self, values: Floats, actor: Floats) -> Figure:
        """The mean of values (n,) of clips."""
        of_actor = {who: values[actor == who] for who in self.actors}
        return self.of(lambda who: [float(np.concatenate([of_actor[w] for w in who]).mean())])[0]


def curve(pairs: Pairs, actors: Floats) -> tuple[list[float], list[float]]:
    """False alarms among all true clips, and hits, at every threshold."""
    conflict = np.concatenate([pairs.conflict[who] for who in actors])
    true = np.concatenate([pairs.any[who] for who in actors])
    thresholds = np.sort(np.concatenate([true, [np.inf]]))[::-1]
    return (
        [float((true >= t).mean()) for t in thresholds],
        [float((conflict >= t).mean()) for t in thresholds],
    )
