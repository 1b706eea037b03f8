# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A training run is the same by seed, and goes on where it was interrupted."""

import csv

import numpy as np
import pytest
import torch
from lightning_fabric import Fabric
from one_machine import SPEC, clip, small_maker

from av_fusion_ros.learning.batches import stack
from av_fusion_ros.learning.training import TrainableNetwork, TrainingSettings, train


def trained(folder, steps, seed=3):
    """The weights after a run of ``steps`` in ``folder``, from the same initial weights."""
    clips = [clip(i) for i in range(4)]
    maker = small_maker()
    validation = {'clean': [stack([maker.make_plain(np.random.default_rng(0), clips[0], None)])]}
    torch.manual_seed(0)
    network = TrainableNetwork(SPEC)
    settings = TrainingSettings(steps=steps, seed=seed, warmup_steps=1, precision='32-true')
    fabric = Fabric(accelerator='cpu', devices=1, precision='32-true')
    fabric.launch()
    train(network, maker, [(clips, 2)], validation, settings, folder, fabric)
    return {name: value.clone() for name, value in network.state_dict().items()}


def same(a, b):
    return all(torch.equal(a[name], b[name]) for name in a)


def steps_of(folder):
    with (folder / 'curves.csv').open(newline='') as stream:
        return [int(row['step']) for row in csv.DictReader(stream)]


@pytest.fixture(scope='module')
def first(tmp_path_factory):
    folder = tmp_path_factory.mktemp('first')
    return folder, trained(folder, 3)


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(first, tmp_path):
    assert same(first[1], trained(tmp_path / 'again', 3))
    assert not same(first[1], trained(tmp_path / 'other', 3, seed=4))


def test_an_interrupted_run_goes_on_from_its_last_step(first, tmp_path):
    folder, weights = first
    assert steps_of(folder) == [3]
    further = trained(folder, 5)
    assert steps_of(folder) == [3, 5]
    assert not same(weights, further)
    # What is finished is loaded, not trained again.
    assert same(further, trained(folder, 5))
    assert steps_of(folder) == [3, 5]
