# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Quick figures on the validation part while training: phoneme error rate of each sense."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import Tensor

from av_fusion_ros.learning.batches import Batch
from av_fusion_ros.model.network import AVNetwork
from av_fusion_ros.model.phonemes import BLANK

READINGS = ('audio', 'visual', 'fused')


def edit_distance(a: Sequence[int], b: Sequence[int]) -> int:
    """Levenshtein distance."""
    row = np.arange(len(b) + 1)
    for i, x in enumerate(a, start=1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, start=1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (x != y))
    return int(row[-1])


def best_path(log_probs: Tensor) -> list[int]:
    """Greedy CTC reading of (n, classes): repeats merged, blanks dropped."""
    path = torch.unique_consecutive(log_probs.argmax(-1)).tolist()
    return [c for c in path if c != BLANK]


def hear(network: AVNetwork, mel: Tensor) -> Tensor:
    """Audio features (B, n, D) of log-mel frames (B, 1, 64, 4 n)."""
    features: Tensor = network.audio(mel, network.audio.initial_state(len(mel)))[0]
    return features


def see(network: AVNetwork, crops: Tensor) -> Tensor:
    """Visual features (B, n, D) of crops (B, 1, n, crop, crop)."""
    features: Tensor = network.visual(crops, network.visual.initial_state(len(crops)))[0]
    return features


@torch.no_grad()
def readings(network: AVNetwork, batch: Batch) -> dict[str, Tensor]:
    """Log-probabilities (B, n, 40) from sound alone, picture alone and both."""
    size, hops = batch.seen.shape
    heard, seen = hear(network, batch.mel), see(network, batch.crops)
    features = torch.stack((heard, seen, seen), 2)
    quality = batch.camera_quality[:, None].expand(size, hops)
    evidence = torch.stack((network.snr_db(heard) / 10, quality, quality), 2)
    out = {}
    never = torch.zeros_like(batch.seen)
    for name, (ear, eye) in zip(READINGS, ((1, 0), (0, 1), (1, 1)), strict=True):
        present = torch.stack(
            (batch.heard if ear else never, batch.seen if eye else never, never), 2
        )
        out[name] = network.fuse(features, present, evidence, network.fusion_state(size))[0]
    return out


def phoneme_error_rates(network: AVNetwork, batches: Iterable[Batch]) -> dict[str, float]:
    """Phoneme error rate of each reading, over all clips; the network is left as it was."""
    training = network.training
    network.eval()
    errors, total = dict.fromkeys(READINGS, 0), 0
    for batch in batches:
        outputs = readings(network, batch)
        offset = 0
        for clip, length in enumerate(batch.target_lengths.tolist()):
            truth = batch.targets[offset : offset + length].tolist()
            offset += length
            total += length
            for name in READINGS:
                errors[name] += edit_distance(best_path(outputs[name][clip]), truth)
    network.train(training)
    return {name: count / max(total, 1) for name, count in errors.items()}
