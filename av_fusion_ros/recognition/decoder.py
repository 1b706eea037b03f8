# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Phoneme posteriors to utterances: what was said, when, and what else it could have been.

Two passes. Token passing finds that a phrase was said and about where; once its end is sure,
the exact search reads that stretch again and gives the best phrases.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.model.phonemes import BLANK, N_CLASSES
from av_fusion_ros.recognition.errors import RecognitionError
from av_fusion_ros.recognition.grammar import Grammar
from av_fusion_ros.recognition.phrase_fit import PhraseFit, count_phonemes, phrase_fit
from av_fusion_ros.recognition.phrase_search import Reading, best_readings
from av_fusion_ros.recognition.token_passing import Token, TokenPassing


@dataclass(frozen=True, slots=True)
class DecoderSettings:
    """Hops are 40 ms.

    A phrase is answered with its last phoneme where no other command can come of it and it fits
    no worse than ``sure_score`` (nats a hop). Else, and always with ``wait_for_silence``,
    ``hangover_hops`` of silence end an utterance; where what was said may go on to a longer
    phrase, or other talk follows, ``patience_hops`` are waited. ``ambiguity`` (nats) is how far
    behind a longer phrase may lie to be waited for.
    ``context_hops`` before and after a phrase are searched for phonemes that are no part of it.
    """

    # Chosen on validation clips: with 2 most sentences that are only seen are not spotted.
    phoneme_penalty: float = 4.0
    hangover_hops: int = 3
    patience_hops: int = 10
    ambiguity: float = 1.0
    wait_for_silence: bool = True
    # Of validation sentences rightly read 99 % fit better, what else was taken for commands worse.
    sure_score: float = -0.2
    padding_hops: int = 3
    context_hops: int = 15
    max_hops: int = 200
    n_best: int = 4

    def __post_init__(self) -> None:
        if not 0 < self.hangover_hops <= self.patience_hops < self.max_hops <= 2000:
            raise RecognitionError(
                f'hangover_hops {self.hangover_hops}, patience_hops {self.patience_hops} and '
                f'max_hops {self.max_hops} must rise in this order, from 1 to 2000'
            )
        if self.phoneme_penalty <= 0 or self.n_best < 1:
            raise RecognitionError('phoneme_penalty must be above 0 and n_best at least 1')


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


def _utterance(
    grammar: Grammar,
    log_probs: NDArray[np.floating],
    first: int,
    last: int,
    settings: DecoderSettings,
) -> Utterance | None:
    """Read hops [first, last) of ``log_probs``; hop numbers of the result count from its row 0."""
    stretch = np.asarray(log_probs[first:last], np.float64)
    readings = best_readings(grammar, stretch, settings.n_best)
    if not readings:
        return None
    best = readings[0]
    free = float(stretch.max(axis=1).sum())
    n_hops = best.end - best.start + 1
    scores = tuple(min(0.0, (r.log_likelihood - free) / n_hops) for r in readings)
    margin = best.log_likelihood - readings[1].log_likelihood if len(readings) > 1 else np.inf
    start, end = first + best.start, first + best.end
    around = (
        log_probs[max(0, start - settings.context_hops) : start],
        log_probs[end + 1 : end + 1 + settings.context_hops],
    )
    foreign = sum(count_phonemes(part) for part in around)
    decided = len(log_probs) - 1
    fit = phrase_fit(grammar, best, around[0], log_probs[start : end + 1], around[1])
    return Utterance(tuple(readings), scores, start, end, decided, float(margin), foreign, fit)


def decode(
    grammar: Grammar, log_probs: NDArray[np.floating], settings: DecoderSettings | None = None
) -> Utterance | None:
    """Read a whole clip (T, classes) as one phrase between silences.

    None when no phrase fits into T hops.
    """
    settings = settings or DecoderSettings()
    return _utterance(grammar, log_probs, 0, len(log_probs), settings)


class StreamingDecoder:
    """Hop by hop; each utterance is returned once, soon after its end."""

    def __init__(self, grammar: Grammar, settings: DecoderSettings | None = None) -> None:
        self._grammar = grammar
        self.settings = settings or DecoderSettings()
        self._tokens = TokenPassing(grammar, self.settings.phoneme_penalty, self.settings.max_hops)
        # Room for the longest phrase, what may precede it, and the wait after it.
        self._heard: deque[NDArray[np.float64]] = deque(
            maxlen=self.settings.max_hops + self.settings.context_hops + self.settings.padding_hops
        )
        self._silent_hops = 0

    def reset(self) -> None:
        """Forget everything heard; hops are counted from 0 again."""
        self._tokens.reset()
        self._heard.clear()
        self._silent_hops = 0

    @property
    def hop(self) -> int:
        """Number of the newest hop; -1 before the first."""
        return self._tokens.hop

    def push(self, log_probs: NDArray[np.floating]) -> Utterance | None:
        """Take one hop of log-probabilities (classes,); returns an utterance that just ended.

        Raises RecognitionError for a wrong shape, NaN, or no possible class.
        """
        values = np.asarray(log_probs, np.float64)
        if values.shape != (N_CLASSES,) or np.isnan(values).any() or not values.max() > -np.inf:
            raise RecognitionError(
                f'log-probabilities of shape {values.shape} given; {N_CLASSES} numbers without '
                'NaN, not all -inf, are needed'
            )
        self._tokens.push(values)
        self._heard.append(values)
        self._silent_hops = self._silent_hops + 1 if values.argmax() == BLANK else 0
        phrase = self._tokens.completed
        utterance = self._read(phrase) if self._may_be_sure() else None
        if utterance is None or utterance.scores[0] < self.settings.sure_score:
            if not self._is_over(phrase):
                return None
            utterance = self._read(phrase)
        self._tokens.consume(phrase.end)
        return utterance

    def _may_be_sure(self) -> bool:
        settings = self.settings
        return not settings.wait_for_silence and self._tokens.lead_at_end > settings.ambiguity

    def _is_over(self, phrase: Token) -> bool:
        if not phrase.score > self._tokens.filler_score:
            return False
        since_end = self.hop - phrase.end
        longer = self._tokens.in_progress
        lead = phrase.score - longer.score if longer.start <= phrase.end else np.inf
        hangover, patience = self.settings.hangover_hops, self.settings.patience_hops
        if min(since_end, self._silent_hops) >= hangover and lead > self.settings.ambiguity:
            return True
        return self._silent_hops >= patience or (since_end >= patience and lead >= 0)

    def _read(self, phrase: Token) -> Utterance | None:
        heard = np.stack(self._heard)
        oldest = self.hop - len(heard) + 1
        first = max(0, phrase.start - self.settings.padding_hops - oldest)
        last = min(len(heard), phrase.end + 1 + self.settings.padding_hops - oldest)
        found = _utterance(self._grammar, heard, first, last, self.settings)
        if found is None:
            return None
        return Utterance(
            found.readings,
            found.scores,
            found.start + oldest,
            found.end + oldest,
            self.hop,
            found.margin,
            found.foreign_phonemes,
            found.fit,
        )
