# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A stretch of posteriors read as a phrase, and what its confidence rests on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.recognition.confidence import Calibration, Evidence
from av_fusion_ros.recognition.grammar import Grammar
from av_fusion_ros.recognition.phrase_fit import PhraseFit, count_phonemes, phrase_fit
from av_fusion_ros.recognition.phrase_search import Reading, best_readings

CONTEXT_HOPS = 15  # before and after a phrase, searched for phonemes that are no part of it
N_BEST = 4  # readings


@dataclass(frozen=True, slots=True)
class Utterance:
    """A stretch of speech read as a phrase; it may still be rejected for lack of confidence.

    ``start``, ``end`` (the phrase's first and last hop) and ``decided`` count hops since the
    last reset. ``scores`` are log-likelihood ratios per hop against free phonemes, <= 0, one
    per reading; ``margin`` (nats) is the lead over the second reading, ``inf`` without one.
    ``foreign_phonemes``: how many were heard right before and after the phrase. ``fit``: of the
    best reading, for its confidence.
    """

    readings: tuple[Reading, ...]
    scores: tuple[float, ...]
    start: int
    end: int
    decided: int
    margin: float
    foreign_phonemes: int
    fit: PhraseFit

    def shifted(self, hops: int) -> Utterance:
        """The same with hops counted from ``hops`` earlier."""
        return replace(
            self, start=self.start + hops, end=self.end + hops, decided=self.decided + hops
        )


def read_utterance(
    grammar: Grammar,
    log_probs: NDArray[np.floating],
    first: int,
    last: int,
    n_best: int,
) -> Utterance | None:
    """Read hops [first, last) of ``log_probs``; hop numbers of the result count from its row 0.

    What was heard in the ``CONTEXT_HOPS`` around it counts against it. None when no phrase fits.
    """
    stretch = np.asarray(log_probs[first:last], np.float64)
    readings = best_readings(grammar, stretch, n_best)
    if not readings:
        return None
    best = readings[0]
    free = float(stretch.max(axis=1).sum())
    n_hops = best.end - best.start + 1
    scores = tuple(min(0.0, (r.log_likelihood - free) / n_hops) for r in readings)
    margin = best.log_likelihood - readings[1].log_likelihood if len(readings) > 1 else np.inf
    start, end = first + best.start, first + best.end
    around = (
        log_probs[max(0, start - CONTEXT_HOPS) : start],
        log_probs[end + 1 : end + 1 + CONTEXT_HOPS],
    )
    foreign = sum(count_phonemes(part) for part in around)
    decided = len(log_probs) - 1
    fit = phrase_fit(grammar, best, around[0], log_probs[start : end + 1], around[1])
    return Utterance(tuple(readings), scores, start, end, decided, float(margin), foreign, fit)


def decode(
    grammar: Grammar, log_probs: NDArray[np.floating], n_best: int = N_BEST
) -> Utterance | None:
    """Read a whole clip (T, classes) as one phrase between silences.

    None when no phrase fits into T hops.
    """
    return read_utterance(grammar, log_probs, 0, len(log_probs), n_best)


def evidence_of(utterance: Utterance) -> Evidence:
    """The numbers that a confidence is computed from."""
    fit = utterance.fit
    return Evidence(
        score=utterance.scores[0],
        margin=utterance.margin,
        worst=utterance.readings[0].worst,
        phonemes=fit.phonemes,
        mean_phoneme=fit.mean_phoneme,
        weakest_phoneme=fit.weakest_phoneme,
        weakest_word=fit.weakest_word,
        extra_phonemes=fit.extra_phonemes,
        foreign_before=fit.foreign_before,
        foreign_after=fit.foreign_after,
        silence_before_hops=fit.silence_before_hops,
    )


def surer_than(calibration: Calibration, confidence: float) -> Callable[[Utterance], bool]:
    """Whether an utterance is at least so probably right."""
    return lambda utterance: calibration.probability(evidence_of(utterance)) >= confidence
