# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One way to train, for every variant: the same steps, rates and order of batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn

LEARNING_RATE = 2e-3
WEIGHT_DECAY = 0.02
WARM_UP = 0.1  # share of the steps


def batch_order(n: int, size: int, n_steps: int, seed: int) -> list[Tensor]:
    """Row numbers (size,) of each of ``n_steps`` batches: every row once before any comes again."""
    generator = torch.Generator().manual_seed(seed)
    rounds = -(-n_steps * size // n)
    order = torch.cat([torch.randperm(n, generator=generator) for _ in range(rounds)])
    return list(order[: n_steps * size].split(size))


def optimise(
    network: nn.Module,
    loss_of: Callable[[Tensor], Tensor],
    order: Iterable[Tensor],
    n_steps: int,
    half: bool,
) -> None:
    """Train ``network`` by AdamW on the loss of each batch of rows, and leave it for evaluation.

    ``half`` computes the loss in bfloat16 where torch's autocast does.
    """
    held = list(network.parameters())
    decayed = [p for p in held if p.dim() > 1]
    free = [p for p in held if p.dim() <= 1]
    optimizer = torch.optim.AdamW(
        [{'params': decayed, 'weight_decay': WEIGHT_DECAY}, {'params': free, 'weight_decay': 0.0}],
        lr=LEARNING_RATE,
        betas=(0.9, 0.98),
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, LEARNING_RATE, total_steps=n_steps, pct_start=WARM_UP, cycle_momentum=False
    )
    network.train()
    for rows in order:
        with torch.autocast('cpu', torch.bfloat16, enabled=half):
            loss = loss_of(rows)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(held, 2.0)
        optimizer.step()
        schedule.step()
    network.eval()


def n_parameters(network: nn.Module) -> int:
    """How many numbers ``network`` learns."""
    return sum(p.numel() for p in network.parameters() if p.requires_grad)
