# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The part after the streams, in the variants that are compared; all have as many parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from av_fusion_ros.model.distiller import Distiller
from av_fusion_ros.model.gate import Gate
from av_fusion_ros.model.phoneme_head import PhonemeHead

AUDIO, VISUAL = range(2)
HEAD_SIZE = 64  # the shipped head has 256
CONCATENATED_HIDDEN = 64
GATE_HIDDEN = 108  # gives the gate as many parameters as the concatenation has; shipped: 32


@dataclass(frozen=True, slots=True)
class FusionVariant:
    """One arm. ``snr`` is what the fusion is told of the noise; without ``evidence`` it is told
    nothing but which senses are there: plain concatenation, or weights that are learned once.
    Not ``distilled``: no sampling, no KL, no reconstruction, so the encoders are plain and linear.
    """

    fusion: Literal['gate', 'concatenation'] = 'gate'
    distilled: bool = True
    snr: Literal['estimated', 'oracle', 'none'] = 'estimated'
    evidence: bool = True


VARIANTS: dict[str, FusionVariant] = {
    'gate': FusionVariant(),
    'concatenation': FusionVariant('concatenation', evidence=False),
    'concatenation with evidence': FusionVariant('concatenation'),
    'no distiller': FusionVariant(distilled=False),
    'concatenation, no distiller': FusionVariant('concatenation', distilled=False, evidence=False),
    'oracle SNR': FusionVariant(snr='oracle'),
    'no SNR': FusionVariant(snr='none'),
    'fixed weights': FusionVariant(evidence=False),
}


@dataclass(frozen=True, slots=True)
class TwoLatents:
    """Gaussian latents (B, n, 2, Z) of sound and picture, and what is drawn from them."""

    mean: Tensor
    log_variance: Tensor
    sample: Tensor


class Concatenation(nn.Module):
    """Two layers over both latents side by side; what is absent is zero."""

    def __init__(self, latent_size: int) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(2 * latent_size + 6, CONCATENATED_HIDDEN),
            nn.ReLU(),
            nn.Linear(CONCATENATED_HIDDEN, latent_size),
        )

    def forward(
        self, sample: Tensor, evidence: Tensor, certainty: Tensor, present: Tensor
    ) -> Tensor:
        mask = present.to(sample.dtype)
        beside = (evidence * mask, certainty * mask, mask)
        fused: Tensor = self.net(torch.cat(((sample * mask[..., None]).flatten(2), *beside), -1))
        return fused


class GatedSum(nn.Module):
    """The shipped gate: one latent, the senses weighted by how far each is to be trusted."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = Gate(senses=2, hidden=GATE_HIDDEN)

    def forward(
        self, sample: Tensor, evidence: Tensor, certainty: Tensor, present: Tensor
    ) -> Tensor:
        weights = self.gate(evidence, certainty, present)
        fused: Tensor = (weights[..., None] * sample).sum(2)
        return fused


class FusionModel(nn.Module):
    """Encoders, fusion and phoneme head over stream features (B, n, D)."""

    def __init__(self, variant: FusionVariant, feature_size: int, latent_size: int) -> None:
        super().__init__()
        self.variant = variant
        self.distiller = Distiller(feature_size, latent_size)
        self.fusion = GatedSum() if variant.fusion == 'gate' else Concatenation(latent_size)
        self.head = PhonemeHead(latent_size, HEAD_SIZE, (1, 2, 4), dropout=0.1)

    def encode(self, heard: Tensor, seen: Tensor) -> TwoLatents:
        """Latents of both senses."""
        pairs = [self.distiller.encode(heard, AUDIO), self.distiller.encode(seen, VISUAL)]
        mean = torch.stack([pair[0] for pair in pairs], 2)
        log_variance = torch.stack([pair[1] for pair in pairs], 2)
        drawn = self.distiller.sample(mean, log_variance) if self.variant.distilled else mean
        return TwoLatents(mean, log_variance, drawn)

    def fuse(self, latents: TwoLatents, present: Tensor, evidence: Tensor) -> Tensor:
        """One latent (B, n, Z) of the senses present (B, n, 2); evidence [snr_db / 10, quality]."""
        certainty = latents.log_variance.mean(-1)
        if not self.variant.evidence:
            evidence, certainty = torch.zeros_like(evidence), torch.zeros_like(certainty)
        fused: Tensor = self.fusion(latents.sample, evidence, certainty, present)
        return fused

    def evidence(self, estimate_db: Tensor, truth_db: Tensor, quality: Tensor) -> Tensor:
        """What the variant is told, (B, n, 2): estimate (B, n), truth (B,), quality (B,)."""
        told = {
            'estimated': estimate_db,
            'oracle': truth_db[:, None].expand_as(estimate_db),
            'none': torch.zeros_like(estimate_db),
        }[self.variant.snr]
        return torch.stack((told / 10, quality[:, None].expand_as(told)), -1)

    def name_phonemes(self, fused: Tensor) -> tuple[Tensor, Tensor]:
        """CTC log-probabilities and logits per hop, (B, n, classes) each."""
        log_probs, per_hop, _ = self.head(fused, self.head.initial_state(len(fused)))
        return log_probs, per_hop
