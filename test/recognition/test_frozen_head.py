# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The numpy copy of distiller and head against torch, which is an independent oracle."""

import numpy as np
import pytest
import torch

from av_fusion_ros.learning.ctc import log_likelihood
from av_fusion_ros.model.network import AVNetwork
from av_fusion_ros.model.phonemes import N_CLASSES
from av_fusion_ros.model.senses import AUDIO, VISUAL
from av_fusion_ros.model.specification import Specification
from av_fusion_ros.recognition.frozen_head import FrozenHead

HOPS = 40
TARGETS = np.array([3, 3, 17, 8, 25])


@pytest.fixture(scope='module')
def network():
    torch.manual_seed(1)
    made = AVNetwork(Specification())
    for block in made.head.context.blocks:
        block.norm.running_mean.normal_()
        block.norm.running_var.uniform_(0.5, 2.0)
    return made.eval().requires_grad_(False)


@pytest.fixture(scope='module')
def head(network):
    return FrozenHead({k: v.numpy() for k, v in network.state_dict().items()})


def torch_log_probs(network, embeddings, sense):
    mean, _ = network.distiller.encode(embeddings[None], sense)
    return network.head(mean, network.head.initial_state(1))[0][0]


@pytest.mark.parametrize('sense', [AUDIO, VISUAL])
def test_log_probabilities_are_those_of_torch(network, head, sense):
    embeddings = torch.randn(HOPS, head.size)
    expected = torch_log_probs(network, embeddings, sense).numpy()
    np.testing.assert_allclose(head.log_probs(embeddings.numpy(), sense), expected, atol=2e-4)


def test_the_likelihood_is_that_of_torch():
    log_probs = torch.randn(HOPS, N_CLASSES).log_softmax(-1)
    loss = torch.nn.functional.ctc_loss(
        log_probs[:, None],
        torch.from_numpy(TARGETS)[None],
        torch.tensor([HOPS]),
        torch.tensor([len(TARGETS)]),
        reduction='sum',
        blank=0,
    )
    assert -log_likelihood(log_probs.numpy(), TARGETS) == pytest.approx(loss.item(), rel=1e-4)


def test_targets_that_do_not_fit_are_impossible():
    assert log_likelihood(np.full((3, N_CLASSES), -3.0, np.float32), TARGETS) == -np.inf
