# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Reading hop by hop against reading a whole stretch, with the shipped checkpoint."""

from pathlib import Path

import numpy as np
import pytest

from av_fusion_ros.model.checkpoint_file import read_checkpoint
from av_fusion_ros.model.senses import AUDIO, VISUAL
from av_fusion_ros.recognition.frozen_head import FrozenHead
from av_fusion_ros.recognition.sense_reader import SenseReader

MODEL = Path(__file__).resolve().parents[2] / 'models' / 'av_fusion.safetensors'
HOPS = 60


@pytest.fixture(scope='module')
def head():
    return FrozenHead(read_checkpoint(MODEL)[0])


@pytest.fixture(scope='module')
def embeddings(head):
    return np.random.default_rng(0).standard_normal((2, HOPS, head.size)).astype(np.float32)


def whole(head, embeddings, sense):
    return np.exp(head.log_probs(embeddings, sense))


def test_hop_by_hop_is_as_a_whole(head, embeddings):
    reader = SenseReader(head)
    found = np.stack([reader.read(*pair) for pair in zip(*embeddings, strict=True)], 1)
    for sense in (AUDIO, VISUAL):
        np.testing.assert_allclose(found[sense], whole(head, embeddings[sense], sense), atol=1e-4)


def test_a_sense_that_comes_back_begins_anew_and_the_other_goes_on(head, embeddings):
    reader = SenseReader(head)
    ear, eye = embeddings
    found = []
    for k in range(HOPS):
        found.append(reader.read(ear[k], None if 20 <= k < 22 else eye[k]))
    assert not np.any([found[k][VISUAL] for k in (20, 21)])
    again = np.stack(found[22:])[:, VISUAL]
    np.testing.assert_allclose(again, whole(head, eye[22:], VISUAL), atol=1e-4)
    heard = np.stack(found)[:, AUDIO]
    np.testing.assert_allclose(heard, whole(head, ear, AUDIO), atol=1e-4)


def test_after_a_reset_nothing_is_left(head, embeddings):
    reader = SenseReader(head)
    first = reader.read(embeddings[0, 0], embeddings[1, 0])
    reader.read(embeddings[0, 1], embeddings[1, 1])
    reader.reset()
    np.testing.assert_array_equal(reader.read(embeddings[0, 0], embeddings[1, 0]), first)
