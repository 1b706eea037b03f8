# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The checkpoint in models/ understands recordings that it was not trained on.

The bounds lie well under the figures of the README, which come from many more clips.
"""

from pathlib import Path

import numpy as np
import pytest

from av_fusion_ros.learning.conditions import Sound
from av_fusion_ros.learning.corpus import Clip, read_samples, speech_commands_clips
from av_fusion_ros.learning.crop_cache import clip_crops
from av_fusion_ros.learning.evaluation import GridReader
from av_fusion_ros.learning.grid_corpus import read_alignment
from av_fusion_ros.learning.keywords import score_keywords
from av_fusion_ros.learning.recipe import N_HOPS, WORD_HOPS
from av_fusion_ros.learning.senses import SenseEncoder
from av_fusion_ros.learning.splits import grid_key, part_of
from av_fusion_ros.model.checkpoint import load_network
from av_fusion_ros.recognition.confidence import load_calibration
from av_fusion_ros.recognition.grammar import compile_grammar
from av_fusion_ros.recognition.vocabulary import load_vocabulary

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / 'models' / 'av_fusion.safetensors'
N_CLIPS = 10


@pytest.fixture(scope='module')
def network():
    return load_network(MODEL)[0]


@pytest.fixture(scope='module')
def sentences(shared_data):
    """Clips of the test part, mouths cut out of the videos here."""
    paths = [
        path
        for path in sorted((shared_data / 'grid' / 's1').glob('*.align'))
        if part_of(grid_key(path)) == 'test'
    ]
    clips = []
    for path in paths[:: len(paths) // N_CLIPS][:N_CLIPS]:
        cut = clip_crops(path.with_suffix('.mp4'))
        samples, words = read_samples(path.with_suffix('.flac')), read_alignment(path)
        clips.append(Clip(path.stem, 's1', samples, words, cut.crops, cut.found))
    return clips


def accuracies(network, sentences, sound, shared_data, picture='good'):
    grammar = compile_grammar(load_vocabulary(ROOT / 'config' / 'commands_grid.yaml'))
    encoder = SenseEncoder(network, sentences, shared_data / 'noise', 'test', N_HOPS)
    [(_, [result])] = GridReader(encoder, grammar).results([sound], [picture])
    assert result.scores['fused'].words == 6 * N_CLIPS
    return {reading: score.accuracy for reading, score in result.scores.items()}


def test_held_out_sentences_are_understood_in_silence(network, sentences, shared_data):
    accuracy = accuracies(network, sentences, Sound(None, 'none'), shared_data)
    assert accuracy['fused'] >= 0.93
    assert accuracy['audio'] >= 0.93
    assert accuracy['visual'] >= 0.85


def test_lips_help_where_machines_drown_the_voice(network, sentences, shared_data):
    accuracy = accuracies(network, sentences, Sound(-8.0, 'machine'), shared_data)
    assert accuracy['fused'] >= 0.88
    assert accuracy['fused'] >= accuracy['audio'] + 0.1
    assert accuracy['fused'] >= accuracy['visual'] - 0.03


def test_without_a_picture_it_listens_as_well_as_by_ear_alone(network, sentences, shared_data):
    accuracy = accuracies(network, sentences, Sound(0.0, 'vehicle'), shared_data, 'absent')
    assert accuracy['fused'] == pytest.approx(accuracy['audio'], abs=1e-9)


def test_keywords_of_unknown_speakers_are_told_apart_and_others_refused(network, shared_data):
    clips = list(speech_commands_clips(shared_data / 'speech_commands', ('test',)))[::12]
    vocabulary = load_vocabulary(ROOT / 'config' / 'commands_keywords.yaml')
    calibration = load_calibration(MODEL.with_suffix('.calibration.json'))
    encoder = SenseEncoder(network, clips, shared_data / 'noise', 'test', WORD_HOPS)
    score = score_keywords(encoder, vocabulary, calibration, Sound(None, 'none'))
    assert score.clips > 70
    assert score.accuracy >= 0.75
    assert np.isfinite(score.calibration_error)
