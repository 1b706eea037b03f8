# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A robot that hears sentence after sentence and learns from what it understood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from av_fusion_ros.learning.band_tuning import BandTuner
from av_fusion_ros.learning.batched_search import best_texts
from av_fusion_ros.learning.batches import ExampleMaker
from av_fusion_ros.learning.corpus import Clip
from av_fusion_ros.learning.differentiable_ear import DifferentiableEar
from av_fusion_ros.learning.ear_scores import EarScorer
from av_fusion_ros.learning.evaluation import words_right
from av_fusion_ros.learning.lesson import (
    MelMemory,
    SelectionSettings,
    Understood,
    lesson_from,
)
from av_fusion_ros.learning.mixing import NoiseSource
from av_fusion_ros.learning.pronouncing import pronounce
from av_fusion_ros.learning.senses import SenseEncoder
from av_fusion_ros.learning.site_adapter import SiteAdapter, Told
from av_fusion_ros.learning.splits import Part
from av_fusion_ros.model.checkpoint import load_network
from av_fusion_ros.model.checkpoint_file import read_checkpoint
from av_fusion_ros.recognition.backend import open_backend
from av_fusion_ros.recognition.confidence import load_calibration
from av_fusion_ros.recognition.features import HOP_NS
from av_fusion_ros.recognition.frozen_head import FrozenHead
from av_fusion_ros.recognition.grammar import Grammar
from av_fusion_ros.recognition.site_correction import NO_CORRECTION, SiteCorrection
from av_fusion_ros.recognition.utterance import decode, evidence_of

Floats = NDArray[np.float32]
N_HOPS = 85  # a sentence of three seconds and a pause
GROUP = 26


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Words right by ear and by both senses, of ``words``, for each clip."""

    ear: NDArray[np.int64]
    fused: NDArray[np.int64]
    words: int

    @property
    def by_ear(self) -> float:
        """Share of words right."""
        return float(self.ear.sum()) / self.words

    @property
    def by_both(self) -> float:
        """Share of words right."""
        return float(self.fused.sum()) / self.words


class Robot:
    """The network on ONNX Runtime, the clips' pictures encoded once, their sound when heard."""

    def __init__(
        self,
        model: Path,
        clips: Sequence[Clip],
        grammar: Grammar,
        noise: Path,
        part: Part,
    ) -> None:
        self.clips, self.grammar = clips, grammar
        self.backend, self.spec = open_backend(model, 'onnxruntime')
        self.arrays = read_checkpoint(model)[0]
        self.scorer = EarScorer(self.backend, FrozenHead(self.arrays))
        self.ear = DifferentiableEar(self.arrays)
        self._tuner = BandTuner(self.ear)
        self.calibration = load_calibration(model.with_suffix('.calibration.json'))
        self.network = load_network(model)[0].eval().requires_grad_(False)
        seen = SenseEncoder(self.network, clips, noise, part, N_HOPS).seen('good')
        self._seen = seen.features.numpy()
        self._present = seen.present.numpy().astype(np.float32)
        self._quality = seen.evidence.numpy().astype(np.float32)
        self._deaf = [replace(clip, crops=None, found=None) for clip in clips]

    def adapter(self, told: Told) -> SiteAdapter:
        """One that has learnt nothing yet."""
        return SiteAdapter(self.scorer, self._tuner, told)

    def mel(self, index: int, noise: NoiseSource, snr_db: float | None, seed: int) -> Floats:
        """What the microphone hears of a clip, log-mel (4 n, 64); the picture is not needed."""
        maker = ExampleMaker(self.spec, pronounce, noise, N_HOPS)
        rng = np.random.default_rng([seed, index])
        return np.ascontiguousarray(maker.make_plain(rng, self._deaf[index], snr_db).mel.T)

    def sight(self, indices: Sequence[int]) -> tuple[Floats, Floats, Floats]:
        """Features (B, n, D), presence and camera quality (B, n) of the pictures of B clips."""
        return self._seen[indices], self._present[indices], self._quality[indices]

    def read(
        self, indices: Sequence[int], mels: Floats, correction: SiteCorrection, ear_only: bool
    ) -> tuple[Floats, Floats]:
        """Log-probabilities (B, n, classes) and weights (B, n, 3) of B clips in a noise."""
        corrected = np.ascontiguousarray(correction.corrected(mels).transpose(0, 2, 1)[:, None])
        streams = len(indices)
        heard, snr_db, _ = self.backend.hear(
            corrected, self.backend.initial_state('audio', streams)
        )
        seen = self._seen[indices]
        sight = np.zeros_like(self._present[indices]) if ear_only else self._present[indices]
        quality = self._quality[indices]
        log_probs, weights, _, _ = self.backend.fuse(
            np.stack((heard, seen, np.zeros_like(seen)), 2),
            np.stack((np.ones_like(sight), sight, np.zeros_like(sight)), 2),
            np.stack((snr_db / 10, quality, np.zeros_like(quality)), 2),
            self.backend.initial_state('fusion', streams),
        )
        return log_probs, weights

    def accuracy(
        self,
        indices: Sequence[int],
        noise: NoiseSource,
        snr_db: float | None,
        correction: SiteCorrection = NO_CORRECTION,
        seed: int = 99,
    ) -> Accuracy:
        """Words right under a correction; the noise drawn depends on ``seed`` and the clip."""
        counts = np.zeros((2, len(indices)), np.int64)
        for start in range(0, len(indices), GROUP):
            group = list(indices[start : start + GROUP])
            mels = np.stack([self.mel(i, noise, snr_db, seed) for i in group])
            for row, ear_only in enumerate((True, False)):
                log_probs, _ = self.read(group, mels, correction, ear_only)
                texts = best_texts(self.grammar, log_probs)
                right = [
                    words_right(self.clips[i].text, x) for i, x in zip(group, texts, strict=True)
                ]
                counts[row, start : start + len(group)] = right
        words = sum(len(self.clips[i].words) for i in indices)
        return Accuracy(counts[0], counts[1], words)


