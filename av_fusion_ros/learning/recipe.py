# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The recipe of the shipped checkpoint: which data, in which proportion, for how long."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from lightning_fabric import Fabric

from av_fusion_ros.learning.batches import Batch, ExampleMaker, stack
from av_fusion_ros.learning.calibrating import calibration_trials, fit_confidence
from av_fusion_ros.learning.clip_folder import folder_clips
from av_fusion_ros.learning.corpus import Clip, generated_clips
from av_fusion_ros.learning.data_folders import FULL_SCALE, DataFolders
from av_fusion_ros.learning.labels import HOP_S
from av_fusion_ros.learning.mixing import NoiseSource
from av_fusion_ros.learning.pronouncing import pronounce
from av_fusion_ros.learning.streams import PAUSE_HOPS
from av_fusion_ros.learning.training import (
    TrainableNetwork,
    TrainingSettings,
    train,
)
from av_fusion_ros.model.checkpoint import load_network
from av_fusion_ros.model.network import AVNetwork
from av_fusion_ros.model.specification import Specification
from av_fusion_ros.recognition.confidence import Calibration
from av_fusion_ros.recognition.grammar import Grammar
from av_fusion_ros.signals.log_mel import SAMPLE_RATE_HZ

WORD_HOPS = 34  # 1 s, and what the network needs to answer
N_HOPS = 75  # 3 s: a GRID sentence with its pauses


def sentences_of_three(clips: Sequence[Clip], rng: np.random.Generator) -> list[Clip]:
    """Single words joined by threes, so that words are also learned in company."""
    order = rng.permutation(len(clips))
    joined = []
    for i in range(0, len(order) - 2, 3):
        group = [clips[j] for j in order[i : i + 3]]
        begins = np.cumsum([0, *(len(c.samples) for c in group[:-1])])
        joined.append(
            Clip(
                name='+'.join(c.name for c in group),
                speaker=group[0].speaker,
                samples=np.concatenate([c.samples for c in group]),
                words=tuple(
                    word.shifted(begin / SAMPLE_RATE_HZ)
                    for clip, begin in zip(group, begins, strict=True)
                    for word in clip.words
                ),
                timed=False,
                source='speech_commands',
            )
        )
    return joined


def run(
    folders: DataFolders,
    spec: Specification,
    settings: TrainingSettings,
    run_folder: Path,
    fabric: Fabric,
    start_from: Path | None = None,
    own: Sequence[Path] = (),
) -> AVNetwork:
    """Train the shipped network from recordings and generated clips; ``fabric`` was launched.

    ``start_from`` is a checkpoint of the same architecture whose weights are trained further.
    ``own`` are folders of a user's clips, as ``folder_clips`` takes them.
    """
    rng = np.random.default_rng(settings.seed)
    real, words = folders.sentences('train'), folders.words('train')
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
    sources: list[tuple[Sequence[Clip], int]] = [
        (real, 7),
        (made, 2),
        (sentences_of_three(words, rng), 4),
    ]
    if mine := [clip for folder in own for clip in own_clips(folder, folders.cache)]:
        sources.append((mine, 3))
    torch.manual_seed(settings.seed)
    network = TrainableNetwork(spec)
    if start_from is not None:
        network.load_state_dict(load_network(start_from)[0].state_dict())
    return train(
        network,
        maker,
        sources,
        validation_batches(folders, spec),
        settings,
        run_folder,
        fabric,
    )


def own_clips(folder: Path, cache: Path) -> list[Clip]:
    """The train part of a user's folder, without clips longer than an example."""
    clips = folder_clips(folder, cache / f'clips_{folder.name}', ('train',))
    return [clip for clip in clips if len(clip.samples) <= N_HOPS * HOP_S * SAMPLE_RATE_HZ]


def validation_batches(folders: DataFolders, spec: Specification) -> dict[str, Sequence[Batch]]:
    """Held-out GRID sentences in held-out noise, corrupted the same way every time."""
    clips = folders.sentences('validation')
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


def notes(settings: TrainingSettings) -> dict[str, str]:
    """What a checkpoint says about how it was made."""
    return {
        'training': f'{settings.steps} steps, seed {settings.seed}, {settings.precision}',
        'data': 'GRID s1, Speech Commands v0.02 test split, noise recordings, generated faces; '
        'train parts by av_fusion_ros.learning.splits',
        'licences': 'weights Apache-2.0; GRID and Speech Commands CC BY 4.0; ESC-10 CC BY 3.0',
    }


def calibrate(
    folders: DataFolders, network: AVNetwork, grammars: tuple[Grammar, Grammar, Grammar]
) -> Calibration:
    """The confidence, fitted on the validation part; grammars as in calibration_trials."""
    noise = NoiseSource(folders.noise('validation'), [])
    makers = (
        ExampleMaker(network.spec, pronounce, noise, N_HOPS + PAUSE_HOPS),
        ExampleMaker(network.spec, pronounce, noise, WORD_HOPS),
    )
    sentences, words = folders.sentences('validation'), folders.words('validation')
    trials = calibration_trials(network, sentences, words, makers, grammars)
    return fit_confidence(trials)
