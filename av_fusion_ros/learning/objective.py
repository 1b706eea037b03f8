# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What training minimises, part by part."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from av_fusion_ros.learning.batches import Batch
from av_fusion_ros.learning.labels import NO_TARGET
from av_fusion_ros.model.distiller import kl_to_standard_normal
from av_fusion_ros.model.network import AUDIO, VISUAL, AVNetwork, Latents
from av_fusion_ros.model.phonemes import BLANK


@dataclass(slots=True)
class LossWeights:
    """How much each part counts."""

    fused: float = 1.0
    audio: float = 0.5
    visual: float = 0.7
    per_hop: float = 1.0
    kl: float = 2e-4
    reconstruction: float = 0.1
    agreement: float = 0.05
    snr: float = 0.3


def training_loss(
    network: AVNetwork, batch: Batch, weights: LossWeights, kl_share: float
) -> tuple[Tensor, dict[str, Tensor]]:
    """The weighted loss and its parts; ``kl_share`` in [0, 1] is the KL schedule."""
    size = len(batch.snr_db)
    heard, _ = network.audio(batch.mel, network.audio.initial_state(size))
    seen = _seen(network, batch, heard)
    snr_db = network.snr_db(heard)
    latents = network.latents(torch.stack((heard, seen, seen), 2))
    fused = _fused_latent(network, batch, latents, snr_db)

    video = batch.video_clean & batch.has_video
    always = torch.ones_like(video)
    parts = {}
    for name, latent, rows in (
        ('fused', fused, always),
        ('audio', latents.sample[:, :, AUDIO], always),
        ('visual', latents.sample[:, :, VISUAL], video),
    ):
        ctc, per_hop = phoneme_losses(network, batch, latent, rows)
        parts[name] = ctc
        parts[f'{name}_per_hop'] = per_hop

    parts['kl'] = _kl(latents, video)
    parts['reconstruction'] = _reconstruction(network, heard, seen, latents, video)
    parts['agreement'] = _agreement(network, latents, batch)
    parts['snr'] = _snr_loss(snr_db, batch)

    spoken = sum(
        getattr(weights, name) * (parts[name] + weights.per_hop * parts[f'{name}_per_hop'])
        for name in ('fused', 'audio', 'visual')
    )
    total = (
        spoken
        + weights.kl * kl_share * parts['kl']
        + weights.reconstruction * parts['reconstruction']
        + weights.agreement * parts['agreement']
        + weights.snr * parts['snr']
    )
    return total, {name: part.detach() for name, part in parts.items()}


def _seen(network: AVNetwork, batch: Batch, heard: Tensor) -> Tensor:
    """Visual features (B, n, D): zero for clips without a picture, which cost nothing."""
    rows = torch.nonzero(batch.has_video).squeeze(1)
    if len(rows) == 0:
        return torch.zeros_like(heard)
    seen, _ = network.visual(batch.crops[rows], network.visual.initial_state(len(rows)))
    return torch.zeros_like(heard, dtype=seen.dtype).index_copy(0, rows, seen)


def _fused_latent(network: AVNetwork, batch: Batch, latents: Latents, snr_db: Tensor) -> Tensor:
    """The gate's mixture; in some clips the picture comes as the roadside view."""
    size, hops = batch.seen.shape
    roadside = torch.rand(size, 1, device=batch.seen.device) < 0.15
    onboard = batch.seen & ~roadside
    present = torch.stack((batch.heard, onboard, batch.seen & roadside), 2)
    # A hop with no sense at all would train the head on nothing.
    present[..., AUDIO] |= ~present.any(-1)
    quality = batch.camera_quality[:, None].expand(size, hops)
    evidence = torch.stack((snr_db.detach() / 10, quality, quality), 2)
    weights = network.weights(latents, present, evidence)
    return (weights[..., None] * latents.sample).sum(2)


