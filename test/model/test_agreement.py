# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The two forms of the agreement loss: what each computes, and which temperature can learn."""

import pytest
import torch
import torch.nn.functional as F

from av_fusion_ros.model.agreement import LOSSES, Agreement, ArticleBce, DynamicBce
from av_fusion_ros.model.network import AVNetwork
from av_fusion_ros.model.specification import AGREEMENT_FORMS, Specification


def windows(n=6, size=8):
    """Seen and heard embeddings that agree somewhat, and labels of which two are equal."""
    generator = torch.Generator().manual_seed(0)
    shared = torch.randn(n, size, generator=generator)
    visual = shared + 0.5 * torch.randn(n, size, generator=generator)
    audio = shared + 0.5 * torch.randn(n, size, generator=generator)
    return visual, audio, torch.tensor([0, 1, 2, 2, *range(3, n - 1)])


def step(loss, lr=0.02):
    """One step by an optimiser that was given the parameters before the first forward."""
    optimizer = torch.optim.SGD(loss.parameters(), lr=lr)
    for _ in range(5):
        optimizer.zero_grad()
        loss(*windows()).backward()
        optimizer.step()


def test_the_article_form_is_the_mean_cross_entropy_of_scaled_dot_products():
    visual, audio, labels = windows()
    expected = 0.0
    for i in range(6):
        for j in range(6):
            target = (labels[i] == labels[j]).float()
            expected += F.binary_cross_entropy(torch.sigmoid(visual[i] @ audio[j] / 0.7), target)
    loss = ArticleBce(temperature=0.7)
    assert torch.isclose(loss(visual, audio, labels), expected / 36, rtol=1e-4)


def test_the_article_form_has_no_bias():
    assert [name for name, _ in ArticleBce().named_parameters()] == ['temperature']


def test_recreating_the_temperature_keeps_the_optimiser_from_ever_moving_it():
    article, dynamic = ArticleBce(0.5), DynamicBce(0.5)
    given = article.temperature
    step(article)
    step(dynamic)
    assert article.temperature is not given
    assert article.temperature.item() == given.item() == 0.5
    assert dynamic.temperature.item() != 0.5


def test_the_article_form_clamps_its_temperature():
    for given, used in ((7.0, 1.0), (-1.0, 0.01)):
        loss = ArticleBce(given)
        assert loss.temperature_in_use().item() == pytest.approx(used)
        loss(*windows())
        assert loss.temperature.item() == pytest.approx(used)


def test_only_the_article_form_is_moved_by_the_length_of_embeddings():
    visual, audio, labels = windows()
    for loss, moved in ((DynamicBce(), False), (ArticleBce(), True)):
        same = torch.isclose(loss(visual, audio, labels), loss(3 * visual, audio, labels))
        assert bool(same) != moved


def test_the_loss_of_embeddings_is_that_of_their_similarities():
    visual, audio, labels = windows()
    for form in LOSSES.values():
        loss = form()
        similarity = loss.comparable(visual) @ loss.comparable(audio).T
        by_hand = loss.of_similarities(similarity, labels)
        assert torch.isclose(by_hand, loss(visual, audio, labels))


@pytest.mark.parametrize('form', AGREEMENT_FORMS)
@torch.no_grad()
def test_the_running_logit_is_that_of_the_pooled_window(form):
    torch.manual_seed(0)
    agreement = Agreement(latent_size=8, window=5, size=4, form=form)
    audio, visual = torch.randn(2, 5, 8), torch.randn(2, 5, 8)
    logit, _ = agreement(audio, visual, agreement.initial_state(2))
    heard, seen = agreement.project(audio, visual).mean(1).chunk(2, -1)
    loss = agreement.loss
    similarity = (loss.comparable(heard) * loss.comparable(seen)).sum(-1)
    assert torch.allclose(logit[:, -1], loss.logits(similarity), atol=1e-5)


def test_the_specification_chooses_the_form_and_refuses_others():
    assert set(AGREEMENT_FORMS) == set(LOSSES)
    small = {'feature_size': 16, 'latent_size': 4, 'visual_channels': (2, 2, 2, 2)}
    for form, loss in LOSSES.items():
        network = AVNetwork(Specification(agreement_form=form, **small))
        assert isinstance(network.agreement.loss, loss)
    with pytest.raises(ValueError, match='agreement_form'):
        Specification(agreement_form='static')
