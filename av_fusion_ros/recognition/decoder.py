# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Phoneme posteriors hop by hop to utterances, and when each is answered.

Two passes. Token passing finds that a phrase was said and about where; the exact search reads that
stretch again. The surer the reading is, the sooner it is answered.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.model.phonemes import BLANK, N_CLASSES
from av_fusion_ros.recognition.errors import RecognitionError
from av_fusion_ros.recognition.grammar import Grammar
from av_fusion_ros.recognition.token_passing import Token, TokenPassing
from av_fusion_ros.recognition.utterance import (
    CONTEXT_HOPS,
    N_BEST,
    Utterance,
    read_utterance,
)


@dataclass(frozen=True, slots=True)
class DecoderSettings:
    """Hops are 40 ms.

    A sure reading is answered with its last phoneme where no other command can come of it, with
    ``wait_for_silence`` after ``hangover_hops`` of silence. One less sure waits until
    ``unsure_hops`` after the phrase, since talk that goes on then speaks against it, or
    ``quiet_hops`` when it is heard that nobody talks on (not with ``wait_for_silence``). Where
    what was said may go on to a longer phrase, ``patience_hops`` are waited. ``ambiguity`` (nats)
    is how far behind a longer phrase may lie to be waited for.
    """

    # Chosen on validation clips: with 2 most sentences that are only seen are not spotted.
    phoneme_penalty: float = 4.0
    hangover_hops: int = 3
    quiet_hops: int = 2
    unsure_hops: int = 5
    patience_hops: int = 10
    ambiguity: float = 1.0
    wait_for_silence: bool = False
    padding_hops: int = 3
    max_hops: int = 200
    n_best: int = N_BEST

    def __post_init__(self) -> None:
        waits = (self.hangover_hops, self.unsure_hops, self.patience_hops)
        if not 0 < waits[0] <= waits[1] <= waits[2] < self.max_hops <= 2000:
            raise RecognitionError(
                'hangover_hops, unsure_hops, patience_hops and max_hops must rise in this order, '
                f'from 1 to 2000, not {waits} and {self.max_hops}'
            )
        if not 0 < self.quiet_hops <= self.unsure_hops:
            raise RecognitionError(
                f'quiet_hops {self.quiet_hops} must be from 1 to unsure_hops, {self.unsure_hops}'
            )
        if self.phoneme_penalty <= 0 or self.n_best < 1:
            raise RecognitionError('phoneme_penalty must be above 0 and n_best at least 1')


class StreamingDecoder:
    """Hop by hop; each utterance is returned once, soon after its end."""

    def __init__(
        self,
        grammar: Grammar,
        settings: DecoderSettings | None = None,
        is_sure: Callable[[Utterance], bool] | None = None,
    ) -> None:
        """Listen for the phrases of ``grammar``; without ``is_sure`` every reading is sure."""
        self._grammar = grammar
        self.settings = settings or DecoderSettings()
        self._is_sure = is_sure or (lambda utterance: True)
        self._tokens = TokenPassing(grammar, self.settings.phoneme_penalty, self.settings.max_hops)
        # Room for the longest phrase, what may precede it, and the wait after it.
        self._heard: deque[NDArray[np.float64]] = deque(
            maxlen=self.settings.max_hops + CONTEXT_HOPS + self.settings.padding_hops
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

    def push(self, log_probs: NDArray[np.floating], quiet: bool = False) -> Utterance | None:
        """Take one hop of log-probabilities (classes,); returns an utterance that just ended.

        ``quiet``: the sound of this hop is silence (``is_quiet``). Raises RecognitionError for a
        wrong shape, NaN, or no possible class.
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
        wait = self.settings.unsure_hops
        if quiet and not self.settings.wait_for_silence:
            wait = self.settings.quiet_hops
        early, over = self._may_be_early(), self._is_over(phrase, wait)
        if not early and not over:
            return None
        utterance = self._read(phrase)
        waited = over and self.hop - phrase.end >= wait
        # What is unsure is not consumed: it may be read better, or refuted, by what follows.
        if not waited and (utterance is None or not self._is_sure(utterance)):
            return None
        self._tokens.consume(phrase.end)
        return utterance

    def _may_be_early(self) -> bool:
        settings = self.settings
        return not settings.wait_for_silence and self._tokens.lead_at_end > settings.ambiguity

    def _is_over(self, phrase: Token, wait: int) -> bool:
        if not phrase.score > self._tokens.filler_score:
            return False
        since_end = self.hop - phrase.end
        longer = self._tokens.in_progress
        lead = phrase.score - longer.score if longer.start <= phrase.end else np.inf
        hangover, patience = self.settings.hangover_hops, self.settings.patience_hops
        silent = since_end >= wait < hangover or min(since_end, self._silent_hops) >= hangover
        if silent and lead > self.settings.ambiguity:
            return True
        return self._silent_hops >= patience or (since_end >= patience and lead >= 0)

    def _read(self, phrase: Token) -> Utterance | None:
        """Read the phrase again in what is kept, with hop numbers since the last reset."""
        heard = np.stack(self._heard)
        oldest = self.hop - len(heard) + 1
        padding = self.settings.padding_hops
        first = max(0, phrase.start - padding - oldest)
        last = min(len(heard), phrase.end + 1 + padding - oldest)
        found = read_utterance(self._grammar, heard, first, last, self.settings.n_best)
        return None if found is None else found.shifted(oldest)
