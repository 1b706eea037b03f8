# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Training the part after the streams: the shipped loss without the agreement and SNR terms."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from av_fusion_ros.learning.objective import LossWeights
from av_fusion_ros.model.distiller import kl_to_standard_normal
from benchmarks.ablations.fusion_model import (
    AUDIO,
    VARIANTS,
    VISUAL,
    FusionModel,
    TwoLatents,
)
from benchmarks.ablations.optimising import batch_order, optimise
from benchmarks.ablations.stream_outputs import TrainingOutputs
from benchmarks.ablations.tracking import Track

BATCH = 24
KL_FULL_AT = 0.3  # share of the run after which the KL term counts in full


def train_fusion(
    name: str, data: TrainingOutputs, latent_size: int, n_steps: int, seed: int, track: Track
) -> FusionModel:
    """One arm, from scratch. A seed draws the same batches for every arm."""
    torch.manual_seed(seed)
    model = FusionModel(VARIANTS[name], data.heard.shape[-1], latent_size)
    weights = LossWeights()
    step = 0

    def loss_of(rows: Tensor) -> Tensor:
        nonlocal step
        kl_share = min(1.0, step / max(1.0, KL_FULL_AT * n_steps))
        step += 1
        return fusion_loss(model, data.rows(rows), weights, kl_share)

    order = batch_order(len(data.heard), BATCH, n_steps, seed)
    optimise(model, loss_of, track(order, f'{name}, seed {seed}'), n_steps, half=True)
    return model


def fusion_loss(
    model: FusionModel, batch: TrainingOutputs, weights: LossWeights, kl_share: float
) -> Tensor:
    """Phonemes by both senses, by ear and by eye, each through the fusion; then the distiller's."""
    latents = model.encode(batch.heard, batch.seen)
    present = torch.stack((batch.ear, batch.eye), -1)
    # A hop with no sense at all would train the head on nothing.
    present[..., AUDIO] |= ~present.any(-1)
    evidence = model.evidence(batch.snr_estimate_db, batch.snr_db, batch.quality)
    alone = [torch.zeros_like(present) for _ in range(2)]
    for sense in (AUDIO, VISUAL):
        alone[sense][..., sense] = True
    fused = [model.fuse(latents, which, evidence) for which in (present, *alone)]
    log_probs, per_hop = (part.chunk(3) for part in model.name_phonemes(torch.cat(fused)))
    labels, lips = batch.labels, batch.readable
    loss = weights.fused * labels.loss(log_probs[0], per_hop[0])
    loss = loss + weights.audio * labels.loss(log_probs[1], per_hop[1])
    loss = loss + weights.visual * labels.rows(lips).loss(log_probs[2][lips], per_hop[2][lips])
    if not model.variant.distilled:
        return loss
    loss = loss + weights.kl * kl_share * _kl(latents, lips)
    return loss + weights.reconstruction * _reconstruction(model, batch, latents)


def _kl(latents: TwoLatents, lips: Tensor) -> Tensor:
    """Nats per hop, of both senses; the picture's only where lips can be read."""
    kl = kl_to_standard_normal(latents.mean.float(), latents.log_variance.float()).sum(-1)
    seen = kl[:, :, VISUAL][lips]
    return kl[:, :, AUDIO].mean() + (seen.mean() if len(seen) else 0.0)


def _reconstruction(model: FusionModel, batch: TrainingOutputs, latents: TwoLatents) -> Tensor:
    """Squared error of rebuilding each sense's whitened features from either latent."""
    lips = batch.readable
    truth = [_white(features[lips]) for features in (batch.heard, batch.seen)]
    errors = [
        F.mse_loss(
            model.distiller.decode(latents.sample[lips][:, :, source], target), truth[target]
        )
        for source in (AUDIO, VISUAL)
        for target in (AUDIO, VISUAL)
    ]
    return torch.stack(errors).mean() if bool(lips.any()) else latents.sample.new_zeros(())


def _white(features: Tensor) -> Tensor:
    """Zero mean and unit variance over clips and hops, so that both senses count alike."""
    flat = features.flatten(0, 1)
    return (features - flat.mean(0)) / (flat.std(0) + 1e-3)
