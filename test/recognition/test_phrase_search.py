# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The search against enumeration of every alignment, and against torch's CTC loss."""

from __future__ import annotations

from itertools import groupby, product
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from av_fusion_ros.model.phonemes import BLANK, CLASS_OF, N_CLASSES
from av_fusion_ros.recognition.grammar import compile_grammar
from av_fusion_ros.recognition.phrase_search import best_readings, log_likelihood
from av_fusion_ros.recognition.vocabulary import Vocabulary, load_vocabulary, parse_vocabulary

CONFIG = Path(__file__).resolve().parents[2] / 'config'

Identity = tuple[str, tuple[tuple[str, str], ...]]


def label_sequences(vocabulary: Vocabulary) -> dict[tuple[int, ...], Identity]:
    """Every label sequence of a vocabulary and what it means (sequences must be distinct)."""
    found: dict[tuple[int, ...], Identity] = {}
    for phrase in vocabulary.phrases:
        for variant in phrase.variants:
            for words in product(*(part.choices for part in variant)):
                slots = tuple(
                    (part.slot, ' '.join(w.text for w in said))
                    for part, said in zip(variant, words, strict=True)
                    if part.slot
                )
                spoken = [word for said in words for word in said]
                for reading in product(*(word.pronunciations for word in spoken)):
                    labels = tuple(CLASS_OF[p] for word in reading for p in word)
                    found[labels] = (phrase.id, slots)
    return found


def enumerate_phrases(
    vocabulary: Vocabulary, log_probs: NDArray[np.float64]
) -> tuple[dict[Identity, float], float]:
    """Best alignment's score of each identity, and the log-sum over all alignments of all."""
    sequences = label_sequences(vocabulary)
    classes = sorted({BLANK, *(label for labels in sequences for label in labels)})
    best: dict[Identity, float] = {}
    total = -np.inf
    for path in product(classes, repeat=len(log_probs)):
        collapsed = tuple(label for label, _ in groupby(path) if label != BLANK)
        if collapsed in sequences:
            score = float(log_probs[np.arange(len(path)), list(path)].sum())
            identity = sequences[collapsed]
            best[identity] = max(best.get(identity, -np.inf), score)
            total = np.logaddexp(total, score)
    return best, float(total)


def tiny(commands: list[object], slots: dict[str, list[str]] | None = None) -> Vocabulary:
    """A vocabulary of made-up words over three phonemes, repeated ones among them."""
    return parse_vocabulary(
        {
            'pronunciations': {
                'ab': 'AA B', 'ba': 'B AA', 'bb': 'B B', 'a': 'AA', 'abc': ['AA B K', 'AA K'],
                'c': 'K', 'cc': 'K K',
            },
            'slots': slots or {},
            'commands': commands,
        }
    )  # fmt: skip


VOCABULARIES = {
    'one word': tiny(['ab']),
    'repeated phoneme': tiny(['bb', 'cc c']),
    'repeated across words': tiny(['ab ba', 'ab', 'a']),
    'two pronunciations': tiny(['abc', 'c']),
    'slot in the middle': tiny(['c {x} c'], {'x': ['ab', 'ba', 'c']}),
    'two slots': tiny(['{x} {y}'], {'x': ['ab', 'c'], 'y': ['ba', 'abc', 'c']}),
    'slot of two words': tiny(['{x} c'], {'x': ['a', 'ab c', 'c ba']}),
    'alias': tiny([{'id': 'p', 'phrase': 'ab', 'aliases': ['c ba', 'a']}, 'c']),
}


def random_log_probs(seed: int, n_hops: int, sharpness: float = 1.0) -> NDArray[np.float64]:
    logits = sharpness * np.random.default_rng(seed).normal(size=(n_hops, N_CLASSES))
    return logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(sorted(VOCABULARIES)),
    n_hops=st.integers(1, 7),
    seed=st.integers(0, 2**31),
    sharpness=st.sampled_from([0.5, 3.0]),
)
def test_search_equals_enumeration(name: str, n_hops: int, seed: int, sharpness: float) -> None:
    vocabulary = VOCABULARIES[name]
    log_probs = random_log_probs(seed, n_hops, sharpness)
    expected, total = enumerate_phrases(vocabulary, log_probs)
    grammar = compile_grammar(vocabulary)
    readings = best_readings(grammar, log_probs, n_best=50)

    ranked = sorted(expected.items(), key=lambda item: -item[1])
    # Exact for the best two, and right about whatever else it lists.
    for (identity, score), reading in list(zip(ranked, readings, strict=False))[:2]:
        assert reading.identity == identity
        assert reading.log_likelihood == pytest.approx(score, abs=1e-9)
    for reading in readings:
        assert reading.log_likelihood <= expected[reading.identity] + 1e-9
    assert bool(readings) == bool(expected)
    assert len(readings) >= min(2, len(expected))
    if expected:
        assert log_likelihood(grammar, log_probs) == pytest.approx(total, abs=1e-9)


