# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A small untrained network with the real interface."""

from pathlib import Path

import pytest
import torch

from av_fusion_ros.model.checkpoint import save_network
from av_fusion_ros.model.network import AVNetwork
from av_fusion_ros.model.specification import Specification
from av_fusion_ros.recognition.backend import Backend
from av_fusion_ros.recognition.torch_backend import TorchBackend


@pytest.fixture(scope='session')
def spec() -> Specification:
    return Specification(
        model_id='test',
        feature_size=32,
        latent_size=16,
        visual_channels=(4, 8, 8, 8),
        audio_channels=(4, 8, 8, 8),
    )


@pytest.fixture(scope='session')
def network(spec: Specification) -> AVNetwork:
    torch.manual_seed(0)
    return AVNetwork(spec).eval()


@pytest.fixture(scope='session')
def backend(network: AVNetwork) -> Backend:
    return TorchBackend(network)


@pytest.fixture
def checkpoint(tmp_path: Path, network: AVNetwork) -> Path:
    """The network's file, in a folder of its own."""
    path = tmp_path / 'some.safetensors'
    save_network(path, network)
    return path
