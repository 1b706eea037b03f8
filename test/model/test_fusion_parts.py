# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Gate, distiller and dynamic BCE each against what defines them."""

import torch
import torch.nn.functional as F

from av_fusion_ros.model.agreement import DynamicBce
from av_fusion_ros.model.distiller import Distiller, kl_to_standard_normal
from av_fusion_ros.model.gate import Gate


@torch.no_grad()
def test_weights_sum_to_one_over_the_senses_present_and_absent_ones_are_exactly_zero():
    torch.manual_seed(0)
    gate = Gate()
    present = torch.tensor(
        [[a, v, x] for a in (0, 1) for v in (0, 1) for x in (0, 1)], dtype=torch.bool
    )[:, None]
    weights = gate(torch.randn(8, 1, 3) * 3, torch.randn(8, 1, 3), present)
    assert torch.equal(weights[~present], torch.zeros(int((~present).sum())))
    totals = weights.sum(-1)[:, 0]
    assert totals[0] == 0
    assert (totals[1:] - 1).abs().max() < 1e-6


@torch.no_grad()
def test_evidence_of_an_absent_sense_does_not_matter():
    gate = Gate()
    present = torch.tensor([[[True, False, True]]])
    evidence, certainty = torch.randn(1, 1, 3), torch.randn(1, 1, 3)
    before = gate(evidence, certainty, present)
    evidence[..., 1] += 50
    assert torch.equal(before, gate(evidence, certainty, present))


@torch.no_grad()
def test_a_share_scales_a_weight_before_the_weights_are_made_to_sum_to_one():
    gate = Gate()
    evidence, certainty = torch.randn(4, 5, 3), torch.randn(4, 5, 3)
    whole = gate(evidence, certainty, torch.ones(4, 5, 3, dtype=torch.bool))
    share = torch.rand(4, 5, 3)
    share[..., 2] = 0
    shared = gate(evidence, certainty, share)
    only = gate(evidence, certainty, share > 0)
    assert torch.equal(gate(evidence, certainty, torch.ones(4, 5, 3)), whole)
    assert torch.allclose(shared, only * share / (only * share).sum(-1, keepdim=True))
    assert bool((shared[..., 2] == 0).all())


def test_dynamic_bce_is_the_pairwise_sigmoid_loss():
    torch.manual_seed(0)
    loss = DynamicBce(temperature=0.2, bias=-3.0)
    visual, audio = torch.randn(5, 8), torch.randn(5, 8)
    labels = torch.tensor([0, 1, 1, 2, 3])
    expected = 0.0
    for i in range(5):
        for j in range(5):
            similarity = F.cosine_similarity(visual[i], audio[j], dim=0)
            target = (labels[i] == labels[j]).float()
            expected += F.binary_cross_entropy_with_logits(similarity / 0.2 - 3.0, target)
    assert torch.isclose(loss(visual, audio, labels), expected / 5, rtol=1e-5)


def test_the_temperature_is_one_parameter_that_moves_and_is_clamped_in_use():
    loss = DynamicBce(temperature=0.5)
    held = loss.temperature
    optimizer = torch.optim.SGD(loss.parameters(), lr=0.05)
    embedding = torch.eye(4)
    for _ in range(20):
        optimizer.zero_grad()
        loss(embedding, embedding, torch.arange(4)).backward()
        optimizer.step()
    assert loss.temperature is held
    assert held.item() != 0.5
    with torch.no_grad():
        held.fill_(7.0)
        assert loss.temperature_in_use() == 1.0
        held.fill_(-7.0)
        assert torch.isclose(loss.temperature_in_use(), torch.tensor(0.01))


def test_kl_agrees_with_torch_distributions():
    mean, log_variance = torch.randn(6, 4), torch.randn(6, 4)
    expected = torch.distributions.kl_divergence(
        torch.distributions.Normal(mean, torch.exp(0.5 * log_variance)),
        torch.distributions.Normal(0.0, 1.0),
    )
    assert torch.allclose(kl_to_standard_normal(mean, log_variance), expected, atol=1e-5)


def test_the_latent_is_random_in_training_and_its_mean_in_use():
    distiller = Distiller(16, 4)
    mean, log_variance = distiller.encode(torch.randn(2, 3, 16), 0)
    assert torch.equal(distiller.eval().sample(mean, log_variance), mean)
    distiller.train()
    assert not torch.equal(distiller.sample(mean, log_variance), mean)
