# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the benchmark plays: real sentences where there are any, else generated phrases."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from av_fusion_ros.learning.grid_corpus import read_alignment
from av_fusion_ros.learning.splits import grid_key, part_of
from av_fusion_ros.measuring.takes import FPS, FRAME_SAMPLES, as_many, hops, material
from av_fusion_ros.recognition.grammar import compile_grammar
from av_fusion_ros.recognition.vocabulary import load_vocabulary

ROOT = Path(__file__).resolve().parents[2]


def test_real_takes_are_of_the_test_part_and_end_where_the_alignment_says(
    shared_data: Path,
) -> None:
    taken = material(shared_data, 3)
    assert len(taken.takes) == 3
    unseen = {
        ' '.join(word.text for word in read_alignment(path))
        for path in (shared_data / 'grid' / 's1').glob('*.align')
        if part_of(grid_key(path)) == 'test'
    }
    for take in taken.takes:
        assert take.text in unseen
        assert 1.0 < take.end_s < take.duration_s
        pictures = sum(1 for _ in take.pictures())
        assert pictures / FPS == pytest.approx(take.duration_s)
        speech = np.abs(take.samples[round((take.end_s - 0.2) * 16000) :][:1600]).max()
        assert speech > 3 * np.abs(take.samples[-1600:]).max()


@pytest.mark.skipif(shutil.which('espeak-ng') is None, reason='needs espeak-ng')
def test_without_recordings_phrases_are_generated_that_the_robot_knows(tmp_path: Path) -> None:
    taken = material(tmp_path, 2)
    grammar = compile_grammar(load_vocabulary(ROOT / taken.commands_file))
    known = {word for choice in grammar.choices for word in choice.text.split()}
    for take in taken.takes:
        assert set(take.text.split()) <= known
        assert 0.5 < take.end_s < take.duration_s
    pairs = list(hops(taken.takes[:1]))
    assert len(pairs) == round(taken.takes[0].duration_s * 25)
    assert pairs[0][0].shape == (FRAME_SAMPLES,)
    assert pairs[0][1].shape == (480, 640, 3)


@pytest.mark.parametrize(('given', 'shown'), [(5, [0, 1, 2]), (3, [0, 1, 2]), (2, [0, 1, 1])])
def test_a_take_has_as_many_pictures_as_its_sound_lasts(given: int, shown: list[int]) -> None:
    pictures = (np.full((1, 1, 3), k, np.uint8) for k in range(given))
    assert [int(picture[0, 0, 0]) for picture in as_many(pictures, 3)] == shown


def test_without_any_picture_none_is_shown() -> None:
    assert list(as_many(iter(()), 3)) == []
