# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A checkpoint says what it is, and a bad one says what is wrong."""

import re

import pytest
import torch
from safetensors.torch import save_file

from av_fusion_ros.model.checkpoint import CheckpointError, load_network, save_network
from av_fusion_ros.model.network import AVNetwork
from av_fusion_ros.model.specification import Specification

SMALL = Specification(
    model_id='small', feature_size=32, latent_size=8, visual_channels=(4, 4, 8, 8)
)


def test_saved_and_loaded_it_is_the_same_network(tmp_path):
    torch.manual_seed(0)
    network = AVNetwork(SMALL).eval()
    save_network(tmp_path / 'n.safetensors', network)
    loaded, spec = load_network(tmp_path / 'n.safetensors')
    assert spec == SMALL
    assert not loaded.training
    crops = torch.rand(1, 1, 3, 48, 48)
    with torch.no_grad():
        expected, _ = network.visual(crops, network.visual.initial_state(1))
        got, _ = loaded.visual(crops, loaded.visual.initial_state(1))
    # Matrices are stored in half precision.
    assert (got - expected).abs().max() < 2e-3


def test_a_missing_file_says_how_to_get_one(tmp_path):
    with pytest.raises(CheckpointError, match=r'no checkpoint at .*av-fusion train'):
        load_network(tmp_path / 'absent.safetensors')


@pytest.mark.parametrize('keep', [0, 5, 2000])
def test_a_damaged_file_is_refused(tmp_path, keep):
    path = tmp_path / 'n.safetensors'
    save_network(path, AVNetwork(SMALL))
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(CheckpointError, match=re.escape(str(path))):
        load_network(path)


def test_a_file_of_another_kind_is_refused(tmp_path):
    path = tmp_path / 'other.safetensors'
    save_file({'x': torch.zeros(1)}, str(path), {'format': 'pt'})
    with pytest.raises(CheckpointError, match="format 'pt'"):
        load_network(path)


def test_weights_that_do_not_fit_their_specification_are_refused(tmp_path):
    path = tmp_path / 'n.safetensors'
    network = AVNetwork(SMALL)
    del network.snr
    save_network(path, network)
    with pytest.raises(CheckpointError, match='does not fit its specification'):
        load_network(path)
