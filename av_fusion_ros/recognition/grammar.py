# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A vocabulary as one CTC token graph in arrays.

CTC topology (Graves et al. 2006): a state per phoneme with a self loop, an optional blank
between neighbours, and the blank skipped where the two phonemes differ. The words of a slot
are branches that meet in one shared blank. Leading and trailing silence is no part of the
graph: a path begins on a phrase's first phoneme and ends on its last.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.model.phonemes import BLANK, CLASS_OF
from av_fusion_ros.recognition.vocabulary import Part, Phrase, SpokenWord, Vocabulary


@dataclass(frozen=True, slots=True)
class Choice:
    """What was said at one place of one variant of a phrase."""

    phrase_id: str
    slot: str
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Grammar:
    """S states in topological order of first use; sentinel index S stands for "none".

    ``labels`` (S,): CTC class. ``predecessors`` (S, P) and ``successors`` (S, Q): the state
    itself first, padded with S. ``entry`` and ``final`` (S,) bool. ``choice`` (S,): index into
    ``choices``, -1 in the blanks between words. ``meaning`` (S,): the same number for all ways to
    say one command; -1 in phrases with slots, where a longer way may say something else.
    """

    labels: NDArray[np.intp]
    predecessors: NDArray[np.intp]
    successors: NDArray[np.intp]
    entry: NDArray[np.bool_]
    final: NDArray[np.bool_]
    choice: NDArray[np.intp]
    meaning: NDArray[np.intp]
    choices: tuple[Choice, ...]

    @property
    def n_states(self) -> int:
        return len(self.labels)


@dataclass(slots=True)
class _Frontier:
    """Where the next word continues: the last phonemes and the blank after them."""

    ends: list[int]
    blank: int | None


class _Builder:
    def __init__(self) -> None:
        self.labels: list[int] = []
        self.before: list[list[int]] = []
        self.entry: list[bool] = []
        self.final: list[bool] = []
        self.choice: list[int] = []
        self.meaning: list[int] = []
        self.choices: list[Choice] = []

    def _add(self, label: int, before: Iterable[int], choice: int, entry: bool = False) -> int:
        self.labels.append(label)
        self.before.append(list(before))
        self.entry.append(entry)
        self.final.append(False)
        self.choice.append(choice)
        return len(self.labels) - 1

    def phrase(self, phrase: Phrase, number: int) -> None:
        for variant in phrase.variants:
            frontier: _Frontier | None = None
            for part in variant:
                frontier = self._part(phrase.id, part, frontier)
            assert frontier is not None  # a phrase is never empty
            for end in frontier.ends:
                self.final[end] = True
        slots = any(part.slot for variant in phrase.variants for part in variant)
        self.meaning += [-1 if slots else number] * (len(self.labels) - len(self.meaning))

    def _part(self, phrase_id: str, part: Part, start: _Frontier | None) -> _Frontier:
        ends: list[int] = []
        for words in part.choices:
            self.choices.append(Choice(phrase_id, part.slot, ' '.join(w.text for w in words)))
            choice = len(self.choices) - 1
            at = start
            for i, word in enumerate(words):
                if i > 0:
                    assert at is not None
                    at = self._silence(at.ends, choice)
                at = _Frontier(self._word(word, at, choice), None)
            assert at is not None
            ends += at.ends
        return self._silence(ends, -1)

    def _silence(self, ends: list[int], choice: int) -> _Frontier:
        return _Frontier(ends, self._add(BLANK, ends, choice))

    def _word(self, word: SpokenWord, start: _Frontier | None, choice: int) -> list[int]:
        """Branches for every pronunciation; returns their last phonemes."""
        ends = []
        for phonemes in word.pronunciations:
            at = start
            for name in phonemes:
                label = CLASS_OF[name]
                if at is None:
                    state = self._add(label, (), choice, entry=True)
                else:
                    # Equal neighbours need a blank between them, or CTC would merge them.
                    before = [end for end in at.ends if self.labels[end] != label]
                    blank = self._add(BLANK, at.ends, choice) if at.blank is None else at.blank
                    state = self._add(label, [blank, *before], choice)
                at = _Frontier([state], None)
            ends.append(state)
        return ends

    def grammar(self) -> Grammar:
        n = len(self.labels)
        # The blank after a phrase's last word leads nowhere: trailing silence is the decoder's.
        after: list[list[int]] = [[] for _ in range(n)]
        for state, before in enumerate(self.before):
            for previous in before:
                after[previous].append(state)
        return Grammar(
            np.array(self.labels),
            _padded(self.before),
            _padded(after),
            np.array(self.entry),
            np.array(self.final),
            np.array(self.choice),
            np.array(self.meaning),
            tuple(self.choices),
        )


def _padded(neighbours: list[list[int]]) -> NDArray[np.intp]:
    n = len(neighbours)
    width = 1 + max(len(row) for row in neighbours)
    table = np.full((n, width), n, np.intp)
    for state, row in enumerate(neighbours):
        table[state, : 1 + len(row)] = [state, *row]
    return table


def compile_grammar(vocabulary: Vocabulary | Iterable[Phrase]) -> Grammar:
    """Compile all phrases of a vocabulary (at least one) into one graph."""
    builder = _Builder()
    phrases = vocabulary.phrases if isinstance(vocabulary, Vocabulary) else vocabulary
    for number, phrase in enumerate(phrases):
        builder.phrase(phrase, number)
    return builder.grammar()