class Life:
    """One robot's stream: what it hears goes through understanding, selection and adapter."""

    def __init__(self, robot: Robot, adapter: SiteAdapter) -> None:
        self.robot, self.adapter = robot, adapter
        self.refused: dict[str, int] = {}
        self._memory = MelMemory()
        self._hops = 0

    @property
    def hours(self) -> float:
        """How long it has heard."""
        return self._hops * HOP_NS / 3.6e12

    def hear(
        self,
        index: int,
        noise: NoiseSource,
        snr_db: float | None,
        seed: int,
        lips: int | None = None,
        misread: str | None = None,
    ) -> None:
        """One sentence.

        As poison, ``lips``: the clip whose picture is shown instead; ``misread``: what is taken to
        be understood instead, with full confidence.
        """
        mel = self.robot.mel(index, noise, snr_db, seed)
        shown = index if lips is None else lips
        log_probs, weights = self.robot.read([shown], mel[None], self.adapter.correction, False)
        first = self._hops
        for hop in range(N_HOPS):
            self._memory.add((first + hop + 1) * HOP_NS, mel[4 * hop : 4 * hop + 4])
        self._hops += N_HOPS
        command = self._understood(log_probs[0], weights[0], first)
        if command is not None and misread is not None:
            command = replace(command, text=misread, confidence=1.0, weight_audio=0.5)
        lesson = (
            'nothing'
            if command is None
            else lesson_from(command, self._memory, SelectionSettings())
        )
        if isinstance(lesson, str):
            self.refused[lesson] = self.refused.get(lesson, 0) + 1
            return
        self.adapter.offer(lesson)
        while self.adapter.work():
            pass

    def _understood(self, log_probs: Floats, weights: Floats, first: int) -> Understood | None:
        utterance = decode(self.robot.grammar, log_probs)
        if utterance is None:
            return None
        delay = round(self.robot.spec.answer_delay_s * 1e9)
        best = utterance.readings[0]
        return Understood(
            best.text,
            self.robot.calibration.probability(evidence_of(utterance)),
            float(np.mean(weights[utterance.start : utterance.end + 1, 0])),
            (first + utterance.start) * HOP_NS - delay,
            (first + utterance.end + 1) * HOP_NS - delay,
        )


torch.set_num_threads(1)
