# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Windows of one second, two from each clip, that lie where GRID's talkers speak."""

from __future__ import annotations

import torch
from torch import Tensor

WINDOW = 25  # hops
STARTS = (12, 37)


def pooled(sequences: Tensor) -> Tensor:
    """Means (2 N, D) over both windows of (N, n, D): the first of every clip, then the second."""
    return torch.cat([sequences[:, start : start + WINDOW].mean(1) for start in STARTS])
