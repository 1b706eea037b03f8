# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The audio stream: log-mel frames to one feature vector a hop."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from av_fusion_ros.model.convolutions import CausalConv2d, CausalStack
from av_fusion_ros.model.deformable import DeformableConv
from av_fusion_ros.model.specification import Specification

# Mean and spread of the natural-log mel power of speech; only their scale matters, the
# first batch norm does the rest.
LOG_MEL_MEAN = -4.0
LOG_MEL_SPREAD = 4.0


class AudioStream(nn.Module):
    """Convolution to 50 frames a second, deformable convolution, two more, then over hops.

    Takes (B, 1, n_mels, 4 n) natural-log mel frames, gives (B, n, feature_size).
    """

    def __init__(self, spec: Specification, dropout: float = 0.1) -> None:
        super().__init__()
        c0, c1, c2, c3 = spec.audio_channels
        bands = spec.n_mels
        self.entry = CausalConv2d(1, c0, (5, 3), bands, time_stride=2)
        self.deformable = DeformableConv(c0, c1, bands // 2, spec.deformable)
        self.middle = CausalConv2d(c1, c2, (3, 3), bands // 2)
        self.exit = CausalConv2d(c2, c3, (3, 3), bands // 4)
        per_hop = spec.mel_frames_per_hop // 2  # the entry halves the frame rate
        self.to_hops = nn.Conv1d(c3 * bands // 8, spec.feature_size, per_hop, stride=per_hop)
        self.context = CausalStack(spec.feature_size, spec.dilations, dropout)

    def initial_state(self, batch: int) -> list[Tensor]:
        """Zero past of every layer, in order."""
        return [
            self.entry.initial_state(batch),
            self.deformable.initial_state(batch),
            self.middle.initial_state(batch),
            self.exit.initial_state(batch),
            *self.context.initial_state(batch),
        ]

    def forward(self, mel: Tensor, state: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
        x = (mel - LOG_MEL_MEAN) / LOG_MEL_SPREAD
        after: list[Tensor] = []
        for layer, past in zip(
            (self.entry, self.deformable, self.middle, self.exit), state[:4], strict=True
        ):
            x, kept = layer(x, past)
            after.append(kept)
        x = torch.relu(self.to_hops(x.flatten(1, 2)))
        x, context = self.context(x, state[4:])
        return x.transpose(1, 2), [*after, *context]
