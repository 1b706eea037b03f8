# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The recipe of the shipped checkpoint: which data, in which proportion, for how long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from av_fusion_ros.learning.batches import Batch, ExampleMaker, stack
from av_fusion_ros.learning.corpus import (
    Clip,
    CorpusError,
    generated_clips,
    grid_clips,
    read_samples,
    speech_commands_clips,
)
from av_fusion_ros.learning.labels import Pronounce
from av_fusion_ros.learning.mixing import NoiseSource
from av_fusion_ros.learning.splits import Part, noise_parts
from av_fusion_ros.learning.training import (
    TrainableNetwork,
    TrainingSettings,
    launched_fabric,
    train,
)
from av_fusion_ros.model.network import AVNetwork
from av_fusion_ros.model.specification import Specification

FULL_SCALE = np.float32(32768)
N_HOPS = 75  # 3 s: a GRID sentence with its pauses


@dataclass(frozen=True, slots=True)
class DataFolders:
    """Where the recordings are; ``crops`` and ``generated`` are made beforehand."""

    recordings: Path
    crops: Path
    generated: Path

    def noise(self, part: Part) -> list[NDArray[np.float32]]:
        """The noise recordings of one part, all families."""
        found = []
        for family in sorted((self.recordings / 'noise').iterdir()):
            for path in noise_parts(sorted(family.glob('*.flac')))[part]:
                found.append(read_samples(path).astype(np.float32) / FULL_SCALE)
        if not found:
            raise CorpusError(f'no noise recordings under {self.recordings / "noise"}')
        return found


def sentences_of_three(clips: Sequence[Clip], rng: np.random.Generator) -> list[Clip]:
    """Single words joined by threes, so that words are also learned in company."""
    order = rng.permutation(len(clips))
    joined = []
    for i in range(0, len(order) - 2, 3):
        group = [clips[j] for j in order[i : i + 3]]
        joined.append(
            Clip(
                name='+'.join(c.name for c in group),
                speaker=group[0].speaker,
                samples=np.concatenate([c.samples for c in group]),
                words=tuple(w for c in group for w in c.words),
                timed=False,
                source='speech_commands',
            )
        )
    return joined


def run(
    folders: DataFolders,
    spec: Specification,
    settings: TrainingSettings,
    pronounce: Pronounce,
    run_folder: Path,
    processes: int = 2,
) -> AVNetwork:
    """Train the shipped network from recordings and generated clips."""
    fabric = launched_fabric(settings, processes)
    rng = np.random.default_rng(settings.seed)
    grid = folders.recordings / 'grid' / 's1'
    real = list(grid_clips(grid, folders.crops, ('train',)))
    words = list(speech_commands_clips(folders.recordings / 'speech_commands', ('train',)))
    made = [
        clip
        for clip in generated_clips(folders.generated)
        if clip.words[-1].end_s - clip.words[0].start_s < (N_HOPS - 8) * 0.04
    ]
    voices = [
        clip.samples.astype(np.float32) / FULL_SCALE
        for clip in [*real[::4], *words[::6], *made[::6]]
    ]
    noise = NoiseSource(folders.noise('train'), voices)
    maker = ExampleMaker(spec, pronounce, noise, N_HOPS)
    # Clips of each kind in a batch, per process.
    sources = [(real, 7), (made, 3), (sentences_of_three(words, rng), 2)]
    torch.manual_seed(settings.seed)
    network = TrainableNetwork(spec)
    return train(
        network,
        maker,
        sources,
        validation_batches(folders, spec, pronounce),
        settings,
        run_folder,
        fabric,
    )


def validation_batches(
    folders: DataFolders, spec: Specification, pronounce: Pronounce
) -> dict[str, Sequence[Batch]]:
    """Held-out GRID sentences in held-out noise, corrupted the same way every time."""
    clips = list(grid_clips(folders.recordings / 'grid' / 's1', folders.crops, ('validation',)))
    noise = NoiseSource(folders.noise('validation'), [])
    maker = ExampleMaker(spec, pronounce, noise, N_HOPS)
    rng = np.random.default_rng(0)
    return {
        name: [
            stack([maker.make_plain(rng, clip, snr_db) for clip in clips[i : i + 17]])
            for i in range(0, len(clips), 17)
        ]
        for name, snr_db in (('clean', None), ('minus8', -8.0))
    }
