# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What each sense by itself would be read as, hop by hop: a FrozenHead with carried state."""

from __future__ import annotations

import numpy as np

from av_fusion_ros.recognition.features import AudioFeature, VisualFeature
from av_fusion_ros.recognition.frozen_head import FrozenHead
from av_fusion_ros.recognition.frozen_weights import TAPS, Floats


class SenseReader:
    """Ear and eye side by side as two rows.

    Each block keeps its input of the hops that its dilation reaches back to, in a ring.
    """

    def __init__(self, head: FrozenHead) -> None:
        self._head = head
        # One product for all taps of a block.
        self._weights = [block.weight.reshape(-1, block.weight.shape[2]) for block in head.blocks]
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        width = len(self._head.entry[1])
        self._rings = [
            np.zeros(((TAPS - 1) * block.dilation, 2, width), np.float32)
            for block in self._head.blocks
        ]
        self._hop = 0

    def read_features(self, audio: AudioFeature | None, visual: VisualFeature | None) -> Floats:
        """The same of a hop's features; an empty embedding is an absent sense."""
        return self.read(_embedding(audio), _embedding(visual))

    def read(self, heard: Floats | None, seen: Floats | None) -> Floats:
        """Posteriors (2, classes) of a hop's embeddings (D,); all zero for a sense that is absent.

        What was read of an absent sense before is forgotten.
        """
        head, senses = self._head, (heard, seen)
        absent = [row for row, given in enumerate(senses) if given is None]
        x = np.zeros((2, len(head.entry[1])), np.float32)
        for row, given in enumerate(senses):
            if given is not None:
                matrix, bias = head.encoders[row]
                latent = given @ matrix + bias
                x[row] = np.maximum(latent @ head.entry[0] + head.entry[1], 0)
        for block, weight, ring in zip(head.blocks, self._weights, self._rings, strict=True):
            ring[:, absent] = 0
            reached = [
                ring[(self._hop - (TAPS - 1 - tap) * block.dilation) % len(ring)]
                for tap in range(TAPS - 1)
            ]
            raised = np.concatenate((*reached, x), 1) @ weight + block.bias
            ring[self._hop % len(ring)] = x
            x = x + np.maximum(raised, 0)
        self._hop += 1
        scores = x @ head.output[0] + head.output[1]
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        posteriors: Floats = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
        posteriors[absent] = 0
        for ring in self._rings:
            ring[(self._hop - 1) % len(ring), absent] = 0
        return posteriors


def _embedding(feature: AudioFeature | VisualFeature | None) -> Floats | None:
    return None if feature is None or not feature.embedding.size else feature.embedding
