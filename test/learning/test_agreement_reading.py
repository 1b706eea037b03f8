# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Material with what each sense reads: every hop gets its own posteriors, in its clip."""

from pathlib import Path

import numpy as np

from av_fusion_ros.learning.agreement_conditions import Material
from av_fusion_ros.learning.agreement_material import HeardHop, SeenHop
from av_fusion_ros.learning.agreement_reading import of_both, with_phonemes
from av_fusion_ros.model.checkpoint_file import read_checkpoint
from av_fusion_ros.model.senses import AUDIO, VISUAL
from av_fusion_ros.recognition.features import AudioFeature, VisualFeature
from av_fusion_ros.recognition.frozen_head import FrozenHead

MODEL = Path(__file__).resolve().parents[2] / 'models' / 'av_fusion.safetensors'
CLIPS, HOPS = 3, 6


def test_each_hop_has_what_is_read_of_the_stream_up_to_it():
    head = FrozenHead(read_checkpoint(MODEL)[0])
    given = np.random.default_rng(0).normal(size=(2, CLIPS, HOPS, head.size)).astype(np.float32)
    none = np.zeros(64, np.float32)
    heard = [
        [HeardHop(AudioFeature(0, 0, 0, e, 0.9, 0.9, 15.0, -30.0), none) for e in clip]
        for clip in given[0]
    ]
    seen = [[SeenHop(VisualFeature(0, 0, e, 1, 0.9), none) for e in clip] for clip in given[1]]
    assert of_both(heard[0][0], seen[0][0]) is None
    read = with_phonemes(Material(['a', 'b', 'c'], {'clean': heard}, {'good': seen}), head)
    whole = [
        np.exp(head.log_probs(given[sense].reshape(-1, head.size), sense)).reshape(CLIPS, HOPS, -1)
        for sense in (AUDIO, VISUAL)
    ]
    for clip in range(CLIPS):
        for hop in range(HOPS):
            found = of_both(read.heard['clean'][clip][hop], read.seen['good'][clip][hop])
            np.testing.assert_array_equal(found, [whole[0][clip, hop], whole[1][clip, hop]])
