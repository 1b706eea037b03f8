# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Token passing against trying every place of every phrase between two fillers."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from av_fusion_ros.model.phonemes import BLANK, CLASS_OF, N_CLASSES
from av_fusion_ros.recognition.grammar import compile_grammar
from av_fusion_ros.recognition.token_passing import TokenPassing
from av_fusion_ros.recognition.vocabulary import parse_vocabulary

PENALTY = 1.5
WORDS = {'ab': (CLASS_OF['AA'], CLASS_OF['B']), 'bb': (CLASS_OF['B'], CLASS_OF['B'])}
GRAMMAR = compile_grammar(
    parse_vocabulary({'pronunciations': {'ab': 'AA B', 'bb': 'B B'}, 'commands': list(WORDS)})
)


def filler(ratio: NDArray[np.float64]) -> float:
    """Best free path; a run of one phoneme costs the penalty once."""
    best = {BLANK: 0.0}  # class of the last hop -> score
    for hop in ratio:
        arriving = {
            c: max(s - PENALTY * (c not in (BLANK, last)) for last, s in best.items())
            for c in range(N_CLASSES)
        }
        best = {c: hop[c] + score for c, score in arriving.items()}
    return max(best.values())


def phrase(ratio: NDArray[np.float64]) -> float:
    """Best phrase that fills these hops from its first phoneme to its last."""
    best = -np.inf
    for labels in WORDS.values():
        for path in product((BLANK, *sorted(set(labels))), repeat=len(ratio)):
            runs = [c for i, c in enumerate(path) if i == 0 or c != path[i - 1]]
            if path[0] and path[-1] and tuple(c for c in runs if c) == labels:
                best = max(best, ratio[np.arange(len(path)), list(path)].sum())
    return best


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**31), n_hops=st.integers(1, 6))
def test_completed_and_filler_equal_trying_everything(seed: int, n_hops: int) -> None:
    ratio = np.random.default_rng(seed).normal(size=(n_hops, N_CLASSES))
    ratio -= ratio.max(axis=1, keepdims=True)
    tokens = TokenPassing(GRAMMAR, PENALTY, max_hops=100)
    for hop in ratio:
        tokens.push(hop + 7.0)  # an offset common to all classes changes nothing
    places = {
        (s, e): filler(ratio[:s]) + phrase(ratio[s : e + 1]) + filler(ratio[e + 1 :])
        for s in range(n_hops)
        for e in range(s, n_hops)
    }
    place = max(places, key=places.__getitem__)
    assert tokens.filler_score == pytest.approx(filler(ratio))
    assert tokens.completed.score == pytest.approx(places[place])
    if np.isfinite(places[place]):
        assert (tokens.completed.start, tokens.completed.end) == place


def test_a_phrase_that_takes_too_long_is_dropped() -> None:
    tokens = TokenPassing(GRAMMAR, PENALTY, max_hops=5)
    hop = np.full(N_CLASSES, -9.0)
    hop[CLASS_OF['AA']] = 0
    for _ in range(8):
        tokens.push(hop)
    assert tokens.in_progress.start >= tokens.hop - 4


def test_consume_drops_what_began_before_and_keeps_what_began_after() -> None:
    tokens = TokenPassing(GRAMMAR, PENALTY, max_hops=100)
    path = [CLASS_OF['AA'], CLASS_OF['B'], BLANK, CLASS_OF['AA']]
    ratio = np.full((len(path), N_CLASSES), -9.0)
    ratio[np.arange(len(path)), path] = 0
    for hop in ratio:
        tokens.push(hop)
    assert (tokens.completed.start, tokens.completed.end) == (0, 1)
    tokens.consume(1)
    assert tokens.completed.score == -np.inf
    assert tokens.in_progress.start == 3
