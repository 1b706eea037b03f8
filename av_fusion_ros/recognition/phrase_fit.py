# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How well the parts of a phrase are heard, and what is heard around it.

A phrase whose words are all heard but one has a high score over its whole length. What tells it
from the right one is its weakest word, phonemes that it lacks, and talk that goes on around it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.model.phonemes import BLANK
from av_fusion_ros.recognition.grammar import Grammar
from av_fusion_ros.recognition.phrase_search import Reading

UNBROKEN_HOPS = 15  # 0.6 s, the longest pause that is looked for


@dataclass(frozen=True, slots=True)
class PhraseFit:
    """What a confidence needs to know of a reading beyond its score.

    A phoneme counts by its log-probability (nats, <= 0) in the hop where it is highest:
    ``mean_phoneme`` and ``weakest_phoneme`` over the phrase, ``weakest_word`` the least mean over
    the phonemes of one word or slot. ``extra_phonemes``: how many more the best classes spell
    within the phrase than it has. ``foreign_before`` and ``foreign_after``: how many they spell
    right before it and after it, up to the hop of the decision; ``silence_before_hops``: how long
    nothing was spelt before it, ``UNBROKEN_HOPS`` where nothing was since hearing began.
    """

    phonemes: int
    mean_phoneme: float
    weakest_phoneme: float
    weakest_word: float
    extra_phonemes: int
    foreign_before: int
    foreign_after: int
    silence_before_hops: int


def count_phonemes(log_probs: NDArray[np.floating]) -> int:
    """How many phonemes the best class of each hop (T, classes) spells out."""
    classes = np.asarray(log_probs).argmax(axis=1)
    begins = np.diff(classes, prepend=BLANK) != 0
    return int(np.count_nonzero(begins & (classes != BLANK)))


def phrase_fit(
    grammar: Grammar,
    reading: Reading,
    before: NDArray[np.floating],
    phrase: NDArray[np.floating],
    after: NDArray[np.floating],
) -> PhraseFit:
    """Of log-probabilities (T, classes) of the hops before, within and after a reading."""
    path = np.asarray(reading.path)
    spoken = np.asarray(phrase, np.float64)[np.arange(len(path)), grammar.labels[path]]
    begins = np.flatnonzero(np.diff(path, prepend=-1) != 0)
    best = np.maximum.reduceat(spoken, begins)
    states = path[begins]
    heard = grammar.labels[states] != BLANK
    best, words = best[heard], grammar.choice[states[heard]]
    silent = np.asarray(before).argmax(axis=1) == BLANK if len(before) else np.zeros(0, bool)
    return PhraseFit(
        phonemes=len(best),
        mean_phoneme=float(best.mean()),
        weakest_phoneme=float(best.min()),
        weakest_word=min(float(best[words == word].mean()) for word in set(words.tolist())),
        extra_phonemes=max(0, count_phonemes(phrase) - len(best)),
        foreign_before=count_phonemes(before),
        foreign_after=count_phonemes(after),
        silence_before_hops=UNBROKEN_HOPS if silent.all() else int(np.argmin(silent[::-1])),
    )
