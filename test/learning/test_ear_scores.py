# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The shipped network's ear on real sentences: what confirms, what contradicts, what helps."""

from pathlib import Path

import numpy as np
import pytest

from av_fusion_ros.learning.corpus import read_samples
from av_fusion_ros.learning.ear_scores import WORST, EarScorer
from av_fusion_ros.learning.grid_corpus import read_alignment
from av_fusion_ros.learning.lesson import Lesson, phoneme_targets
from av_fusion_ros.learning.mixing import mix
from av_fusion_ros.learning.splits import grid_key, part_of
from av_fusion_ros.learning.stream_guards import GuardSettings
from av_fusion_ros.model.checkpoint_file import read_checkpoint
from av_fusion_ros.recognition.backend import open_backend
from av_fusion_ros.recognition.frozen_head import FrozenHead
from av_fusion_ros.recognition.site_correction import NO_CORRECTION, SiteCorrection
from av_fusion_ros.signals.log_mel import log_mel

MODEL = Path(__file__).resolve().parents[2] / 'models' / 'av_fusion.safetensors'
SENTENCES = 8
RATE_HZ = 16000


@pytest.fixture(scope='module')
def scorer():
    backend, _ = open_backend(MODEL, 'onnxruntime', parts=('audio',))
    return EarScorer(backend, FrozenHead(read_checkpoint(MODEL)[0]))


@pytest.fixture(scope='module')
def hum():
    time_s = np.arange(4 * RATE_HZ) / RATE_HZ
    return np.sign(np.sin(2 * np.pi * 100 * time_s)).astype(np.float32)


@pytest.fixture(scope='module')
def sentences(shared_data):
    paths = sorted((shared_data / 'grid').rglob('*.align'))
    test = [path for path in paths if part_of(grid_key(path)) == 'test'][:SENTENCES]
    if len(test) < SENTENCES:
        pytest.skip('too few GRID sentences among the recordings')
    return [
        (
            ' '.join(word.text for word in read_alignment(path)),
            read_samples(path.with_suffix('.flac')).astype(np.float32) / 32768,
        )
        for path in test
    ]


def lessons(sentences, noise=None, texts=None):
    made = []
    for k, (text, samples) in enumerate(sentences):
        sound = samples if noise is None else mix(samples, noise[: len(samples)], -8.0)
        mel = log_mel(sound)
        power = np.ones(64, np.float32)
        targets = phoneme_targets(text if texts is None else texts[k])
        made.append(Lesson(text, k, mel[: len(mel) // 4 * 4], power, targets))
    return made


@pytest.mark.parametrize('noisy', [False, True], ids=['clean', 'hum at -8 dB'])
def test_the_truth_is_confirmed_and_another_sentence_contradicted(scorer, sentences, hum, noisy):
    noise = hum if noisy else None
    texts = [text for text, _ in sentences]
    others = [*texts[1:], texts[0]]

    def mean(found):
        return np.mean([scorer.score(one, NO_CORRECTION).contradiction for one in found])

    limit = GuardSettings().max_contradiction
    assert mean(lessons(sentences, noise)) < limit < mean(lessons(sentences, noise, others))


def test_without_the_hum_the_ear_reads_better(scorer, sentences, hum):
    noisy = lessons(sentences, hum)
    # Scaled as ``mix`` scales it for the first sentence; the others are about as loud.
    added = mix(sentences[0][1], hum[: len(sentences[0][1])], -8.0) - sentences[0][1]
    profile = np.exp(log_mel(added)).mean(axis=0).astype(np.float32)
    gains = [
        scorer.score(one, SiteCorrection(profile, 1.0)).likelihood
        - scorer.score(one, NO_CORRECTION).likelihood
        for one in noisy
    ]
    assert np.mean(gains) > 0.1


def test_a_score_is_bounded_where_nothing_fits(scorer, sentences):
    text, samples = sentences[0]
    short = log_mel(samples)[:8]
    score = scorer.score(
        Lesson(text, 0, short, np.ones(64, np.float32), phoneme_targets(text)), NO_CORRECTION
    )
    assert (score.likelihood, score.contradiction) == (WORST, -WORST)
