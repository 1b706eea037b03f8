# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the network should say at each hop: phoneme sequences for CTC, and one phoneme a hop."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.learning.corpus import Word
from av_fusion_ros.model.phonemes import BLANK, CLASS_OF, N_CLASSES

HOP_S = 0.04

# How far from where it was spoken a phoneme may be named: word times are not exact.
EARLY_S = 0.08
LATE_S = 0.16

NO_TARGET = -100  # the index that torch's cross entropy ignores

Pronounce = Callable[[str], Sequence[str]]


def timed_phonemes(words: Sequence[Word], pronounce: Pronounce) -> list[Word]:
    """The phonemes of ``words``; each word's time is split evenly among them."""
    spoken = []
    for word in words:
        phonemes = pronounce(word.text)
        edges = np.linspace(word.start_s, word.end_s, len(phonemes) + 1)
        for phoneme, start_s, end_s in zip(phonemes, edges, edges[1:], strict=False):
            spoken.append(Word(phoneme, float(start_s), float(end_s)))
    return spoken


def phoneme_classes(phonemes: Sequence[Word]) -> list[int]:
    """CTC target: the classes in order."""
    return [CLASS_OF[phoneme.text] for phoneme in phonemes]


def per_hop_targets(phonemes: Sequence[Word], n_hops: int, delay_s: float) -> NDArray[np.int64]:
    """The class spoken ``delay_s`` before each hop (n_hops,), 0 in silence.

    The delay lets a causal network look a little past what it names.
    """
    targets = np.zeros(n_hops, np.int64)
    centres_s = (np.arange(n_hops) + 0.5) * HOP_S - delay_s
    for phoneme in phonemes:
        during = (centres_s >= phoneme.start_s) & (centres_s < phoneme.end_s)
        targets[during] = CLASS_OF[phoneme.text]
    return targets


def phonemes_in_words(words: Sequence[Word], pronounce: Pronounce) -> list[Word]:
    """The phonemes of ``words``, each at any time of its word."""
    return [
        Word(phoneme, word.start_s, word.end_s)
        for word in words
        for phoneme in pronounce(word.text)
    ]


def allowed_classes(phonemes: Sequence[Word], n_hops: int, delay_s: float) -> NDArray[np.bool_]:
    """Which classes may be named at each hop (n_hops, classes): blank, and what is being said.

    CTC alone is content to name words before they are spoken, as long as their order is right;
    from lips it then learns to guess the first words of every sentence in its first hops.
    Alignment restriction is after Mahadeokar et al. 2021 (arXiv 2011.03072).
    """
    allowed = np.zeros((n_hops, N_CLASSES), bool)
    allowed[:, BLANK] = True
    centres_s = (np.arange(n_hops) + 0.5) * HOP_S - delay_s
    for phoneme in phonemes:
        during = (centres_s >= phoneme.start_s - EARLY_S) & (centres_s < phoneme.end_s + LATE_S)
        allowed[during, CLASS_OF[phoneme.text]] = True
    return allowed
