# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Trains the network that tells what is wrong with a camera's picture, and writes it as ONNX.

Run as ``python -m av_fusion_ros.learning.camera_health_training``; it
takes GRID's clips from ``$AV_FUSION_DATA`` or ../shared/data.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track
from torch import Tensor, nn

from av_fusion_ros.learning.camera_faults import sample
from av_fusion_ros.learning.camera_scenes import (
    Scene,
    drawn_scene,
    leaves_scene,
    photograph_scene,
    photographs,
    recorded_scene,
    texture_scene,
    varied,
)
from av_fusion_ros.learning.data_folders import recordings_folder
from av_fusion_ros.learning.splits import Part, grid_key, part_of
from av_fusion_ros.signals.camera_health_network import SCORED
from av_fusion_ros.signals.camera_maps import CHANNELS, HEIGHT, WIDTH

_SHAPE = (CHANNELS, HEIGHT // 2, WIDTH // 2)
_FIRST_SEED: dict[Part, int] = {'train': 1000, 'validation': 2000, 'test': 3000}
_BATCH = 64
_LEARNING_RATE = 3e-3


class CameraHealthNet(nn.Module):
    """Maps (n, 5, h, w) to scores (n, len(SCORED)) before the sigmoid; 15,000 weights."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        sizes, strides = (CHANNELS, 8, 16, 24, 32), (2, 2, 2, 2)
        for before, after, stride in zip(sizes[:-1], sizes[1:], strides, strict=True):
            layers += [
                nn.Conv2d(before, after, 3, stride, 1, bias=False),
                nn.BatchNorm2d(after),
                nn.ReLU(),
            ]
        self.features = nn.Sequential(*layers)
        self.judge = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, len(SCORED)))

    def forward(self, maps: Tensor) -> Tensor:
        seen = self.features(maps)
        # How much of it there is in the picture, and how clear it is at its clearest.
        return self.judge(torch.cat([seen.mean((2, 3)), seen.amax((2, 3))], 1))


class _Scored(nn.Module):
    """The network with its sigmoid, as it is shipped."""

    def __init__(self, network: CameraHealthNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, maps: Tensor) -> Tensor:
        return torch.sigmoid(self.network(maps))


def scenes(part: Part, count: int, grid: Path) -> list[Scene]:
    """Clean scenes: three in ten random shapes, two textures, two photographs, one drawn, two real.

    Only for training are there photographs: all others are for testing.
    """
    rng = np.random.default_rng([_FIRST_SEED[part], 0x5C])
    tenth = max(1, count // 10)
    found: list[Scene] = [leaves_scene(rng) for _ in track(range(3 * tenth), 'random scenes')]
    found += [texture_scene(rng) for _ in track(range(2 * tenth), 'textures')]
    if part == 'train':
        pictures = [picture for _, picture in photographs(part)]
        found += [photograph_scene(rng, pictures[k % len(pictures)]) for k in range(2 * tenth)]
    drawn = [_FIRST_SEED[part] + k for k in range(tenth)]
    found += [drawn_scene(seed) for seed in track(drawn, 'drawn scenes')]
    clips = sorted(grid.glob('*.mp4'))
    clips = [clip for clip in clips if part_of(grid_key(clip)) == part]
    clips = clips[:: max(1, len(clips) // (2 * tenth))]
    return found + [recorded_scene(clip) for clip in track(clips, 'recorded scenes')]


def samples(
    found: list[Scene], count: int, seed: int
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Maps (count, 5, 120, 160) in 1/127 and targets (count, len(SCORED))."""
    maps = np.empty((count, *_SHAPE), np.int8)
    targets = np.empty((count, len(SCORED)), np.float32)
    for k in track(range(count), 'samples'):
        rng = np.random.default_rng([seed, k])
        made, targets[k] = sample(rng, varied(rng, found[int(rng.integers(len(found)))]))
        maps[k] = np.rint(127 * made)
    return maps, targets


def loss_of(scores: Tensor, targets: Tensor) -> Tensor:
    """Binary cross-entropy with soft targets, over what is to be learned."""
    known = ~targets.isnan()
    wanted = torch.where(known, targets, 0.0)
    each = nn.functional.binary_cross_entropy_with_logits(scores, wanted, reduction='none')
    return (each * known).sum() / known.sum()


def fit(
    maps: NDArray[np.int8], targets: NDArray[np.float32], epochs: int, seed: int
) -> CameraHealthNet:
    """Train on samples in memory."""
    torch.manual_seed(seed)
    network = CameraHealthNet()
    optimizer = torch.optim.AdamW(network.parameters(), _LEARNING_RATE, weight_decay=1e-3)
    steps = epochs * (len(maps) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _LEARNING_RATE, steps)
    for chosen in track(_batches(len(maps), epochs, seed), 'training', total=steps):
        given = torch.from_numpy(maps[chosen]).float() / 127
        loss = loss_of(network(given), torch.from_numpy(targets[chosen]))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
    return network.eval()


def _batches(count: int, epochs: int, seed: int) -> Iterator[NDArray[np.int64]]:
    rng = np.random.default_rng([seed, 0xBA])
    for _ in range(epochs):
        order = rng.permutation(count)
        for start in range(0, count - _BATCH + 1, _BATCH):
            yield order[start : start + _BATCH]


def export(network: CameraHealthNet, path: Path) -> None:
    """Write the network as ONNX for pictures of any size."""
    axes = {'maps': {2: 'height', 3: 'width'}}
    torch.onnx.export(
        _Scored(network).eval(),
        (torch.zeros(1, *_SHAPE),),
        str(path),
        input_names=['maps'],
        output_names=['scores'],
        dynamic_axes=axes,
        opset_version=17,
        dynamo=False,
    )


def main() -> int:
    """Make samples, train, write the network and say how it does on unseen scenes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--output', type=Path, default=Path('models/camera_health.onnx'))
    parser.add_argument('--samples', type=int, default=16000)
    parser.add_argument('--scenes', type=int, default=480)
    parser.add_argument('--epochs', type=int, default=14)
    parser.add_argument('--seed', type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    grid = recordings_folder() / 'grid' / 's1'
    train = samples(scenes('train', options.scenes, grid), options.samples, options.seed)
    network = fit(*train, options.epochs, options.seed)
    export(network, options.output)
    maps, targets = samples(scenes('validation', options.scenes // 6, grid), 2000, options.seed + 1)
    with torch.inference_mode():
        given = torch.from_numpy(maps).float() / 127
        scores = torch.cat([network(part) for part in given.split(_BATCH)])
    print(f'loss on validation scenes: {float(loss_of(scores, torch.from_numpy(targets))):.4f}')
    return 0


if __name__ == '__main__':
    raise SystemExit(main())
