# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Phonemes that ear and eye read by themselves: do the ones turn up in the others?"""

from math import log

import numpy as np
import pytest

from av_fusion_ros.model.phonemes import BLANK, N_CLASSES
from av_fusion_ros.recognition.content_evidence import ContentEvidence


def reading(ear, eye):
    """Posteriors (2, classes) of a phoneme for each sense; None is blank."""
    out = np.zeros((2, N_CLASSES), np.float32)
    for row, phoneme in enumerate((ear, eye)):
        out[row, BLANK if phoneme is None else phoneme] = 1
    return out


def read(ears, eyes, speaking=True):
    """Match and said after each hop."""
    content, found = ContentEvidence(), []
    for ear, eye in zip(ears, eyes, strict=True):
        content.push(reading(ear, eye), speaking)
        found.append((content.match, content.said))
    return found


def at(hop, phoneme=5, hops=12):
    return [phoneme if k == hop else None for k in range(hops)]


@pytest.mark.parametrize('apart', [0, 1, 2, -2])
def test_the_same_phoneme_within_80_ms_matches(apart):
    match, said = read(at(4), at(4 + apart))[8]
    assert said == pytest.approx(2)
    assert match == pytest.approx(2 * log(1.02), abs=1e-5)


@pytest.mark.parametrize('eye', [at(4, 6), at(7), at(4, None)])
def test_another_phoneme_or_one_too_far_or_none_does_not(eye):
    match, said = read(at(4), eye)[8]
    assert match == pytest.approx(said * log(0.02), rel=1e-5)
    assert said in (1, 2)


def test_it_is_known_two_hops_late_and_for_five_hops():
    said = [said for _, said in read(at(4), at(4))]
    assert said == [0] * 6 + [2] * 5 + [0]


def test_in_silence_the_ear_reads_nothing_and_what_is_too_poor_is_not_read():
    assert read(at(4), at(4), speaking=False)[8][1] == pytest.approx(1)
    content = ContentEvidence()
    for _ in range(12):
        content.push(None)
    assert (content.match, content.said) == (0, 0)


def test_after_a_reset_nothing_is_left():
    content = ContentEvidence()
    for _ in range(8):
        content.push(reading(3, 4), True)
    assert content.match < 0
    content.reset()
    assert (content.match, content.said) == (0, 0)
    content.push(None)
    assert content.match == 0
