# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the network should say at each hop: phoneme sequences for CTC, and one phoneme a hop."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.learning.corpus import Word
from av_fusion_ros.model.phonemes import CLASS_OF

HOP_S = 0.04

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
