# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Distiller and phoneme head of a checkpoint in numpy: what one sense by itself would be read as.

The audio encoder's process has the graph of the audio stream alone, and no torch. What lies behind
it is small (0.7 million weights): a second of speech costs milliseconds. Batch norm is folded
into the convolutions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.model.phonemes import BLANK

Floats = NDArray[np.float32]

NORM_EPSILON = 1e-5  # of torch.nn.BatchNorm1d
TAPS = 3  # of a causal block's convolution


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """x + relu(conv(x) + bias): ``weight`` (TAPS, C, C) from oldest to newest tap, input first."""

    weight: Floats
    bias: Floats
    dilation: int


class FrozenHead:
    """Phoneme log-probabilities of one sense's embeddings alone.

    ``encoders`` by sense and ``entry`` and ``output``: matrix and bias; ``blocks`` lie between.
    """

    def __init__(self, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """Take the ``arrays`` of ``read_checkpoint``; raises KeyError for one that is missing."""

        def get(name: str) -> Floats:
            return np.asarray(arrays[name], np.float32)

        latent = get('head.entry.weight').shape[1]
        self.encoders = [
            (
                get(f'distiller.encoders.{sense}.weight')[:latent].T.copy(),
                get(f'distiller.encoders.{sense}.bias')[:latent],
            )
            for sense in range(2)
        ]
        self.entry = get('head.entry.weight')[:, :, 0].T.copy(), get('head.entry.bias')
        self.blocks: list[Block] = []
        while (name := f'head.context.blocks.{len(self.blocks)}') + '.conv.weight' in arrays:
            scale = get(f'{name}.norm.weight') / np.sqrt(
                get(f'{name}.norm.running_var') + NORM_EPSILON
            )
            weight = get(f'{name}.conv.weight') * scale[:, None, None]
            bias = get(f'{name}.norm.bias') - get(f'{name}.norm.running_mean') * scale
            folded = np.ascontiguousarray(weight.transpose(2, 1, 0))
            self.blocks.append(Block(folded, bias, 2 ** len(self.blocks)))
        self.output = get('head.ctc.weight').T.copy(), get('head.ctc.bias')

    @property
    def size(self) -> int:
        """D, the size of an embedding."""
        return len(self.encoders[0][0])

    def log_probs(self, embeddings: Floats, sense: int) -> Floats:
        """Log-probabilities (n, classes) of embeddings (n, D), the past before them being zero.

        ``sense`` is AUDIO (0) or VISUAL (1).
        """
        matrix, bias = self.encoders[sense]
        latent = embeddings @ matrix + bias
        x = np.maximum(latent @ self.entry[0] + self.entry[1], 0)
        for block in self.blocks:
            raised = block.bias + sum(
                _later(x, (TAPS - 1 - tap) * block.dilation) @ block.weight[tap]
                for tap in range(TAPS)
            )
            x = x + np.maximum(raised, 0)
        scores = x @ self.output[0] + self.output[1]
        top = scores.max(axis=1, keepdims=True)
        log_probs = scores - top - np.log(np.exp(scores - top).sum(axis=1, keepdims=True))
        result: Floats = log_probs.astype(np.float32)
        return result


def _later(x: Floats, hops: int) -> Floats:
    """``x`` (n, C) as it was ``hops`` before, zero before the first."""
    if hops == 0:
        return x
    moved = np.zeros_like(x)
    moved[hops:] = x[:-hops] if hops < len(x) else 0
    return moved


def log_likelihood(log_probs: Floats, targets: NDArray[np.intp]) -> float:
    """Log-probability (nats) that CTC's paths (Graves et al. 2006) spell ``targets`` (m,).

    ``log_probs`` (n, classes); -inf where the targets do not fit into n hops.
    """
    chain = np.full(2 * len(targets) + 1, BLANK, np.intp)
    chain[1::2] = targets
    emitted = np.asarray(log_probs, np.float64)[:, chain]
    skips = np.zeros(len(chain), bool)
    skips[2:] = (chain[2:] != BLANK) & (chain[2:] != chain[:-2])
    score = np.full(len(chain), -np.inf)
    score[:2] = emitted[0, :2]
    for hop in emitted[1:]:
        arriving = score.copy()
        arriving[1:] = np.logaddexp(arriving[1:], score[:-1])
        two = np.concatenate(([-np.inf, -np.inf], score[:-2]))
        score = np.where(skips, np.logaddexp(arriving, two), arriving) + hop
    return float(np.logaddexp.reduce(score[-2:]))
