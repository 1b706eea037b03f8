# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Dynamic BCE: pairwise sigmoid loss on the similarity of what is seen and what is heard.

Every visual window of a batch is paired with every audio window; pairs with the same label
are positives. The temperature is learned and clamped to [0.01, 1.0] in use; the bias takes
up that negatives outnumber positives (Zhai et al. 2023, arXiv 2303.15343).

``article`` is the form in which the source article gives it, kept so that both can be compared.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from av_fusion_ros.model.specification import MAX_TEMPERATURE, MIN_TEMPERATURE


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

    def comparable(self, embeddings: Tensor) -> Tensor:
        """Embeddings (..., D) whose dot product is the similarity: of unit length."""
        return F.normalize(embeddings, dim=-1)

    def logits(self, similarity: Tensor) -> Tensor:
        """Logit that a pair of this cosine similarity belongs together; same shape."""
        return similarity / self.temperature_in_use() + self.bias

    def of_similarities(self, similarity: Tensor, labels: Tensor) -> Tensor:
        """Mean loss per visual window of similarities (N visual, N audio), labels (N,)."""
        return pairwise_bce(self.logits(similarity), labels).sum() / len(labels)

    def forward(self, visual: Tensor, audio: Tensor, labels: Tensor) -> Tensor:
        """Mean loss per visual window; embeddings (N, D), integer labels (N,)."""
        similarity = self.comparable(visual) @ self.comparable(audio).T
        return self.of_similarities(similarity, labels)


class ArticleBce(nn.Module):
    """The source article's dynamic BCE: a temperature alone, re-created in every forward.

    The optimiser goes on holding the parameter it was given, which receives no gradient, so
    the temperature stays where it began: this is what ``DynamicBce`` mends. The article leaves
    open how the features are scaled and averaged; assumed are dot products of the features as
    they come, no bias, and the mean over all pairs.
    """

    def __init__(self, temperature: float = 0.1) -> None:
        super().__init__()
        self.temperature = nn.Parameter(torch.tensor(temperature))

    def temperature_in_use(self) -> Tensor:
        """The clamped temperature, a scalar in [0.01, 1.0]."""
        return self.temperature.clamp(MIN_TEMPERATURE, MAX_TEMPERATURE)

    def comparable(self, embeddings: Tensor) -> Tensor:
        """Embeddings (..., D) as they are: the similarity is their dot product."""
        return embeddings

    def logits(self, similarity: Tensor) -> Tensor:
        """Logit that a pair of this similarity belongs together; same shape."""
        return similarity / self.temperature_in_use()

    def of_similarities(self, similarity: Tensor, labels: Tensor) -> Tensor:
        """Mean loss over pairs of similarities (N visual, N audio), labels (N,)."""
        self.temperature = nn.Parameter(self.temperature_in_use().detach())
        return pairwise_bce(self.logits(similarity), labels).mean()

    def forward(self, visual: Tensor, audio: Tensor, labels: Tensor) -> Tensor:
        """Mean loss over pairs; embeddings (N, D), integer labels (N,)."""
        return self.of_similarities(visual @ audio.T, labels)


LOSSES: dict[str, type[DynamicBce] | type[ArticleBce]] = {
    'dynamic': DynamicBce,
    'article': ArticleBce,
}


def pairwise_bce(logits: Tensor, labels: Tensor) -> Tensor:
    """Binary cross entropy of each pair (N, N); pairs of equal labels (N,) are positives."""
    same = labels[:, None] == labels[None, :]
    return -F.logsigmoid((same.to(logits.dtype) * 2 - 1) * logits)


class Agreement(nn.Module):
    """Running agreement of two latent sequences over the last ``window`` hops.

    Each latent (B, n, Z) is projected, averaged over the window and compared as the ``form``
    of the loss has it: by cosine (dynamic) or dot product (article). The state holds the
    projected past, (B, window - 1, 2 D), and starts at zero. ``form`` is one of LOSSES.
    """

    def __init__(
        self, latent_size: int, window: int, size: int = 64, form: str = 'dynamic'
    ) -> None:
        super().__init__()
        self.window, self.size = window, size
        self.projections = nn.ModuleList(
            nn.Sequential(nn.Linear(latent_size, 2 * size), nn.ReLU(), nn.Linear(2 * size, size))
            for _ in range(2)
        )
        self.loss = LOSSES[form]()

    def initial_state(self, batch: int) -> Tensor:
        """Zero projected past."""
        device = next(self.projections.parameters()).device
        return torch.zeros(batch, self.window - 1, 2 * self.size, device=device)

    def project(self, audio: Tensor, visual: Tensor) -> Tensor:
        """Both projections side by side, (B, n, 2 D)."""
        return torch.cat((self.projections[0](audio), self.projections[1](visual)), -1)

    def forward(self, audio: Tensor, visual: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Agreement logit (B, n) and the new state."""
        padded = torch.cat((state, self.project(audio, visual)), 1)
        # A window-long sum as a difference would drift; the pool is exact and causal.
        pooled = F.avg_pool1d(padded.transpose(1, 2), self.window, 1).transpose(1, 2)
        heard, seen = (self.loss.comparable(sense) for sense in pooled.chunk(2, -1))
        similarity = (heard * seen).sum(-1)
        return self.loss.logits(similarity), padded[:, padded.shape[1] - self.window + 1 :]
