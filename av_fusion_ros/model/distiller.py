# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The beta-VAE distiller: every sense is encoded to one latent in which they must agree.

Higgins et al. 2017 (beta-VAE) with cross-modal reconstruction: each sense's latent must
rebuild the other's features, so that what survives the KL pressure is what they share.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Distiller(nn.Module):
    """Gaussian encoders into one latent and decoders back to each sense's features.

    ``senses`` is 2, audio and visual; V2X views use the visual encoder.
    """

    def __init__(self, feature_size: int, latent_size: int, senses: int = 2) -> None:
        super().__init__()
        self.latent_size = latent_size
        self.encoders = nn.ModuleList(
            nn.Linear(feature_size, 2 * latent_size) for _ in range(senses)
        )
        self.decoders = nn.ModuleList(
            nn.Sequential(
                nn.Linear(latent_size, feature_size),
                nn.ReLU(),
                nn.Linear(feature_size, feature_size),
            )
            for _ in range(senses)
        )

    def encode(self, features: Tensor, sense: int) -> tuple[Tensor, Tensor]:
        """Mean and log-variance (..., latent_size) of features (..., feature_size)."""
        mean, log_variance = self.encoders[sense](features).chunk(2, -1)
        return mean, log_variance.clamp(-8.0, 4.0)

    def sample(self, mean: Tensor, log_variance: Tensor) -> Tensor:
        """A latent drawn by reparameterisation in training, the mean otherwise."""
        if not self.training:
            return mean
        noise = torch.randn_like(mean)
        return mean + noise * torch.exp(0.5 * log_variance)

    def decode(self, latent: Tensor, sense: int) -> Tensor:
        """Features (..., feature_size) that the latent stands for in one sense."""
        rebuilt: Tensor = self.decoders[sense](latent)
        return rebuilt


def kl_to_standard_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, var) || N(0, 1)) per latent unit, in nats, same shape as ``mean``."""
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance)
