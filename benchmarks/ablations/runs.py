# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Every run of the ablations: one arm trained with one seed, and measured."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from av_fusion_ros.cli.train import grammars
from av_fusion_ros.learning.data_folders import DataFolders
from av_fusion_ros.learning.splits import Part
from av_fusion_ros.model.checkpoint import load_network
from av_fusion_ros.model.specification import Specification
from benchmarks.ablations import agreement_training, deformable_runs, fusion_model
from benchmarks.ablations.agreement_evaluation import evaluate_agreement
from benchmarks.ablations.fusion_evaluation import evaluate_fusion
from benchmarks.ablations.fusion_training import train_fusion
from benchmarks.ablations.optimising import n_parameters
from benchmarks.ablations.results import Result
from benchmarks.ablations.sounds import held_out_sounds, training_sounds
from benchmarks.ablations.stream_outputs import held_out_outputs, training_outputs
from benchmarks.ablations.tracking import Track

SOUND_DRAWS = 2


@dataclass(frozen=True, slots=True)
class Setting:
    """What all runs share: frozen streams, recordings, and the budget of every arm."""

    model: Path
    folders: DataFolders
    steps: int
    draws: int  # times that each training clip is corrupted anew
    part: Part  # that is measured
    cache: Path
    track: Track

    def model_digest(self) -> str:
        """Names the checkpoint by what is in it."""
        return hashlib.sha256(self.model.read_bytes()).hexdigest()[:12]

    def result(
        self,
        run: tuple[str, str, int],
        train: Callable[[], nn.Module],
        measure: Callable[..., dict[str, float]],
    ) -> Result:
        """Train one arm, then measure it."""
        began = time.process_time()
        arm = train()
        cpu_s = time.process_time() - began
        count = n_parameters(arm)
        if isinstance(arm, fusion_model.FusionModel):
            count -= n_parameters(arm.distiller.decoders)  # which exist in training alone
        return Result(*run, count, round(cpu_s, 1), measure(arm))


Runner = Callable[[str, int], Result]


def fusion_runner(setting: Setting) -> Runner:
    """Arms of what comes after the streams."""
    network, spec = load_network(setting.model)
    cache, track = setting.cache / setting.model_digest(), setting.track
    data = training_outputs(network, setting.folders, setting.draws, cache, track)
    held_out = held_out_outputs(network, setting.folders, setting.part, cache, track)
    sentences, _, _ = grammars()
    return lambda variant, seed: setting.result(
        ('fusion', variant, seed),
        lambda: train_fusion(variant, data, spec.latent_size, setting.steps, seed, track),
        lambda arm: evaluate_fusion(arm, held_out, sentences),
    )


def agreement_runner(setting: Setting) -> Runner:
    """Arms of the loss by which projections of the streams learn to agree."""
    network, _ = load_network(setting.model)
    cache, track = setting.cache / setting.model_digest(), setting.track
    data = training_outputs(network, setting.folders, setting.draws, cache, track)
    held_out, validation = (
        held_out_outputs(network, setting.folders, part, cache, track)
        for part in (setting.part, 'validation')
    )
    return lambda variant, seed: setting.result(
        ('agreement', variant, seed),
        lambda: agreement_training.train_agreement(variant, data, setting.steps, seed, track),
        lambda arm: evaluate_agreement(arm, held_out, validation),
    )


def deformable_runner(setting: Setting) -> Runner:
    """Arms of the audio stream, from scratch."""
    sentences, _, keywords = grammars()
    cache, track, spec = setting.cache / 'sounds', setting.track, Specification()
    data = training_sounds(setting.folders, spec, SOUND_DRAWS, cache, track)
    held_out = held_out_sounds(setting.folders, spec, setting.part, keywords, cache)
    return lambda variant, seed: setting.result(
        ('deformable', variant, seed),
        lambda: deformable_runs.train_listener(variant, data, setting.steps, seed, track),
        lambda arm: deformable_runs.evaluate_listener(arm, held_out, sentences, keywords),
    )


FAMILIES: dict[str, tuple[Callable[[Setting], Runner], tuple[str, ...]]] = {
    'fusion': (fusion_runner, tuple(fusion_model.VARIANTS)),
    'agreement': (agreement_runner, tuple(agreement_training.VARIANTS)),
    'deformable': (deformable_runner, tuple(deformable_runs.MIDDLE_CHANNELS)),
}
