# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Convolutions that are causal in time and carry their past as an explicit state.

Every layer maps (input, state) to (output, new state). A whole recording started from the
zero state and the same recording fed hop by hop give the same output, which is what lets
training and streaming share one code path.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class CausalConv3d(nn.Module):
    """Convolution over (time, height, width), batch norm, ReLU; spatial stride 2.

    Input (B, C, T, H, W); the state holds the last ``kernel_time - 1`` frames.
    """

    def __init__(self, c_in: int, c_out: int, kernel: tuple[int, int, int], size: int) -> None:
        super().__init__()
        self.past = kernel[0] - 1
        self.c_in, self.size = c_in, size
        self.conv = nn.Conv3d(
            c_in,
            c_out,
            kernel,
            stride=(1, 2, 2),
            padding=(0, kernel[1] // 2, kernel[2] // 2),
            bias=False,
        )
        self.norm = nn.BatchNorm3d(c_out)

    def initial_state(self, batch: int) -> Tensor:
        """Zero frames (B, C, past, H, W)."""
        shape = (batch, self.c_in, self.past, self.size, self.size)
        return torch.zeros(shape, device=self.conv.weight.device)

    def forward(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        x = torch.cat((state, x), 2)
        return torch.relu(self.norm(self.conv(x))), x[:, :, -self.past :]


class CausalConv2d(nn.Module):
    """Convolution over (frequency, time), batch norm, ReLU; frequency stride 2.

    Input (B, C, F, T) with T a multiple of ``time_stride``; the state holds the last
    ``kernel_time - 1`` frames.
    """

    def __init__(
        self, c_in: int, c_out: int, kernel: tuple[int, int], bands: int, time_stride: int = 1
    ) -> None:
        super().__init__()
        self.past = kernel[1] - 1
        self.c_in, self.bands = c_in, bands
        self.conv = nn.Conv2d(
            c_in,
            c_out,
            kernel,
            stride=(2, time_stride),
            padding=(kernel[0] // 2, 0),
            bias=False,
        )
        self.norm = nn.BatchNorm2d(c_out)

    def initial_state(self, batch: int) -> Tensor:
        """Zero frames (B, C, F, past)."""
        shape = (batch, self.c_in, self.bands, self.past)
        return torch.zeros(shape, device=self.conv.weight.device)

    def forward(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        x = torch.cat((state, x), 3)
        return torch.relu(self.norm(self.conv(x))), x[..., -self.past :]


class CausalBlock(nn.Module):
    """Residual dilated convolution over time (Bai et al. 2018, arXiv 1803.01271).

    Input (B, C, T); the state holds the last ``2 * dilation`` steps.
    """

    def __init__(self, channels: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.past = 2 * dilation
        self.channels = channels
        self.conv = nn.Conv1d(channels, channels, 3, dilation=dilation, bias=False)
        self.norm = nn.BatchNorm1d(channels)
        self.dropout = nn.Dropout(dropout)

    def initial_state(self, batch: int) -> Tensor:
        """Zero steps (B, C, past)."""
        shape = (batch, self.channels, self.past)
        return torch.zeros(shape, device=self.conv.weight.device)

    def forward(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        padded = torch.cat((state, x), 2)
        y = self.dropout(torch.relu(self.norm(self.conv(padded))))
        return x + y, padded[..., -self.past :]


class CausalStack(nn.Module):
    """Residual blocks with growing dilation; input and output (B, C, T)."""

    def __init__(self, channels: int, dilations: tuple[int, ...], dropout: float) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(CausalBlock(channels, d, dropout) for d in dilations)

    def initial_state(self, batch: int) -> list[Tensor]:
        """One zero state for each block."""
        return [block.initial_state(batch) for block in self.blocks]  # type: ignore[operator]

    def forward(self, x: Tensor, state: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
        after = []
        for block, past in zip(self.blocks, state, strict=True):
            x, kept = block(x, past)
            after.append(kept)
        return x, after
