# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Reading many stretches side by side gives what the recogniser's own search gives."""

from pathlib import Path

import numpy as np
import pytest

from av_fusion_ros.learning.batched_search import best_texts
from av_fusion_ros.learning.conditions import Sound
from av_fusion_ros.learning.corpus import Clip, read_samples
from av_fusion_ros.learning.grid_corpus import read_alignment
from av_fusion_ros.learning.recipe import N_HOPS
from av_fusion_ros.learning.senses import SenseEncoder, gated, without
from av_fusion_ros.learning.splits import grid_key, part_of
from av_fusion_ros.model.checkpoint import load_network
from av_fusion_ros.model.phonemes import N_CLASSES
from av_fusion_ros.recognition.grammar import compile_grammar
from av_fusion_ros.recognition.phrase_search import best_readings
from av_fusion_ros.recognition.vocabulary import load_vocabulary

ROOT = Path(__file__).resolve().parents[2]
GRAMMARS = ('commands_grid.yaml', 'commands_keywords.yaml', 'commands.yaml')


def grammar_of(name):
    return compile_grammar(load_vocabulary(ROOT / 'config' / name))


def one_by_one(grammar, log_probs):
    found = [best_readings(grammar, stretch, n_best=1) for stretch in log_probs]
    return [readings[0].text if readings else '' for readings in found]


def random_log_probs(seed, n_stretches, n_hops, sharpness):
    logits = np.random.default_rng(seed).normal(0, sharpness, (n_stretches, n_hops, N_CLASSES))
    return logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)


@pytest.mark.parametrize('name', GRAMMARS)
@pytest.mark.parametrize('sharpness', [0.3, 2.0, 8.0])
def test_random_posteriors_read_the_same(name, sharpness):
    grammar = grammar_of(name)
    log_probs = random_log_probs(1, 20, 60, sharpness)
    texts = best_texts(grammar, log_probs)
    assert texts == one_by_one(grammar, log_probs)
    assert len(set(texts)) > 3


@pytest.mark.parametrize('n_hops', [0, 1, 2, 5, 13])
def test_stretches_too_short_for_any_phrase_read_as_nothing(n_hops):
    grammar = grammar_of('commands_keywords.yaml')
    log_probs = random_log_probs(2, 6, n_hops, 1.0)
    assert best_texts(grammar, log_probs) == one_by_one(grammar, log_probs)


def test_impossible_classes_are_never_read():
    grammar = grammar_of('commands_keywords.yaml')
    log_probs = random_log_probs(3, 8, 20, 2.0)
    log_probs[..., 1::3] = -np.inf
    log_probs[0, :, 1:] = -np.inf  # nothing but blanks
    texts = best_texts(grammar, log_probs)
    assert texts == one_by_one(grammar, log_probs)
    assert texts[0] == ''


def test_real_posteriors_read_the_same(shared_data):
    paths = sorted((shared_data / 'grid' / 's1').glob('*.align'))
    held_out = [path for path in paths if part_of(grid_key(path)) == 'test'][::12]
    clips = [
        Clip(path.stem, 's1', read_samples(path.with_suffix('.flac')), read_alignment(path))
        for path in held_out
    ]
    network, _ = load_network(ROOT / 'models' / 'av_fusion.safetensors')
    encoder = SenseEncoder(network, clips, shared_data / 'noise', 'test', N_HOPS)
    grammar = grammar_of('commands_grid.yaml')
    for snr_db in (None, -5.0, -20.0):
        heard = encoder.heard(Sound(snr_db, 'crowd'))
        log_probs = gated(network, heard, without(heard))[0].numpy()
        texts = best_texts(grammar, log_probs)
        assert len(texts) > 10
        assert texts == one_by_one(grammar, log_probs)
