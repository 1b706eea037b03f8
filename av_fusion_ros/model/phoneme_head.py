# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From the fused latent to phonemes: the part that every sense shares."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from av_fusion_ros.model.convolutions import CausalStack
from av_fusion_ros.model.phonemes import N_CLASSES


class PhonemeHead(nn.Module):
    """Dilated convolutions over latents (B, n, Z), then CTC log-probabilities (B, n, 40).

    The second output scores one phoneme for each hop, (B, n, 40) logits with silence in
    place of blank. It only helps training to find the alignment (classes as for CTC).
    """

    def __init__(
        self, latent_size: int, size: int, dilations: tuple[int, ...], dropout: float
    ) -> None:
        super().__init__()
        self.entry = nn.Conv1d(latent_size, size, 1)
        self.context = CausalStack(size, dilations, dropout)
        self.ctc = nn.Linear(size, N_CLASSES)
        self.per_hop = nn.Linear(size, N_CLASSES)

    def initial_state(self, batch: int) -> list[Tensor]:
        """Zero past of every block."""
        return self.context.initial_state(batch)

    def forward(self, latent: Tensor, state: list[Tensor]) -> tuple[Tensor, Tensor, list[Tensor]]:
        x = torch.relu(self.entry(latent.transpose(1, 2)))
        x, after = self.context(x, state)
        x = x.transpose(1, 2)
        return torch.log_softmax(self.ctc(x), -1), self.per_hop(x), after
