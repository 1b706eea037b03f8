# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Word times by the network's own reading, against made posteriors and GRID's alignments."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from av_fusion_ros.learning.batches import ExampleMaker
from av_fusion_ros.learning.corpus import Clip, Word, read_samples
from av_fusion_ros.learning.forced_alignment import named_hops, timed, word_times
from av_fusion_ros.learning.grid_corpus import read_alignment
from av_fusion_ros.learning.mixing import NoiseSource
from av_fusion_ros.learning.pronouncing import pronounce
from av_fusion_ros.learning.splits import grid_key, part_of
from av_fusion_ros.model.checkpoint import load_network
from av_fusion_ros.model.phonemes import CLASS_OF, N_CLASSES

MODEL = Path(__file__).resolve().parents[2] / 'models' / 'av_fusion.safetensors'


def posteriors(classes: list[int]) -> NDArray[np.float32]:
    scores = np.full((len(classes), N_CLASSES), -8.0, np.float32)
    scores[np.arange(len(classes)), classes] = 0
    return scores


def test_the_path_goes_through_every_class_where_it_is_named() -> None:
    first, last = named_hops(posteriors([0, 0, 3, 3, 0, 4, 5, 0]), [3, 4, 5])
    assert first.tolist() == [2, 5, 6]
    assert last.tolist() == [3, 5, 6]


def test_two_equal_phonemes_need_a_blank_between_them() -> None:
    first, _ = named_hops(posteriors([3, 3, 3, 3, 3]), [3, 3])
    assert first[1] - first[0] >= 2
    first, _ = named_hops(posteriors([0, 3, 0, 0, 3]), [3, 3])
    assert first.tolist() == [1, 4]


def test_words_are_where_their_phonemes_are_named_less_the_delay() -> None:
    names = ['', '', '', '', '', 'G', 'OW', '', '', '', 'S', 'T', 'AA', 'P', '']
    log_probs = posteriors([CLASS_OF[name] if name else 0 for name in names])
    words = (Word('go', 0.0, 9.0), Word('stop', 0.0, 9.0))
    go, stop = word_times(log_probs, words, pronounce, 0.08)
    assert (go.start_s, go.end_s) == pytest.approx((5 * 0.04 - 0.16, 7 * 0.04 - 0.08))
    assert (stop.start_s, stop.end_s) == pytest.approx((10 * 0.04 - 0.16, 14 * 0.04 - 0.08))


def test_grid_words_are_found_again_where_they_were_marked(shared_data: Path) -> None:
    network, spec = load_network(MODEL)
    paths = [
        path
        for path in sorted((shared_data / 'grid' / 's1').glob('*.align'))
        if part_of(grid_key(path)) == 'test'
    ][:8]
    clips = []
    for path in paths:
        samples = read_samples(path.with_suffix('.flac'))
        words = tuple(Word(w.text, 0.0, len(samples) / 16000) for w in read_alignment(path))
        clips.append(Clip(path.stem, 's1', samples, words, timed=False))
    maker = ExampleMaker(spec, pronounce, NoiseSource([], []), 83)
    found = timed(network, maker, clips)
    assert all(clip.timed for clip in found)
    errors_s = []
    for clip, path in zip(found, paths, strict=True):
        marked = read_alignment(path)
        assert [word.text for word in clip.words] == [word.text for word in marked]
        assert all(a.end_s <= b.start_s for a, b in pairwise(clip.words))
        errors_s += [a.start_s - b.start_s for a, b in zip(clip.words, marked, strict=True)]
    assert np.median(np.abs(errors_s)) < 0.08
    assert np.quantile(np.abs(errors_s), 0.9) < 0.2


def test_a_clip_that_cannot_be_read_keeps_its_words_untimed() -> None:
    network, spec = load_network(MODEL)
    rng = np.random.default_rng(0)
    hiss = rng.normal(0, 3000, 32000).astype(np.int16)
    words = tuple(Word(text, 0.0, 2.0) for text in ('place', 'red', 'at', 'g', 'nine', 'now'))
    clip = Clip('hiss', 'nobody', hiss, words, timed=False)
    known = replace(clip, name='known', timed=True)
    maker = ExampleMaker(spec, pronounce, NoiseSource([], []), 75)
    assert timed(network, maker, [clip, known]) == [clip, known]
