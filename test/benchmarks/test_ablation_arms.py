# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The arms of an ablation are equally large, differ in what they say they do, and learn."""

import pytest
import torch

from av_fusion_ros.learning.objective import LossWeights
from av_fusion_ros.model.agreement import Agreement
from av_fusion_ros.model.phonemes import N_CLASSES
from benchmarks.ablations import agreement_training
from benchmarks.ablations.deformable_runs import MIDDLE_CHANNELS, Listener, specification
from benchmarks.ablations.fusion_model import AUDIO, VARIANTS, VISUAL, FusionModel
from benchmarks.ablations.fusion_training import fusion_loss
from benchmarks.ablations.optimising import batch_order, n_parameters, optimise
from benchmarks.ablations.phoneme_labels import LONGEST
from benchmarks.ablations.stream_outputs import TrainingOutputs
from benchmarks.ablations.windows import WINDOW

FEATURES, LATENT, HOPS, CLIPS = 16, 64, 75, 6


def outputs(clips=CLIPS):
    """Features of clips in which each phoneme has a direction of its own, seen and heard."""
    generator = torch.Generator().manual_seed(0)
    directions = torch.randn(N_CLASSES, FEATURES, generator=generator)
    targets = torch.zeros(clips, LONGEST, dtype=torch.long)
    targets[:, :5] = torch.randint(1, N_CLASSES, (clips, 5), generator=generator)
    per_hop = torch.zeros(clips, HOPS, dtype=torch.long)
    allowed = torch.zeros(clips, HOPS, N_CLASSES, dtype=torch.bool)
    allowed[..., 0] = True
    for clip in range(clips):
        for place in range(5):
            at = slice(10 * place + 5, 10 * place + 12)
            per_hop[clip, at] = targets[clip, place]
            allowed[clip, at, targets[clip, place]] = True
    heard, seen = (
        (directions[per_hop] + 0.3 * torch.randn(clips, HOPS, FEATURES, generator=generator)).half()
        for _ in range(2)
    )
    return TrainingOutputs(
        heard=heard,
        seen=seen,
        snr_estimate_db=torch.zeros(clips, HOPS),
        snr_db=torch.full((clips,), 10.0),
        quality=torch.ones(clips),
        ear=torch.ones(clips, HOPS, dtype=torch.bool),
        eye=torch.ones(clips, HOPS, dtype=torch.bool),
        readable=torch.ones(clips, dtype=torch.bool),
        per_hop=per_hop,
        targets=targets,
        lengths=torch.full((clips,), 5),
        allowed=allowed,
    )


def model(name, features=FEATURES):
    torch.manual_seed(0)
    return FusionModel(VARIANTS[name], features, LATENT)


def test_all_arms_of_a_family_are_equally_large():
    fusions = [n_parameters(model(name, features=256)) for name in VARIANTS]
    assert max(fusions) / min(fusions) < 1.001
    listeners = [n_parameters(Listener(specification(form))) for form in MIDDLE_CHANNELS]
    assert max(listeners) / min(listeners) < 1.0005


@torch.no_grad()
@pytest.mark.parametrize('name', VARIANTS)
def test_an_absent_sense_does_not_reach_the_fused_latent(name):
    arm = model(name).eval()
    data = outputs().rows(torch.arange(CLIPS))
    present = torch.ones(CLIPS, HOPS, 2, dtype=torch.bool)
    present[..., VISUAL] = False
    evidence = arm.evidence(data.snr_estimate_db, data.snr_db, data.quality)
    before = arm.fuse(arm.encode(data.heard, data.seen), present, evidence)
    after = arm.fuse(arm.encode(data.heard, data.seen + 9), present, evidence)
    assert torch.equal(before, after)
    assert not torch.equal(
        before, arm.fuse(arm.encode(data.heard + 9, data.seen), present, evidence)
    )


