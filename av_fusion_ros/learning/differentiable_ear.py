# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From log-mel to how likely the ear alone finds what was understood, with the gradient by log-mel.

The audio stream, the distiller and the phoneme head of a checkpoint in numpy: the process of the
audio encoder has no torch, and a graph of ONNX Runtime gives no gradient.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.learning.ctc import likelihood_and_gradient
from av_fusion_ros.learning.differentiable_layers import (
    Affine,
    Back,
    CausalBlock,
    Convolution,
    Layer,
    SlidingBands,
    chain,
)
from av_fusion_ros.model.senses import AUDIO
from av_fusion_ros.recognition.frozen_head import FrozenHead
from av_fusion_ros.recognition.frozen_weights import Arrays, Floats, array, causal_blocks, norm

# As in model/audio_stream.py, which needs torch.
LOG_MEL_MEAN, LOG_MEL_SPREAD = -4.0, 4.0


class DifferentiableEar:
    """Raises KeyError for an array that the checkpoint lacks."""

    def __init__(self, arrays: Arrays) -> None:
        entry, middle, leave = (
            _convolution(arrays, f'audio.{name}', step)
            for name, step in (('entry', 2), ('middle', 1), ('exit', 1))
        )
        scale, bias = norm(arrays, 'audio.deformable.norm')
        sliding = SlidingBands(
            array(arrays, 'audio.deformable.weight')[..., 0] * scale[:, None, None],
            bias,
            array(arrays, 'audio.deformable.controls.weight')[..., 0],
            array(arrays, 'audio.deformable.controls.bias'),
        )
        to_hops = array(arrays, 'audio.to_hops.weight')
        self._per_hop = to_hops.shape[2]
        head = FrozenHead(arrays)
        self._stream: list[Layer] = [
            entry,
            sliding,
            middle,
            leave,
            self._by_hop,
            Affine(
                to_hops.reshape(len(to_hops), -1).T.copy(),
                array(arrays, 'audio.to_hops.bias'),
                True,
            ),
            *map(CausalBlock, causal_blocks(arrays, 'audio.context.blocks')),
        ]
        self._reader: list[Layer] = [
            Affine(*head.encoders[AUDIO]),
            Affine(*head.entry, rectified=True),
            *map(CausalBlock, head.blocks),
            Affine(*head.output),
        ]

    def likelihood(self, mel: Floats, targets: NDArray[np.intp]) -> tuple[float, Floats]:
        """Log-probability (nats) of ``targets`` (m,) in ``mel`` (4 n, 64), and its gradient.

        The gradient is by ``mel`` and has its shape; zero where the targets do not fit.
        """
        features, back = self.hear(mel)
        scores, into_features = chain(self._reader, features)
        found, gradient = likelihood_and_gradient(scores, targets)
        return found, back(into_features(gradient))

    def hear(self, mel: Floats) -> tuple[Floats, Back]:
        """Features (n, D) of ``mel`` (4 n, 64).

        The function turns a gradient by the features into that by ``mel``.
        """
        x = ((mel - LOG_MEL_MEAN) / LOG_MEL_SPREAD).astype(np.float32)
        features, into_mel = chain(self._stream, np.ascontiguousarray(x.T[None]))

        def back(by_features: Floats) -> Floats:
            by_mel: Floats = into_mel(by_features)[0].T / np.float32(LOG_MEL_SPREAD)
            return by_mel

        return features, back

    def _by_hop(self, x: Floats) -> tuple[Floats, Back]:
        """(C, F, T) to (hops, C F per_hop), in the order of the weights of ``to_hops``."""
        channels, bands, times = x.shape
        hops = times // self._per_hop
        split = x.reshape(channels * bands, hops, self._per_hop)
        y = np.ascontiguousarray(split.transpose(1, 0, 2)).reshape(hops, -1)

        def back(gradient: Floats) -> Floats:
            parts = gradient.reshape(hops, channels * bands, self._per_hop).transpose(1, 0, 2)
            return np.ascontiguousarray(parts).reshape(x.shape)

        return y, back


def _convolution(arrays: Arrays, name: str, step: int) -> Convolution:
    scale, bias = norm(arrays, f'{name}.norm')
    weight = array(arrays, f'{name}.conv.weight') * scale[:, None, None, None]
    return Convolution(weight, bias, step)
