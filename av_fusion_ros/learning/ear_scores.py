# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How well the ear alone confirms what was understood, under any correction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from av_fusion_ros.learning.ctc import log_likelihood
from av_fusion_ros.learning.lesson import Lesson
from av_fusion_ros.model.senses import AUDIO
from av_fusion_ros.recognition.backend import Backend
from av_fusion_ros.recognition.frozen_head import FrozenHead
from av_fusion_ros.recognition.site_correction import SiteCorrection

WORST = -6.0  # nats per phoneme; one lesson in a slammed door must not outvote ten good ones


@dataclass(frozen=True, slots=True)
class EarScore:
    """In nats per phoneme.

    ``likelihood`` of what was understood, WORST to 0. ``contradiction``: by how much the best
    sequence of classes is likelier than that. On validation clips its mean is below 0.8 for the
    truth, at -8 dB of five recorded and two generated noises, and above 2.2 for other sentences; in
    a bare 100 Hz hum at -8 dB the truth comes to 1.4.
    """

    likelihood: float
    contradiction: float


class Scorer(Protocol):
    """What judges a correction by a lesson."""

    def score(self, lesson: Lesson, correction: SiteCorrection) -> EarScore:
        """How the ear alone reads the lesson."""


class EarScorer:
    """Runs the audio stream and the frozen head over a lesson: tens of milliseconds."""

    def __init__(self, backend: Backend, head: FrozenHead) -> None:
        self._backend, self._head = backend, head

    def score(self, lesson: Lesson, correction: SiteCorrection) -> EarScore:
        """See ``Scorer.score``."""
        mel = np.ascontiguousarray(correction.corrected(lesson.mel).T[None, None])
        features, _, _ = self._backend.hear(mel, self._backend.initial_state('audio'))
        log_probs = self._head.log_probs(features[0], AUDIO)
        found, n = log_likelihood(log_probs, lesson.targets), len(lesson.targets)
        freely = float(log_probs.max(axis=1).sum())
        return EarScore(max(WORST, found / n), min(-WORST, (freely - found) / n))
