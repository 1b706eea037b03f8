# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Everything one evaluation has found, for its tables, its figures and its page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from av_fusion_ros.learning.evaluation import CellResult, Score
from av_fusion_ros.learning.gate_figures import WeightLeft, WeightOverSnr
from av_fusion_ros.learning.keywords import KeywordScore
from av_fusion_ros.learning.regret import (
    Regret,
    fixed_regrets,
    oracle_regrets,
    single_regrets,
)
from av_fusion_ros.learning.snr_figures import SnrError
from av_fusion_ros.learning.statistics import share_difference


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """One run. ``fixed_weight`` of the sound is the best on the validation part over all cells."""

    model_id: str
    part: str
    seed: int
    command: str
    processor_s: float
    results: Sequence[CellResult]
    fixed_weight: float
    snr_errors: Sequence[SnrError]
    weight_over_snr: WeightOverSnr
    weights_left: Sequence[WeightLeft]
    sum_error: float
    keywords: Sequence[KeywordScore]

    @property
    def pictures(self) -> list[str]:
        """In the order of the grid."""
        return list(dict.fromkeys(r.cell.picture for r in self.results))

    @property
    def families(self) -> list[str]:
        """Noise families, without clean."""
        return list(dict.fromkeys(r.cell.family for r in self.results if r.cell.snr_db is not None))

    @property
    def levels_db(self) -> list[float | None]:
        """Clean first, then falling SNR."""
        levels = {r.cell.snr_db for r in self.results}
        noisy = sorted((level for level in levels if level is not None), reverse=True)
        return [None, *noisy] if None in levels else [*noisy]

    def scores(
        self, snr_db: float | None, picture: str, reading: str, family: str | None = None
    ) -> list[Score]:
        """Those of all families, or of one."""
        return [
            r.scores[reading]
            for r in self.results
            if r.cell.snr_db == snr_db
            and r.cell.picture == picture
            and (family is None or snr_db is None or r.cell.family == family)
        ]

    def regrets(self) -> Iterator[tuple[str, list[Regret]]]:
        """By what the fused reading is held against."""
        yield 'the better single sense', single_regrets(self.results)
        yield (
            f'sound at {self.fixed_weight:g} everywhere (best on validation)',
            fixed_regrets(self.results, self.fixed_weight),
        )
        yield 'the best fixed weights of each cell (in hindsight)', oracle_regrets(self.results)


def pooled_accuracy(scores: Sequence[Score]) -> tuple[float, float]:
    """Share of words right over several cells of the same clips, and half its 95 % interval.

    The same sentences come in every cell, so the interval takes clips as independent, not words.
    """
    right = np.sum([score.right_by_clip for score in scores], axis=0)
    words = np.sum([score.words_by_clip for score in scores], axis=0)
    return share_difference(right, np.zeros_like(right), words)
