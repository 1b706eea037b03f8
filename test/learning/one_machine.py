# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A network, clips and a run small enough for tests; torchrun starts it as a machine's part.

python one_machine.py RUN_FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch

from av_fusion_ros.learning.batches import ExampleMaker
from av_fusion_ros.learning.corpus import Clip, Word
from av_fusion_ros.learning.mixing import NoiseSource
from av_fusion_ros.learning.training import (
    TrainableNetwork,
    TrainingSettings,
    launched_fabric,
    train,
)
from av_fusion_ros.model.specification import Specification

SPEC = Specification(
    feature_size=32, latent_size=8, visual_channels=(4, 4, 8, 8), audio_channels=(4, 4, 8, 8)
)
N_HOPS = 30


def clip(seed: int) -> Clip:
    """Noise that is said to be a word, seen and heard."""
    rng = np.random.default_rng(seed)
    crops = rng.integers(0, 255, (N_HOPS, 64, 64)).astype(np.uint8)
    samples = rng.normal(0, 3000, N_HOPS * 640).astype(np.int16)
    words = (Word('go', 0.3, 0.7),)
    return Clip('c', 's', samples, words, crops, np.ones(N_HOPS, bool), source='grid')


def small_maker() -> ExampleMaker:
    """What makes examples of ``clip``, without noise."""
    return ExampleMaker(SPEC, {'go': ['G', 'OW']}.__getitem__, NoiseSource([], []), N_HOPS)


def main(folder: Path) -> None:
    """Train as ``av-fusion train`` does and leave the weights in FOLDER/RANK.pt."""
    settings = TrainingSettings(steps=2, warmup_steps=1, precision='32-true')
    fabric = launched_fabric(settings, processes=1)
    torch.manual_seed(0)
    network = TrainableNetwork(SPEC)
    clips = [clip(seed) for seed in range(8)]
    train(network, small_maker(), [(clips, 2)], {}, settings, folder, fabric)
    # What batch norm counts is each process's own.
    weights = {name: weight.detach() for name, weight in network.named_parameters()}
    torch.save(weights, folder / f'{fabric.global_rank}_of_{fabric.world_size}.pt')


if __name__ == '__main__':
    main(Path(sys.argv[1]))
