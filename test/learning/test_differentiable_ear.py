# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The numpy ear's likelihood and gradient against torch's automatic differentiation."""

import numpy as np
import pytest
import torch

from av_fusion_ros.learning.ctc import likelihood_and_gradient
from av_fusion_ros.learning.differentiable_ear import DifferentiableEar
from av_fusion_ros.model.network import AVNetwork
from av_fusion_ros.model.phonemes import N_CLASSES
from av_fusion_ros.model.senses import AUDIO
from av_fusion_ros.model.specification import Specification

HOPS = 30
TARGETS = np.array([3, 3, 17, 8, 25])


@pytest.fixture(scope='module')
def network():
    torch.manual_seed(1)
    made = AVNetwork(Specification())
    for module in made.modules():
        if isinstance(module, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2.0)
    # A fresh network's taps rest; these slide and are modulated.
    torch.nn.init.normal_(made.audio.deformable.controls.weight, 0, 0.3)
    torch.nn.init.normal_(made.audio.deformable.controls.bias, 0, 0.5)
    return made.eval().requires_grad_(False)


@pytest.fixture(scope='module')
def ear(network):
    return DifferentiableEar({k: v.numpy() for k, v in network.state_dict().items()})


def torch_likelihood(network, mel):
    features, _ = network.audio(mel.T[None, None], network.audio.initial_state(1))
    mean, _ = network.distiller.encode(features, AUDIO)
    log_probs = network.head(mean, network.head.initial_state(1))[0]
    return -torch.nn.functional.ctc_loss(
        log_probs.transpose(0, 1),
        torch.from_numpy(TARGETS)[None],
        torch.tensor([log_probs.shape[1]]),
        torch.tensor([len(TARGETS)]),
        reduction='sum',
        blank=0,
    )


def test_likelihood_and_gradient_by_log_mel_are_those_of_torch(network, ear):
    mel = (-4 + 4 * torch.randn(4 * HOPS, 64)).requires_grad_(True)
    expected = torch_likelihood(network, mel)
    expected.backward()
    found, gradient = ear.likelihood(mel.detach().numpy(), TARGETS)
    assert found == pytest.approx(expected.item(), rel=1e-4)
    by_torch = mel.grad.numpy()
    assert np.abs(by_torch).max() > 1e-5
    np.testing.assert_allclose(gradient, by_torch, atol=1e-3 * np.abs(by_torch).max())


def test_the_gradient_of_the_likelihood_is_its_slope():
    rng = np.random.default_rng(0)
    scores = rng.standard_normal((HOPS, N_CLASSES))
    found, gradient = likelihood_and_gradient(scores, TARGETS)
    direction = rng.standard_normal(scores.shape)
    moved, _ = likelihood_and_gradient(scores + 1e-5 * direction, TARGETS)
    assert (moved - found) / 1e-5 == pytest.approx((gradient * direction).sum(), rel=1e-3)


def test_what_does_not_fit_has_no_gradient():
    found, gradient = likelihood_and_gradient(np.zeros((3, N_CLASSES), np.float32), TARGETS)
    assert found == -np.inf
    assert not gradient.any()
