# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Gain and shift of each mel band, learnt from what was understood.

A linear input network (Neto et al. 1995) with a diagonal matrix: 128 numbers before a network that
stays as it is, by gradient descent (Adam, Kingma and Ba 2015) on CTC's loss of the lessons.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np

from av_fusion_ros.learning.differentiable_ear import LOG_MEL_SPREAD, DifferentiableEar
from av_fusion_ros.learning.lesson import Lesson
from av_fusion_ros.recognition.site_correction import MAX_GAIN, MAX_SHIFT, SiteCorrection


@dataclass(frozen=True, slots=True)
class TuningSettings:
    """``steps`` of ``batch`` lessons each; ``pull`` towards no tuning, per squared number.

    Shifts are counted in units of LOG_MEL_SPREAD, so that one rate suits both kinds.
    """

    steps: int = 14
    batch: int = 16
    rate: float = 1e-2
    pull: float = 1e-3
    seed: int = 0


class BandTuner:
    """Tunes one correction further; ``tune`` yields after each lesson and returns the result."""

    def __init__(self, ear: DifferentiableEar, settings: TuningSettings | None = None) -> None:
        self._ear, self._settings = ear, settings or TuningSettings()
        self._rng = np.random.default_rng(self._settings.seed)

    def tune(
        self, lessons: Sequence[Lesson], start: SiteCorrection
    ) -> Generator[None, None, SiteCorrection]:
        """Go on from ``start``; its spectrum stays what it is."""
        settings = self._settings
        numbers = np.stack((start.gain, start.shift / LOG_MEL_SPREAD)).astype(np.float64)
        mean, square = np.zeros_like(numbers), np.zeros_like(numbers)
        cleaned = [start.cleaned(lesson.mel) for lesson in lessons]
        waiting: list[int] = []
        for step in range(settings.steps):
            slope = -2 * settings.pull * numbers
            for _ in range(settings.batch):
                waiting = waiting or self._rng.permutation(len(lessons)).tolist()
                chosen = waiting.pop()
                slope += self._slope(cleaned[chosen], lessons[chosen], numbers) / settings.batch
                yield
            mean += 0.1 * (slope - mean)
            square += 0.001 * (slope**2 - square)
            unbiased = mean / (1 - 0.9 ** (step + 1))
            spread = np.sqrt(square / (1 - 0.999 ** (step + 1))) + 1e-8
            numbers += settings.rate * (1 - step / settings.steps) * unbiased / spread
            numbers = np.clip(numbers, *_bounds())
        return _with(start, numbers)

    def _slope(self, mel: np.ndarray, lesson: Lesson, numbers: np.ndarray) -> np.ndarray:
        tuned = mel * (1 + numbers[0]) + LOG_MEL_SPREAD * numbers[1]
        found, by_mel = self._ear.likelihood(tuned.astype(np.float32), lesson.targets)
        if not np.isfinite(found):
            return np.zeros_like(numbers)
        slope = np.stack(((by_mel * mel).sum(0), LOG_MEL_SPREAD * by_mel.sum(0)))
        return slope / len(lesson.targets)


def _bounds() -> tuple[np.ndarray, np.ndarray]:
    most = np.array([[MAX_GAIN], [MAX_SHIFT / LOG_MEL_SPREAD]])
    return -most, most


def _with(start: SiteCorrection, numbers: np.ndarray) -> SiteCorrection:
    return SiteCorrection(
        start.noise_power,
        start.strength,
        numbers[0].astype(np.float32),
        (LOG_MEL_SPREAD * numbers[1]).astype(np.float32),
    )
