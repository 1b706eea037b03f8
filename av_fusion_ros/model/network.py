# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The network that joins the streams: features, distiller, gate, agreement, phonemes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from av_fusion_ros.model.agreement import Agreement
from av_fusion_ros.model.audio_stream import AudioStream
from av_fusion_ros.model.distiller import Distiller
from av_fusion_ros.model.gate import Gate
from av_fusion_ros.model.phoneme_head import PhonemeHead
from av_fusion_ros.model.senses import AUDIO as AUDIO
from av_fusion_ros.model.senses import SENSES as SENSES
from av_fusion_ros.model.senses import V2X as V2X
from av_fusion_ros.model.senses import VISUAL as VISUAL
from av_fusion_ros.model.specification import Specification
from av_fusion_ros.model.visual_stream import VisualStream


@dataclass(frozen=True, slots=True)
class Latents:
    """What the distiller made of each sense: (B, n, 3, Z) each, V2X through the visual encoder."""

    mean: Tensor
    log_variance: Tensor
    sample: Tensor


class AVNetwork(nn.Module):
    """Two streams and their fusion; every method takes and returns its carried state."""

    def __init__(self, spec: Specification, dropout: float = 0.1) -> None:
        super().__init__()
        self.spec = spec
        self.audio = AudioStream(spec, dropout)
        self.visual = VisualStream(spec, dropout)
        self.distiller = Distiller(spec.feature_size, spec.latent_size)
        self.gate = Gate()
        self.head = PhonemeHead(spec.latent_size, spec.feature_size, (1, 2, 4), dropout)
        self.agreement = Agreement(
            spec.latent_size, spec.agreement_window_hops, form=spec.agreement_form
        )
        self.snr = nn.Sequential(nn.Linear(spec.feature_size, 64), nn.ReLU(), nn.Linear(64, 1))

    def snr_db(self, audio_features: Tensor) -> Tensor:
        """Estimated speech-to-noise ratio (B, n) in dB of audio features (B, n, D)."""
        estimate: Tensor = 10 * self.snr(audio_features).squeeze(-1)
        return estimate

    def fusion_state(self, batch: int) -> list[Tensor]:
        """Zero past of the phoneme head, then of the agreement."""
        return [*self.head.initial_state(batch), self.agreement.initial_state(batch)]

    def latents(self, features: Tensor) -> Latents:
        """Encode features (B, n, 3, D) in the order audio, visual, V2X."""
        parts = [
            self.distiller.encode(features[:, :, sense], min(sense, VISUAL))
            for sense in range(features.shape[2])
        ]
        mean = torch.stack([m for m, _ in parts], 2)
        log_variance = torch.stack([v for _, v in parts], 2)
        return Latents(mean, log_variance, self.distiller.sample(mean, log_variance))

    def weights(self, latents: Latents, present: Tensor, evidence: Tensor) -> Tensor:
        """Gate weights (B, n, 3) for ``present`` and evidence (B, n, 3), as ``Gate`` takes them."""
        certainty = latents.log_variance.mean(-1)
        weights: Tensor = self.gate(evidence, certainty, present)
        return weights

    def fuse(
        self, features: Tensor, present: Tensor, evidence: Tensor, state: list[Tensor]
    ) -> tuple[Tensor, Tensor, Tensor, list[Tensor]]:
        """Phoneme log-probabilities (B, n, 40), weights (B, n, 3), agreement logit (B, n), state.

        ``features`` (B, n, 3, D) in the order audio, visual, V2X; what is not present may hold
        anything finite. ``present`` (B, n, 3) is bool or a share in [0, 1]; ``evidence``
        (B, n, 3) is [snr_db / 10, camera quality, V2X quality].
        """
        latents = self.latents(features)
        weights = self.weights(latents, present, evidence)
        fused = (weights[..., None] * latents.sample).sum(2)
        log_probs, _, head = self.head(fused, state[:-1])
        agreement, past = self.agreement(
            latents.mean[:, :, AUDIO], latents.mean[:, :, VISUAL], state[-1]
        )
        return log_probs, weights, agreement, [*head, past]
