# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Distiller and phoneme head of a checkpoint in numpy: what one sense by itself would be read as.

The audio encoder's process has the graph of the audio stream alone, and no torch. What lies behind
it is small (0.7 million weights): a second of speech costs milliseconds. Batch norm is folded
into the convolutions.
"""

from __future__ import annotations

import numpy as np

from av_fusion_ros.recognition.frozen_weights import TAPS, Arrays, Floats, array, causal_blocks


class FrozenHead:
    """Phoneme log-probabilities of one sense's embeddings alone.

    ``encoders`` by sense and ``entry`` and ``output``: matrix and bias; ``blocks`` lie between.
    """

    def __init__(self, arrays: Arrays) -> None:
        """Take the ``arrays`` of ``read_checkpoint``; raises KeyError for one that is missing."""
        latent = array(arrays, 'head.entry.weight').shape[1]
        self.encoders = [
            (
                array(arrays, f'distiller.encoders.{sense}.weight')[:latent].T.copy(),
                array(arrays, f'distiller.encoders.{sense}.bias')[:latent],
            )
            for sense in range(2)
        ]
        self.entry = (
            array(arrays, 'head.entry.weight')[:, :, 0].T.copy(),
            array(arrays, 'head.entry.bias'),
        )
        self.blocks = causal_blocks(arrays, 'head.context.blocks')
        self.output = array(arrays, 'head.ctc.weight').T.copy(), array(arrays, 'head.ctc.bias')

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
