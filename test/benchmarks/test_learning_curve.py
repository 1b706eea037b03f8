# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The learning curve: nested shares, its line, and one sense learning without the other."""

from argparse import Namespace
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from lightning_fabric import Fabric

from av_fusion_ros.learning.batches import ExampleMaker, stack
from av_fusion_ros.learning.corpus import Clip, Word
from av_fusion_ros.learning.mixing import NoiseSource
from av_fusion_ros.learning.objective import LossWeights
from av_fusion_ros.learning.pronouncing import pronounce
from av_fusion_ros.model.network import AUDIO, VISUAL
from av_fusion_ros.model.specification import Specification
from benchmarks.learning_curve import OneSense, beginner, enough, kept_keys, power_law, trained

KEYS = [f'speaker{number}' for number in range(40)] * 2
RNG = np.random.default_rng(0)
CLIP = Clip(
    name='go',
    speaker='one',
    samples=RNG.integers(-3000, 3000, 16000).astype(np.int16),
    words=(Word('go', 0.3, 0.6),),
    crops=RNG.integers(0, 255, (25, 64, 64)).astype(np.uint8),
    found=np.ones(25, bool),
)


def test_a_smaller_share_is_part_of_every_larger_one():
    shares = [kept_keys(KEYS, share) for share in (0.125, 0.25, 0.5, 1.0)]
    assert [len(kept) for kept in shares] == [5, 10, 20, 40]
    assert all(small < large for small, large in pairwise(shares))


def test_the_line_finds_the_law_that_errors_follow_and_what_it_asks_for():
    counts = [74, 148, 296, 592]
    errors = [2.0 * count**-0.5 for count in counts]
    assert power_law(counts, errors) == pytest.approx((2.0, 0.5))
    assert enough(counts, errors, 0.02) == ('10000 (twice as many take away 29 % of the errors)')


@pytest.mark.parametrize('errors', [[0.1, 0.1, 0.12], [0.3, 0.31, 0.2]])
def test_errors_that_do_not_fall_with_every_step_are_not_extrapolated(errors):
    assert enough([100, 200, 400], errors, 0.02).startswith('cannot be told')


def test_two_points_are_not_extrapolated():
    assert enough([100, 200], [0.2, 0.1], 0.02).startswith('cannot be told')


@pytest.mark.parametrize(('sense', 'other'), [(AUDIO, 'visual'), (VISUAL, 'audio')])
def test_one_sense_learns_and_the_other_does_not(sense, other):
    spec = Specification()
    maker = ExampleMaker(spec, pronounce, NoiseSource([], []), 34)
    batch = stack([maker.make_plain(np.random.default_rng(0), CLIP, None)] * 2)
    torch.manual_seed(0)
    network = OneSense(spec, sense)
    total, parts = network.loss_on(batch, LossWeights(), 1.0)
    total.backward()
    assert all(bool(part > 0) for part in parts.values())
    learns = {name.split('.')[0] for name, p in network.named_parameters() if p.grad is not None}
    mine = 'audio' if sense == AUDIO else 'visual'
    assert {mine, 'distiller', 'head'} <= learns
    assert other not in learns


def test_a_run_goes_on_from_what_it_is_given_and_is_not_made_twice(tmp_path):
    clip = replace(CLIP, crops=None, found=None, timed=False)
    args = Namespace(steps=1, seed=1, output=tmp_path, sense='ear')
    fabric = Fabric(accelerator='cpu', devices=1)
    sources, noise = [([clip], 2)], NoiseSource([], [clip.samples / np.float32(32768)])
    start = beginner(AUDIO, 3)
    weights = {name: p.detach().clone() for name, p in start.audio.named_parameters()}
    once = trained('words', start, sources, noise, args, fabric)
    learnt = dict(once.audio.named_parameters())
    # One step, at the rate that the warm-up begins with, of a rule whose steps are as long as it.
    assert 0 < max(float((learnt[n].detach() - weights[n]).abs().max()) for n in weights) < 1e-4
    again = dict(
        trained('words', beginner(AUDIO, 4), sources, noise, args, fabric).named_parameters()
    )
    assert all(torch.equal(p, again[name]) for name, p in once.named_parameters())