@pytest.mark.parametrize('text', ['stop', 'go forward', 'bin red', 'look look'])
@pytest.mark.parametrize('n_hops', [12, 40])
def test_sum_over_alignments_equals_torch_ctc_loss(text: str, n_hops: int) -> None:
    vocabulary = parse_vocabulary({'commands': [text]})
    (labels,) = label_sequences(vocabulary)
    log_probs = random_log_probs(3, n_hops)
    loss = torch.nn.functional.ctc_loss(
        torch.from_numpy(log_probs)[:, None],
        torch.tensor([labels]),
        torch.tensor([n_hops]),
        torch.tensor([len(labels)]),
        reduction='sum',
    )
    found = log_likelihood(compile_grammar(vocabulary), log_probs)
    assert found == pytest.approx(-float(loss), abs=1e-6)


def test_times_are_those_of_the_first_and_last_phoneme() -> None:
    log_probs = np.full((9, N_CLASSES), -20.0)
    path = [0, 0, CLASS_OF['G'], CLASS_OF['G'], 0, CLASS_OF['OW'], 0, 0, 0]
    log_probs[np.arange(9), path] = 0.0
    (reading,) = best_readings(compile_grammar(parse_vocabulary({'commands': ['go']})), log_probs)
    assert (reading.start, reading.end) == (2, 5)
    assert reading.log_likelihood == 0.0


def test_a_stretch_too_short_for_any_phrase_has_no_reading() -> None:
    grammar = compile_grammar(parse_vocabulary({'commands': ['stop']}))
    assert best_readings(grammar, random_log_probs(0, 3)) == []
    assert log_likelihood(grammar, random_log_probs(0, 3)) == -np.inf
    assert best_readings(grammar, np.zeros((0, N_CLASSES))) == []


def test_grid_graph_reads_all_six_slots() -> None:
    vocabulary = load_vocabulary(CONFIG / 'commands_grid.yaml')
    grammar = compile_grammar(vocabulary)
    assert grammar.final.sum() == sum(
        len(choice[-1].pronunciations) for choice in vocabulary.phrases[0].variants[0][-1].choices
    )
    (best, *_) = best_readings(grammar, random_log_probs(1, 75))
    assert list(best.slots) == ['verb', 'colour', 'preposition', 'letter', 'digit', 'adverb']
    assert best.text == ' '.join(best.slots.values())


def test_one_unlikely_word_shows_in_the_worst_stretch_and_not_in_the_mean():
    grammar = compile_grammar(
        parse_vocabulary({'language': 'en-US', 'commands': ['turn left now', 'turn left']})
    )
    labels = [CLASS_OF[p] for p in ('T', 'ER', 'N', 'L', 'EH', 'F', 'T', 'N', 'AW')]

    def heard(instead_of_left: int) -> NDArray[np.float64]:
        log_probs = np.full((4 * len(labels), N_CLASSES), -20.0)
        for index, label in enumerate(labels):
            hops = slice(4 * index, 4 * index + 4)
            log_probs[hops, label] = -3.0 if 3 <= index < 3 + instead_of_left else -0.1
            if 3 <= index < 3 + instead_of_left:
                log_probs[hops, CLASS_OF['Z']] = -0.1
        return log_probs

    sure, unsure = (best_readings(grammar, heard(n), n_best=1)[0] for n in (0, 2))
    assert sure.text == unsure.text == 'turn left now'
    assert sure.worst == pytest.approx(0.0, abs=1e-9)
    assert unsure.worst == pytest.approx(-2.9, abs=1e-6)
    mean = (unsure.log_likelihood - sure.log_likelihood) / (unsure.end - unsure.start + 1)
    assert unsure.worst < 3 * mean
