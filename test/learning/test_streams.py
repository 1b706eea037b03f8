# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Clips heard one after another: state is carried, what is spotted is laid beside the truth."""

import numpy as np
import pytest
import torch

from av_fusion_ros.learning.batches import ExampleMaker, stack
from av_fusion_ros.learning.corpus import Clip, Word
from av_fusion_ros.learning.mixing import NoiseSource
from av_fusion_ros.learning.streams import (
    Lane,
    Spoken,
    Voice,
    lanes_of,
    run_lanes,
    spoken_between,
    spot,
)
from av_fusion_ros.model.network import AVNetwork
from av_fusion_ros.model.phonemes import CLASS_OF
from av_fusion_ros.model.specification import Specification
from av_fusion_ros.recognition.grammar import compile_grammar
from av_fusion_ros.recognition.vocabulary import parse_vocabulary

SPEC = Specification(feature_size=32, latent_size=8, visual_channels=(4, 4, 8, 8))
PRONOUNCE = {'go': ['G', 'OW'], 'left': ['L', 'EH', 'F', 'T']}.__getitem__
HOPS = 20


def clip(seed):
    rng = np.random.default_rng(seed)
    samples = rng.normal(0, 3000, HOPS * 640).astype(np.int16)
    crops = rng.integers(0, 255, (HOPS, 64, 64)).astype(np.uint8)
    return Clip(f'c{seed}', 's', samples, (Word('go', 0.2, 0.5),), crops, np.ones(HOPS, bool))


def test_a_lane_is_heard_as_one_stream_whatever_its_cuts():
    torch.manual_seed(0)
    network = AVNetwork(SPEC).eval()
    maker = ExampleMaker(SPEC, PRONOUNCE, NoiseSource([], []), HOPS)
    lanes = [[clip(0), clip(1)], [clip(2), clip(3)]]
    heard = run_lanes(network, maker, lanes, None, seed=0)
    rng = np.random.default_rng(0)
    first, second = (
        stack([maker.make_plain(rng, lane[place], None) for lane in lanes]) for place in (0, 1)
    )
    mel = torch.cat((first.mel, second.mel), 3)
    crops = torch.cat((first.crops, second.crops), 2)
    with torch.inference_mode():
        audio, _ = network.audio(mel, network.audio.initial_state(2))
        visual, _ = network.visual(crops, network.visual.initial_state(2))
        present = torch.tensor([True, False, False]).expand(2, 2 * HOPS, 3)
        evidence = torch.zeros(2, 2 * HOPS, 3)
        whole = network.fuse(
            torch.stack((audio, visual, visual), 2), present, evidence, network.fusion_state(2)
        )[0]
    for index in range(2):
        streamed = np.concatenate(heard['audio'][index].log_probs)
        assert np.allclose(streamed, whole[index].numpy(), atol=1e-4)
    assert [s.first for s in heard['fused'][0].spoken] == [5, 25]
    assert heard['fused'][0].hours == pytest.approx(2 * HOPS * 0.04 / 3600)


def test_the_estimator_of_the_snr_goes_on_from_clip_to_clip():
    class Estimator:
        def __init__(self):
            self.begun = []

        def initial_state(self, streams):
            return np.zeros((streams, 1), np.float32)

        def estimate(self, features, mel, state):
            self.begun.append(float(state[0, 0]))
            streams, hops = features.shape[:2]
            assert mel.shape == (streams, 1, 64, 4 * hops)
            return np.full((streams, hops), 20, np.float32), state + hops

    network = AVNetwork(SPEC).eval()
    maker = ExampleMaker(SPEC, PRONOUNCE, NoiseSource([], []), HOPS)
    estimator = Estimator()
    run_lanes(network, maker, [[clip(0), clip(1)]], None, seed=0, snr=estimator)
    assert estimator.begun == [0, HOPS]


def test_lanes_share_the_clips_out_without_repeating_any():
    clips = [clip(seed) for seed in range(7)]
    lanes = lanes_of(clips, 3, seed=1)
    names = [c.name for lane in lanes for c in lane]
    assert [len(lane) for lane in lanes] == [2, 2, 2]
    assert len(set(names)) == 6


def test_an_utterance_belongs_to_what_was_said_for_half_of_it():
    spoken = [Spoken('go', 10, 20), Spoken('left', 30, 50)]
    assert spoken_between(spoken, 12, 22) == spoken[0]
    assert spoken_between(spoken, 21, 29) is None
    assert spoken_between(spoken, 25, 44) == spoken[1]
    assert spoken_between([], 0, 5) is None


def test_what_is_spotted_is_right_only_where_it_was_said():
    grammar = compile_grammar(parse_vocabulary({'language': 'en-US', 'commands': ['go', 'left']}))
    log_probs = np.full((60, 40), -12.0, np.float32)
    log_probs[:, 0] = 0.0
    for first in (10, 40):  # "go" is heard twice, and said once
        for offset, phoneme in enumerate(('G', 'OW')):
            hops = slice(first + 3 * offset, first + 3 * offset + 3)
            log_probs[hops, 0] = -12.0
            log_probs[hops, CLASS_OF[phoneme]] = 0.0
    quiet = [np.zeros(len(part), bool) for part in (log_probs[:30], log_probs[30:])]
    lane = Lane([Spoken('go', 8, 14)], [log_probs[:30], log_probs[30:]], quiet)
    found = list(spot(grammar, lane, delay_s=0.0))
    assert [one.heard for one in found] == ['go', 'go']
    assert [one.right for one in found] == [True, False]
    assert found[0].evidence.phonemes == 2


def test_after_a_word_a_lane_falls_quiet_and_in_noise_it_is_not_known():
    rng = np.random.default_rng(0)
    hops = 20
    samples = np.concatenate([rng.normal(0, 0.1, 10 * 640), np.zeros(11 * 640)]).astype(np.float32)
    clean, noisy = np.full(hops, 20.0), np.full(hops, 0.0)
    assert Voice().quiet(samples, clean)[13:].all()
    assert not Voice().quiet(samples, noisy).any()
