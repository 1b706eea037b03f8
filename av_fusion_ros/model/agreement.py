# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Dynamic BCE: pairwise sigmoid loss on the similarity of what is seen and what is heard.

Every visual window of a batch is paired with every audio window; pairs with the same label
are positives. The temperature is learned and clamped to [0.01, 1.0] in use; the bias takes
up that negatives outnumber positives (Zhai et al. 2023, arXiv 2303.15343).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

MIN_TEMPERATURE = 0.01
MAX_TEMPERATURE = 1.0


class DynamicBce(nn.Module):
    """Learnable temperature and bias over cosine similarities.

    The temperature is one parameter that the optimiser holds; the clamp acts on its value
    in use, so the parameter is never re-created.
    """

    def __init__(self, temperature: float = 0.1, bias: float = -5.0) -> None:
        super().__init__()
        self.temperature = nn.Parameter(torch.tensor(temperature))
        self.bias = nn.Parameter(torch.tensor(bias))

    def temperature_in_use(self) -> Tensor:
        """The clamped temperature, a scalar in [0.01, 1.0]."""
        return self.temperature.clamp(MIN_TEMPERATURE, MAX_TEMPERATURE)

    def logits(self, similarity: Tensor) -> Tensor:
        """Logit that a pair of this cosine similarity belongs together; same shape."""
        return similarity / self.temperature_in_use() + self.bias

    def forward(self, visual: Tensor, audio: Tensor, labels: Tensor) -> Tensor:
        """Mean loss per visual window; embeddings (N, D), integer labels (N,)."""
        similarity = F.normalize(visual, dim=-1) @ F.normalize(audio, dim=-1).T
        same = labels[:, None] == labels[None, :]
        sign = same.to(similarity.dtype) * 2 - 1
        return -F.logsigmoid(sign * self.logits(similarity)).sum() / len(labels)


class Agreement(nn.Module):
    """Running agreement of two latent sequences over the last ``window`` hops.

    Each latent (B, n, Z) is projected, averaged over the window and compared by cosine.
    The state holds the projected past, (B, window - 1, 2 D), and starts at zero.
    """

    def __init__(self, latent_size: int, window: int, size: int = 64) -> None:
        super().__init__()
        self.window, self.size = window, size
        self.projections = nn.ModuleList(
            nn.Sequential(nn.Linear(latent_size, 2 * size), nn.ReLU(), nn.Linear(2 * size, size))
            for _ in range(2)
        )
        self.loss = DynamicBce()

    def initial_state(self, batch: int) -> Tensor:
        """Zero projected past."""
        return torch.zeros(batch, self.window - 1, 2 * self.size)

    def project(self, audio: Tensor, visual: Tensor) -> Tensor:
        """Both projections side by side, (B, n, 2 D)."""
        return torch.cat((self.projections[0](audio), self.projections[1](visual)), -1)

    def forward(self, audio: Tensor, visual: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Agreement logit (B, n) and the new state."""
        padded = torch.cat((state, self.project(audio, visual)), 1)
        # A window-long sum as a difference would drift; the pool is exact and causal.
        pooled = F.avg_pool1d(padded.transpose(1, 2), self.window, 1).transpose(1, 2)
        heard, seen = pooled.chunk(2, -1)
        similarity = F.cosine_similarity(heard, seen, dim=-1)
        return self.loss.logits(similarity), padded[:, padded.shape[1] - self.window + 1 :]