def phoneme_losses(
    network: AVNetwork, batch: Batch, latent: Tensor, rows: Tensor
) -> tuple[Tensor, Tensor]:
    """CTC loss per phoneme and cross entropy per hop, over the chosen clips."""
    size, hops = batch.per_hop.shape
    log_probs, per_hop, _ = network.head(latent, network.head.initial_state(size))
    log_probs, in_place = restrict(log_probs.float(), batch.allowed)
    ctc = F.ctc_loss(
        log_probs.transpose(0, 1),
        batch.targets,
        torch.full((size,), hops, dtype=torch.long, device=latent.device),
        batch.target_lengths,
        blank=BLANK,
        reduction='none',
        zero_infinity=True,
    )
    ctc = (ctc - in_place.sum(1)) / batch.target_lengths.clamp_min(1)
    chosen = rows.to(ctc.dtype)
    ctc = (ctc * chosen).sum() / chosen.sum().clamp_min(1)
    targets = torch.where(rows[:, None], batch.per_hop, NO_TARGET)
    if bool((targets == NO_TARGET).all()):
        return ctc, ctc.new_zeros(())
    return ctc, F.cross_entropy(per_hop.float().flatten(0, 1), targets.flatten())


def restrict(log_probs: Tensor, allowed: Tensor) -> tuple[Tensor, Tensor]:
    """Log-probabilities (B, n, classes) among what is allowed, and of it being allowed (B, n).

    Both parts add up to the likelihood of the allowed paths; torch's CTC needs the first
    normalised.
    """
    restricted = log_probs.masked_fill(~allowed, -1e4)
    in_place = restricted.logsumexp(-1)
    return restricted - in_place[..., None], in_place


def _kl(latents: Latents, video: Tensor) -> Tensor:
    """KL in nats per hop, of both senses."""
    kl = kl_to_standard_normal(latents.mean.float(), latents.log_variance.float()).sum(-1)
    visual = kl[:, :, VISUAL][video]
    return kl[:, :, AUDIO].mean() + (visual.mean() if len(visual) else kl.new_zeros(()))


def _reconstruction(
    network: AVNetwork, heard: Tensor, seen: Tensor, latents: Latents, video: Tensor
) -> Tensor:
    """Squared error of rebuilding each sense from its own latent and from the other's."""
    if not bool(video.any()):
        return heard.new_zeros(())
    truth = (_whiten(heard[video].detach()), _whiten(seen[video].detach()))
    loss = heard.new_zeros((), dtype=torch.float32)
    for source in (AUDIO, VISUAL):
        for target in (AUDIO, VISUAL):
            rebuilt = network.distiller.decode(latents.sample[:, :, source][video], target)
            loss = loss + F.mse_loss(rebuilt.float(), truth[target].float())
    return loss / 4


def _whiten(features: Tensor) -> Tensor:
    """Zero mean and unit variance over clips and hops, so that both senses count alike."""
    flat = features.flatten(0, 1)
    return (features - flat.mean(0)) / (flat.std(0) + 1e-3)


def _agreement(network: AVNetwork, latents: Latents, batch: Batch) -> Tensor:
    """Dynamic BCE over windows: two windows of each clip, each its own label.

    The other window of the same clip is the hard negative: same voice and face, other words.
    """
    window = network.agreement.window
    usable = batch.has_video & batch.video_clean & (batch.snr_db > -6)
    hops = batch.per_hop.shape[1]
    if int(usable.sum()) < 2 or hops < 2 * window:
        return latents.mean.new_zeros(())
    audio, visual = latents.mean[:, :, AUDIO][usable], latents.mean[:, :, VISUAL][usable]
    heard, seen = network.agreement.project(audio, visual).float().chunk(2, -1)
    first = int(torch.randint(0, hops - 2 * window + 1, ()))
    starts = (first, first + window)
    heard = torch.cat([heard[:, s : s + window].mean(1) for s in starts])
    seen = torch.cat([seen[:, s : s + window].mean(1) for s in starts])
    labels = torch.arange(len(heard), device=heard.device)
    loss: Tensor = network.agreement.loss(seen, heard, labels)
    return loss


def _snr_loss(snr_db: Tensor, batch: Batch) -> Tensor:
    """Huber error in units of 10 dB, from half a second on."""
    truth = batch.snr_db[:, None].expand_as(snr_db)
    return F.smooth_l1_loss(snr_db[:, 12:].float() / 10, truth[:, 12:] / 10)