@torch.no_grad()
def test_each_arm_is_told_what_it_says():
    data = outputs().rows(torch.arange(CLIPS))
    moved = {
        'estimate': (data.snr_estimate_db + 15, data.snr_db, data.quality),
        'truth': (data.snr_estimate_db, data.snr_db + 15, data.quality),
        'quality': (data.snr_estimate_db, data.snr_db, data.quality - 1),
    }
    listened_to = {}
    for name in VARIANTS:
        arm = model(name).eval()
        latents = arm.encode(data.heard, data.seen)
        present = torch.ones(CLIPS, HOPS, 2, dtype=torch.bool)
        base = arm.fuse(
            latents, present, arm.evidence(data.snr_estimate_db, data.snr_db, data.quality)
        )
        listened_to[name] = {
            what
            for what, told in moved.items()
            if not torch.allclose(base, arm.fuse(latents, present, arm.evidence(*told)))
        }
    assert listened_to == {
        'gate': {'estimate', 'quality'},
        'concatenation': set(),
        'concatenation with evidence': {'estimate', 'quality'},
        'no distiller': {'estimate', 'quality'},
        'concatenation, no distiller': set(),
        'oracle SNR': {'truth', 'quality'},
        'no SNR': {'quality'},
        'fixed weights': set(),
    }


@pytest.mark.parametrize('name', ['gate', 'concatenation', 'no distiller'])
def test_every_fusion_learns_to_name_what_is_said(name):
    arm, data = model(name), outputs()
    losses = []

    def loss_of(rows):
        loss = fusion_loss(arm, data.rows(rows), LossWeights(), kl_share=1.0)
        losses.append(float(loss.detach()))
        return loss

    optimise(arm, loss_of, batch_order(CLIPS, CLIPS, 25, seed=1), 25, half=False)
    assert losses[-1] < 0.6 * losses[0]


def test_only_the_distilled_arms_train_their_decoders():
    for name, variant in VARIANTS.items():
        arm = model(name)
        data = outputs().rows(torch.arange(CLIPS))
        fusion_loss(arm, data, LossWeights(), kl_share=1.0).backward()
        trained = [p.grad is not None for p in arm.distiller.decoders.parameters()]
        assert all(trained) if variant.distilled else not any(trained)


def test_single_senses_are_trained_through_the_fusion():
    arm = model('concatenation')
    data = outputs().rows(torch.arange(CLIPS))
    data.eye[:] = False
    fusion_loss(arm, data, LossWeights(), kl_share=0.0).backward()
    seen = arm.distiller.encoders[VISUAL].weight.grad[:LATENT]
    heard = arm.distiller.encoders[AUDIO].weight.grad[:LATENT]
    assert seen.abs().sum() > 0
    assert heard.abs().sum() > 0


def test_the_agreement_losses_begin_alike_and_only_the_dynamic_one_moves_its_temperature():
    data = outputs(clips=24)
    ends = {}
    for name in agreement_training.VARIANTS:
        arm = agreement_training.train_agreement(name, data, 3, 1, lambda items, _: items)
        assert isinstance(arm, Agreement)
        assert arm.window == WINDOW
        temperature = getattr(arm.loss, 'temperature', None)
        ends[name] = None if temperature is None else temperature.item()
    assert ends['static cross entropy'] is None
    assert ends['static BCE'] == pytest.approx(agreement_training.TEMPERATURE)
    assert ends['article form'] == pytest.approx(agreement_training.TEMPERATURE)
    assert ends['dynamic BCE'] != pytest.approx(agreement_training.TEMPERATURE)


def test_an_order_of_batches_takes_every_row_before_any_again_and_repeats_by_seed():
    order = batch_order(n=10, size=4, n_steps=5, seed=3)
    assert sorted(torch.cat(order)[:10].tolist()) == list(range(10))
    assert [len(rows) for rows in order] == [4] * 5
    again, other = (batch_order(10, 4, 5, seed) for seed in (3, 4))
    assert torch.equal(torch.cat(order), torch.cat(again))
    assert not torch.equal(torch.cat(order), torch.cat(other))
