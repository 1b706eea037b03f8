# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Ten keywords and the choice to say nothing, on speakers the network has not heard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from av_fusion_ros.learning.batches import ExampleMaker
from av_fusion_ros.learning.corpus import Clip
from av_fusion_ros.learning.evaluation import Cell, noise_for
from av_fusion_ros.learning.pronouncing import pronounce
from av_fusion_ros.learning.recipe import WORD_HOPS
from av_fusion_ros.learning.splits import Part
from av_fusion_ros.learning.statistics import wilson_interval
from av_fusion_ros.learning.trials import log_probabilities, read
from av_fusion_ros.model.network import AVNetwork
from av_fusion_ros.recognition.confidence import Calibration, expected_calibration_error
from av_fusion_ros.recognition.grammar import Grammar

ACCEPT = 0.5


@dataclass(frozen=True, slots=True)
class KeywordScore:
    """Clips answered rightly: the keyword, or nothing for other words and silence."""

    cell: Cell
    right: int
    clips: int
    calibration_error: float

    @property
    def accuracy(self) -> float:
        """Share of clips right."""
        return self.right / max(1, self.clips)

    @property
    def interval(self) -> tuple[float, float]:
        """95 % Wilson interval of the accuracy."""
        return wilson_interval(self.right, self.clips)


def score_keywords(
    network: AVNetwork,
    grammar: Grammar,
    calibration: Calibration,
    clips: Sequence[Clip],
    cell: Cell,
    noise_folder: Path,
    part: Part,
    seed: int = 0,
) -> KeywordScore:
    """Read single words by ear with a keyword grammar and its calibrated reject."""
    noise = noise_for(noise_folder, cell, part)
    maker = ExampleMaker(network.spec, pronounce, noise, WORD_HOPS)
    known = {choice.text for choice in grammar.choices}
    right, probabilities, truths = 0, [], []
    for clip, outputs in log_probabilities(network, maker, clips, cell.snr_db, seed):
        wanted = clip.text if clip.text in known else ''
        trial = read(grammar, outputs['audio'], clip.text)
        probability = calibration.probability(trial.evidence) if trial.evidence else 0.0
        answer = trial.heard if probability >= ACCEPT else ''
        right += answer == wanted
        probabilities.append(probability)
        truths.append(trial.right)
    error = expected_calibration_error(np.array(probabilities), truths)
    return KeywordScore(cell, right, len(clips), error)
