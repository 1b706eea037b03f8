# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Spotting phrases in an endless stream: filler, phrase, filler, one hop at a time.

Token passing (Young, Russell and Thornton 1989) over three layers: free phonemes, the
grammar, free phonemes again. Each phoneme of a free layer costs ``phoneme_penalty``, without
which nothing could ever beat it. Scores are log-likelihood ratios against the best class of
every hop, so they are <= 0 and stay in range.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.model.phonemes import BLANK, N_CLASSES
from av_fusion_ros.recognition.grammar import Grammar

_NEVER = -1


@dataclass(frozen=True, slots=True)
class Token:
    """The best path of one kind so far; ``start`` and ``end`` are hops of its phrase."""

    score: float
    start: int = _NEVER
    end: int = _NEVER


class TokenPassing:
    """Carries the best path into every state from hop to hop.

    Args:
        grammar: the phrases.
        phoneme_penalty: nats that each phoneme outside a phrase costs.
        max_hops: a phrase that began longer ago is dropped.
    """

    def __init__(self, grammar: Grammar, phoneme_penalty: float, max_hops: int) -> None:
        self._grammar = grammar
        self._penalty = np.full(N_CLASSES, phoneme_penalty)
        self._penalty[BLANK] = 0.0
        self._max_hops = max_hops
        n = grammar.n_states
        self._rows = np.arange(n)
        self._final = np.flatnonzero(grammar.final)
        leads_on = (grammar.successors[:, 1:] < n).any(axis=1) if n else np.zeros(0, bool)
        self._open = np.flatnonzero(~grammar.final & leads_on)
        self.reset()

    def reset(self) -> None:
        """Forget everything heard; the next hop is hop 0."""
        n = self._grammar.n_states
        self.hop = -1
        self._before = -self._penalty  # the free layer before a phrase
        self._inside = np.full(n + 1, -np.inf)  # the grammar; the last entry stays -inf
        self._inside_start = np.full(n + 1, _NEVER)
        self._after = np.full(N_CLASSES, -np.inf)  # the free layer after a phrase
        self._after_start = np.full(N_CLASSES, _NEVER)
        self._after_end = np.full(N_CLASSES, _NEVER)

    def push(self, log_probs: NDArray[np.floating]) -> None:
        """Take one hop of log-probabilities (classes,)."""
        ratio = np.asarray(log_probs, np.float64)
        ratio = ratio - ratio.max()
        leave = self._best_final()
        self.hop += 1
        self._push_after(ratio, leave)
        entry = float(self._before.max())
        self._push_inside(ratio, entry)
        self._before = ratio + np.maximum(self._before, entry - self._penalty)
        self._expire()

    def _push_after(self, ratio: NDArray[np.float64], leave: Token) -> None:
        best = int(self._after.argmax())
        source = Token(
            float(self._after[best]), int(self._after_start[best]), int(self._after_end[best])
        )
        if leave.score > source.score:
            source = leave
        moved = source.score - self._penalty
        moves = moved > self._after
        self._after = ratio + np.where(moves, moved, self._after)
        self._after_start = np.where(moves, source.start, self._after_start)
        self._after_end = np.where(moves, source.end, self._after_end)

    def _push_inside(self, ratio: NDArray[np.float64], entry: float) -> None:
        grammar, rows = self._grammar, self._rows
        arriving = self._inside[grammar.predecessors]
        which = arriving.argmax(axis=1)
        score = arriving[rows, which]
        start = self._inside_start[grammar.predecessors[rows, which]]
        begins = grammar.entry & (entry > score)
        self._inside[:-1] = np.where(begins, entry, score) + ratio[grammar.labels]
        self._inside_start[:-1] = np.where(begins, self.hop, start)

    def _expire(self) -> None:
        oldest = self.hop - self._max_hops + 1
        self._inside[self._inside_start < oldest] = -np.inf
        self._after[self._after_start < oldest] = -np.inf

    def _best_final(self) -> Token:
        state = int(self._final[self._inside[self._final].argmax()])
        return Token(float(self._inside[state]), int(self._inside_start[state]), self.hop)

    @property
    def completed(self) -> Token:
        """The best path that has a whole phrase behind it, whatever followed."""
        final, best = self._best_final(), int(self._after.argmax())
        if final.score >= self._after[best]:
            return final
        return Token(
            float(self._after[best]), int(self._after_start[best]), int(self._after_end[best])
        )

    @property
    def in_progress(self) -> Token:
        """The best path inside a phrase that is not over."""
        if len(self._open) == 0:
            return Token(-np.inf)
        state = int(self._open[self._inside[self._open].argmax()])
        return Token(float(self._inside[state]), int(self._inside_start[state]))

    @property
    def lead_at_end(self) -> float:
        """Nats by which the best phrase that ends with this hop leads every other command.

        Those that could still come of what was said, that is. Minus infinity where no phrase ends
        with this hop, or another path is better, a longer way to say the same command included.
        """
        final = int(self._final[self._inside[self._final].argmax()])
        score, under_way = float(self._inside[final]), self._inside[self._open]
        if not score > max(float(self._after.max()), self.filler_score):
            return -np.inf
        meaning = self._grammar.meaning
        same = (meaning[self._open] == meaning[final]) & (meaning[final] >= 0)
        if under_way[same].max(initial=-np.inf) > score:
            return -np.inf
        return score - float(under_way[~same].max(initial=-np.inf))

    @property
    def filler_score(self) -> float:
        """Score of the best path without any phrase."""
        return float(self._before.max())

    def consume(self, end: int) -> None:
        """Drop every path whose phrase began at hop ``end`` or before: it has been dealt with."""
        self._inside[self._inside_start <= end] = -np.inf
        self._after[:] = -np.inf
