# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Distiller and phoneme head of a checkpoint in numpy, with the gradient to their input.

The graphs that run beside it know no gradient, and torch is not loaded on the robot. The part
behind the audio embedding is small (0.7 million weights), so a second of speech costs
milliseconds here. Batch norm is folded into the convolutions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.model.phonemes import BLANK, N_CLASSES

Floats = NDArray[np.float32]

NORM_EPSILON = 1e-5  # of torch.nn.BatchNorm1d
TAPS = 3  # of a causal block's convolution


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """x + relu(conv(x) + bias): ``weight`` (TAPS, C, C) from oldest to newest tap, input first."""

    weight: Floats
    bias: Floats
    dilation: int


@dataclass(slots=True, eq=False)
class Trace:
    """What ``FrozenHead.backward`` needs to know of a forward pass."""

    entry: Floats
    inputs: list[Floats]
    active: list[NDArray[np.bool_]]


class FrozenHead:
    """Phoneme log-probabilities of one sense's embeddings alone, and their gradient."""

    def __init__(self, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """Take the ``arrays`` of ``read_checkpoint``; raises KeyError for one that is missing."""

        def get(name: str) -> Floats:
            return np.asarray(arrays[name], np.float32)

        latent = get('head.entry.weight').shape[1]
        self._encoders = [
            (
                get(f'distiller.encoders.{sense}.weight')[:latent].T.copy(),
                get(f'distiller.encoders.{sense}.bias')[:latent],
            )
            for sense in range(2)
        ]
        self._entry = get('head.entry.weight')[:, :, 0].T.copy(), get('head.entry.bias')
        self._blocks: list[_Block] = []
        while (name := f'head.context.blocks.{len(self._blocks)}') + '.conv.weight' in arrays:
            scale = get(f'{name}.norm.weight') / np.sqrt(
                get(f'{name}.norm.running_var') + NORM_EPSILON
            )
            weight = get(f'{name}.conv.weight') * scale[:, None, None]
            bias = get(f'{name}.norm.bias') - get(f'{name}.norm.running_mean') * scale
            folded = np.ascontiguousarray(weight.transpose(2, 1, 0))
            self._blocks.append(_Block(folded, bias, 2 ** len(self._blocks)))
        self._ctc = get('head.ctc.weight').T.copy(), get('head.ctc.bias')

    @property
    def size(self) -> int:
        """D, the size of an embedding."""
        return len(self._encoders[0][0])

    def forward(self, embeddings: Floats, sense: int) -> tuple[Floats, Trace]:
        """Log-probabilities (n, classes) of embeddings (n, D), the past before them being zero.

        ``sense`` is AUDIO (0) or VISUAL (1).
        """
        matrix, bias = self._encoders[sense]
        latent = embeddings @ matrix + bias
        x = np.maximum(latent @ self._entry[0] + self._entry[1], 0)
        trace = Trace(x, [], [])
        for block in self._blocks:
            trace.inputs.append(x)
            raised = block.bias + sum(
                _later(x, (TAPS - 1 - tap) * block.dilation) @ block.weight[tap]
                for tap in range(TAPS)
            )
            trace.active.append(raised > 0)
            x = x + np.maximum(raised, 0)
        scores = x @ self._ctc[0] + self._ctc[1]
        top = scores.max(axis=1, keepdims=True)
        log_probs = scores - top - np.log(np.exp(scores - top).sum(axis=1, keepdims=True))
        return log_probs.astype(np.float32), trace

    def backward(self, slope: Floats, trace: Trace, sense: int) -> Floats:
        """Gradient (n, D) to the embeddings, given that (n, classes) to the scores."""
        back = slope @ self._ctc[0].T
        for block, active in zip(reversed(self._blocks), reversed(trace.active), strict=True):
            inner = back * active
            for tap in range(TAPS):
                earlier = _earlier(inner, (TAPS - 1 - tap) * block.dilation)
                back = back + earlier @ block.weight[tap].T
        back = (back * (trace.entry > 0)) @ self._entry[0].T
        gradient: Floats = (back @ self._encoders[sense][0].T).astype(np.float32)
        return gradient


def _later(x: Floats, hops: int) -> Floats:
    """``x`` (n, C) as it was ``hops`` before, zero before the first."""
    if hops == 0:
        return x
    moved = np.zeros_like(x)
    moved[hops:] = x[:-hops] if hops < len(x) else 0
    return moved


def _earlier(x: Floats, hops: int) -> Floats:
    if hops == 0:
        return x
    moved = np.zeros_like(x)
    if hops < len(x):
        moved[:-hops] = x[hops:]
    return moved


def ctc_occupancy(log_probs: Floats, targets: NDArray[np.intp]) -> tuple[float, Floats]:
    """Log-likelihood (nats) of ``targets`` and how probable each class is at each hop, (n, classes).

    Forward-backward over CTC's chain of Graves et al. 2006; the gradient of the loss to the scores
    is softmax minus this occupancy. -inf and zeros where the targets do not fit into n hops.
    """
    chain = np.full(2 * len(targets) + 1, BLANK, np.intp)
    chain[1::2] = targets
    n_hops, n = len(log_probs), len(chain)
    emitted = np.asarray(log_probs, np.float64)[:, chain]
    skips = np.zeros(n, bool)
    skips[2:] = (chain[2:] != BLANK) & (chain[2:] != chain[:-2])
    forward = np.full((n_hops, n), -np.inf)
    forward[0, :2] = emitted[0, :2]
    backward = np.full((n_hops, n), -np.inf)
    backward[-1, -2:] = 0.0
    with np.errstate(invalid='ignore'):
        for t in range(1, n_hops):
            forward[t] = _joined(forward[t - 1], skips) + emitted[t]
        after_skips = np.concatenate((skips[2:], [False, False]))
        for t in range(n_hops - 2, -1, -1):
            following = backward[t + 1] + emitted[t + 1]
            backward[t] = _joined(following[::-1], after_skips[::-1])[::-1]
        total = float(np.logaddexp.reduce(forward[-1, -2:]))
    occupancy = np.zeros((n_hops, N_CLASSES), np.float32)
    if np.isfinite(total):
        posterior = np.exp(forward + backward - total)
        np.add.at(occupancy.T, chain, posterior.T.astype(np.float32))
    return total, occupancy


def _joined(before: NDArray[np.float64], skips: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Log-sum over staying, moving on by one and, where allowed, by two."""
    arriving = before.copy()
    arriving[1:] = np.logaddexp(arriving[1:], before[:-1])
    two = np.concatenate(([-np.inf, -np.inf], before[:-2]))
    joined: NDArray[np.float64] = np.where(skips, np.logaddexp(arriving, two), arriving)
    return joined
