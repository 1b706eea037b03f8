# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The gate: how far each sense is trusted at each hop."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Gate(nn.Module):
    """Softmax weights over the senses present, from evidence and from the latents' certainty.

    Evidence (B, n, senses) is [snr_db / 10, camera quality, V2X quality]; certainty is the
    mean log-variance of each sense's latent. ``present`` is bool, or a number in [0, 1]: how much
    of its weight a sense gets, as when it has only just come back. An absent sense (0) gets
    exactly 0; with no sense present all weights are 0.
    """

    def __init__(self, senses: int = 3, hidden: int = 32) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(3 * senses, hidden),
            nn.Tanh(),
            nn.Linear(hidden, hidden),
            nn.Tanh(),
            nn.Linear(hidden, senses),
        )

    def forward(self, evidence: Tensor, certainty: Tensor, present: Tensor) -> Tensor:
        share = present.to(evidence.dtype)
        absent = share <= 0
        mask = (~absent).to(evidence.dtype)
        logits = self.net(torch.cat((evidence * mask, certainty * mask, mask), -1))
        logits = logits.masked_fill(absent, -1e4)
        weights = torch.softmax(logits, -1) * share
        return weights / weights.sum(-1, keepdim=True).clamp_min(1e-9)
