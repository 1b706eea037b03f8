# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The visual stream: mouth crops to one feature vector a frame, causal in time."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from av_fusion_ros.model.convolutions import CausalConv3d, CausalStack
from av_fusion_ros.model.specification import Specification


class VisualStream(nn.Module):
    """Four causal 3D convolutions, then dilated convolutions over time.

    Takes (B, 1, n, crop_px, crop_px) grey crops in [0, 1], gives (B, n, feature_size).
    """

    def __init__(self, spec: Specification, dropout: float = 0.1) -> None:
        super().__init__()
        channels = (1, *spec.visual_channels)
        size = spec.crop_px
        layers = []
        for index, (c_in, c_out) in enumerate(pairwise(channels)):
            kernel = (3, 5, 5) if index == 0 else (3, 3, 3)
            layers.append(CausalConv3d(c_in, c_out, kernel, size))
            size //= 2
        self.layers = nn.ModuleList(layers)
        self.dropout = nn.Dropout(dropout)
        self.to_features = nn.Conv1d(channels[-1] * size * size, spec.feature_size, 1)
        self.context = CausalStack(spec.feature_size, spec.dilations, dropout)

    def initial_state(self, batch: int) -> list[Tensor]:
        """Zero past of every layer, in order."""
        return [
            *(layer.initial_state(batch) for layer in self.layers),  # type: ignore[operator]
            *self.context.initial_state(batch),
        ]

    def forward(self, crops: Tensor, state: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
        # Lighting moves the mean and contrast of a crop; the mouth's shape is in what is left.
        mean = crops.mean((3, 4), keepdim=True)
        spread = crops.std((3, 4), keepdim=True)
        x = (crops - mean) / (spread + 0.05)
        after: list[Tensor] = []
        for layer, past in zip(self.layers, state, strict=False):
            x, kept = layer(x, past)
            after.append(kept)
        x = x.permute(0, 1, 3, 4, 2).flatten(1, 3)  # (B, C H W, T)
        x = torch.relu(self.to_features(self.dropout(x)))
        x, context = self.context(x, state[len(self.layers) :])
        return x.transpose(1, 2), [*after, *context]
