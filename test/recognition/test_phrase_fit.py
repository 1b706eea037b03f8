# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The weakest part of a phrase shows, and so does talk around it."""

import numpy as np
import pytest

from av_fusion_ros.model.phonemes import BLANK, CLASS_OF
from av_fusion_ros.recognition.grammar import compile_grammar
from av_fusion_ros.recognition.phrase_fit import UNBROKEN_HOPS, PhraseFit
from av_fusion_ros.recognition.utterance import decode
from av_fusion_ros.recognition.vocabulary import parse_vocabulary

GRAMMAR = compile_grammar(parse_vocabulary({'language': 'en-US', 'commands': ['go left']}))
SAID = ('G', 'OW', 'L', 'EH', 'F', 'T')
FLOOR = -12.0
LEAD = 20


def heard(phonemes, lead=LEAD):
    """Log-probabilities of phonemes of 2 hops each, a blank hop between, silence around."""
    log_probs = np.full((lead + 3 * len(phonemes) + 20, 40), FLOOR)
    log_probs[:, BLANK] = 0.0
    for index, phoneme in enumerate(phonemes):
        hops = slice(lead + 3 * index, lead + 3 * index + 2)
        log_probs[hops, BLANK] = FLOOR
        log_probs[hops, CLASS_OF[phoneme]] = 0.0
    return log_probs


def fit_of(log_probs) -> PhraseFit:
    found = decode(GRAMMAR, log_probs)
    assert found is not None
    assert found.readings[0].text == 'go left'
    return found.fit


def test_a_phrase_heard_as_it_is_has_nothing_against_it():
    assert fit_of(heard(SAID)) == PhraseFit(6, 0.0, 0.0, 0.0, 0, 0, 0, UNBROKEN_HOPS)


def test_one_phoneme_that_was_another_shows_in_its_word_and_hardly_in_the_mean():
    fit = fit_of(heard(('G', 'AA', 'L', 'EH', 'F', 'T')))
    assert fit.weakest_phoneme == pytest.approx(FLOOR)
    assert fit.weakest_word == pytest.approx(FLOOR / 2)  # of the two phonemes of "go"
    assert fit.mean_phoneme == pytest.approx(FLOOR / 6)


def test_a_phoneme_too_many_within_the_phrase_is_counted():
    assert fit_of(heard(('G', 'OW', 'M', 'L', 'EH', 'F', 'T'))).extra_phonemes == 1


def test_talk_before_and_after_is_told_apart():
    before, after = fit_of(heard(('AA', 'M', *SAID))), fit_of(heard((*SAID, 'AA')))
    assert (before.foreign_before, before.foreign_after) == (2, 0)
    assert (after.foreign_before, after.foreign_after) == (0, 1)
    assert before.silence_before_hops == 1
    assert after.silence_before_hops == UNBROKEN_HOPS


def test_what_was_before_the_beginning_counts_as_silence():
    fit = fit_of(heard(SAID, lead=0))
    assert (fit.foreign_before, fit.silence_before_hops) == (0, UNBROKEN_HOPS)
