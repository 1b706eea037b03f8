# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The network's layers in numpy with their gradient towards the input; weights stay as they are.

Each layer is called with x and returns y and a function that takes the gradient of a loss by y to
that by x. Batch norm is folded into the weights. Times before the first are zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from av_fusion_ros.recognition.frozen_weights import TAPS, Block, Floats

Back = Callable[[Floats], Floats]
Layer = Callable[[Floats], tuple[Floats, Back]]

REACH = 2  # bands that a deformable tap slides at most


def chain(layers: Sequence[Layer], x: Floats) -> tuple[Floats, Back]:
    """All layers, one after another."""
    backs = []
    for layer in layers:
        x, back = layer(x)
        backs.append(back)

    def through(gradient: Floats) -> Floats:
        for back in reversed(backs):
            gradient = back(gradient)
        return gradient

    return x, through


@dataclass(frozen=True, slots=True, eq=False)
class Affine:
    """x (n, I) to (n, O) by ``matrix`` (I, O), then ReLU where ``rectified``."""

    matrix: Floats
    bias: Floats
    rectified: bool = False

    def __call__(self, x: Floats) -> tuple[Floats, Back]:
        y = x @ self.matrix + self.bias
        if not self.rectified:
            return y, lambda gradient: gradient @ self.matrix.T
        on = y > 0
        return y * on, lambda gradient: (gradient * on) @ self.matrix.T


@dataclass(frozen=True, slots=True, eq=False)
class CausalBlock:
    """One ``block`` of a causal stack, x (n, C) to (n, C)."""

    block: Block

    def __call__(self, x: Floats) -> tuple[Floats, Back]:
        block = self.block
        n, past = len(x), (TAPS - 1) * block.dilation
        padded = np.concatenate((np.zeros((past, x.shape[1]), np.float32), x))
        steps = [tap * block.dilation for tap in range(TAPS)]
        y = block.bias + sum(
            padded[s : s + n] @ w for s, w in zip(steps, block.weight, strict=True)
        )
        on = y > 0

        def back(gradient: Floats) -> Floats:
            inner = gradient * on
            spread = np.zeros_like(padded)
            for s, w in zip(steps, block.weight, strict=True):
                spread[s : s + n] += inner @ w.T
            return gradient + spread[past:]

        return x + y * on, back


@dataclass(frozen=True, slots=True, eq=False)
class Convolution:
    """x (C, F, T) to (O, F / 2, T / step), causal, then ReLU; ``weight`` (O, C, bands, times)."""

    weight: Floats
    bias: Floats
    step: int

    def __call__(self, x: Floats) -> tuple[Floats, Back]:
        c_out, c_in, bands, times = self.weight.shape
        edge = bands // 2
        padded = np.pad(x, ((0, 0), (edge, edge), (times - 1, 0)))
        windows = sliding_window_view(padded, (bands, times), (1, 2))[:, ::2, :: self.step]
        y = np.tensordot(self.weight, windows, ((1, 2, 3), (0, 3, 4))) + self.bias[:, None, None]
        on = y > 0
        _, rows, columns = y.shape

        def back(gradient: Floats) -> Floats:
            inner = (gradient * on).reshape(c_out, -1)
            spread = np.zeros_like(padded)
            for i in range(bands):
                for j in range(times):
                    part = (self.weight[:, :, i, j].T @ inner).reshape(c_in, rows, columns)
                    spread[:, i : i + 2 * rows : 2, j : j + self.step * columns : self.step] += part
            return spread[:, edge : edge + x.shape[1], times - 1 :]

        return y * on, back


@dataclass(frozen=True, slots=True, eq=False)
class SlidingBands:
    """The deformable convolution of the form "frequency", x (C, F, T) to (O, F, T), then ReLU.

    ``weight`` (O, C, 3); ``controls`` (6, C, 3) and their bias (6,) give each tap's offset and
    modulation.
    """

    weight: Floats
    bias: Floats
    controls: Floats
    controls_bias: Floats

    def __call__(self, x: Floats) -> tuple[Floats, Back]:
        bands, margin = x.shape[1], 1 + REACH
        padded = np.pad(x, ((0, 0), (margin, margin), (0, 0)))
        near = [padded[:, REACH + k : REACH + k + bands] for k in range(3)]
        raw = self.controls_bias[:, None, None] + sum(
            np.tensordot(self.controls[:, :, k], near[k], 1) for k in range(3)
        )
        turned, share = np.tanh(raw[:3]), 1 / (1 + np.exp(-raw[3:]))
        offsets = REACH * turned
        shifts = range(-REACH, REACH + 1)
        first = [[REACH + k + shift for shift in shifts] for k in range(3)]
        hats = [[np.maximum(0, 1 - np.abs(offsets[k] - s)) for s in shifts] for k in range(3)]
        sampled = [
            sum(padded[:, a : a + bands] * hat for a, hat in zip(first[k], hats[k], strict=True))
            for k in range(3)
        ]
        y = self.bias[:, None, None] + sum(
            np.tensordot(self.weight[:, :, k], sampled[k] * (2 * share[k]), 1) for k in range(3)
        )
        on = y > 0

        def back(gradient: Floats) -> Floats:
            inner = gradient * on
            spread = np.zeros_like(padded)
            by_raw = np.zeros_like(raw)
            for k in range(3):
                by_tap = np.tensordot(self.weight[:, :, k].T, inner, 1)
                by_raw[3 + k] = (by_tap * sampled[k]).sum(0) * 2 * share[k] * (1 - share[k])
                by_sampled = by_tap * (2 * share[k])
                by_offset = np.zeros_like(offsets[k])
                for s, a, hat in zip(shifts, first[k], hats[k], strict=True):
                    spread[:, a : a + bands] += by_sampled * hat
                    by_hat = (by_sampled * padded[:, a : a + bands]).sum(0)
                    by_offset -= by_hat * np.sign(offsets[k] - s) * (hat > 0)
                by_raw[k] = by_offset * REACH * (1 - turned[k] ** 2)
            for k in range(3):
                a = REACH + k
                spread[:, a : a + bands] += np.tensordot(self.controls[:, :, k].T, by_raw, 1)
            return spread[:, margin : margin + bands]

        return y * on, back
