# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The same projections of both streams' features, trained by one of four losses to agree."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from av_fusion_ros.model.agreement import Agreement, ArticleBce, DynamicBce
from benchmarks.ablations.optimising import batch_order, optimise
from benchmarks.ablations.stream_outputs import TrainingOutputs
from benchmarks.ablations.tracking import Track
from benchmarks.ablations.windows import WINDOW

BATCH = 48
LONGER = 4  # times the steps of the other families: a step costs a tenth of theirs
MIN_SNR_DB = -6.0  # as in the shipped training: below, there is too little to agree with
TEMPERATURE = 0.1  # where every form begins, and where the static ones stay


class StaticCrossEntropy(nn.Module):
    """Each window picks its counterpart among the batch's, both ways, at a fixed temperature.

    InfoNCE (van den Oord et al. 2018, arXiv 1807.03748) over cosines.
    """

    def comparable(self, embeddings: Tensor) -> Tensor:
        """Embeddings of unit length."""
        return F.normalize(embeddings, dim=-1)

    def logits(self, similarity: Tensor) -> Tensor:
        """Similarities over the temperature."""
        return similarity / TEMPERATURE

    def of_similarities(self, similarity: Tensor, labels: Tensor) -> Tensor:
        """Mean loss of similarities (N, N) in which row i and column i belong together."""
        logits, own = self.logits(similarity), torch.arange(len(labels))
        return (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2

    def forward(self, visual: Tensor, audio: Tensor, labels: Tensor) -> Tensor:
        """Mean loss of embeddings (N, D); labels (N,) are all different."""
        return self.of_similarities(self.comparable(visual) @ self.comparable(audio).T, labels)


VARIANTS: dict[str, Callable[[], nn.Module]] = {
    'dynamic BCE': lambda: DynamicBce(TEMPERATURE),
    'static cross entropy': StaticCrossEntropy,
    'static BCE': lambda: DynamicBce(TEMPERATURE).requires_grad_(False),
    'article form': lambda: ArticleBce(TEMPERATURE),
}


def train_agreement(
    name: str, data: TrainingOutputs, n_steps: int, seed: int, track: Track
) -> Agreement:
    """One arm, from scratch. A seed draws the same windows for every arm."""
    torch.manual_seed(seed)
    agreement = Agreement(data.heard.shape[-1], WINDOW)
    agreement.loss = VARIANTS[name]()  # type: ignore[assignment]
    usable = torch.nonzero(data.readable & (data.snr_db > MIN_SNR_DB)).squeeze(1)
    moments = torch.Generator().manual_seed(seed)

    def loss_of(rows: Tensor) -> Tensor:
        batch = data.rows(usable[rows])
        first = int(torch.randint(batch.heard.shape[1] - 2 * WINDOW + 1, (), generator=moments))
        seen, heard = embeddings(agreement, batch.heard, batch.seen, (first, first + WINDOW))
        # The other window of the same clip is the hard negative.
        loss: Tensor = agreement.loss(seen, heard, torch.arange(len(seen)))
        return loss

    steps = LONGER * n_steps
    order = batch_order(len(usable), BATCH // 2, steps, seed)
    optimise(agreement, loss_of, track(order, f'{name}, seed {seed}'), steps, half=False)
    return agreement


def embeddings(
    agreement: Agreement, heard: Tensor, seen: Tensor, starts: tuple[int, ...]
) -> tuple[Tensor, Tensor]:
    """Windows seen and heard, (N windows a start, D) each, of features (N, n, D)."""
    by_ear, by_eye = agreement.project(heard, seen).chunk(2, -1)
    return tuple(  # type: ignore[return-value]
        torch.cat([sense[:, start : start + WINDOW].mean(1) for start in starts])
        for sense in (by_eye, by_ear)
    )
