# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How well one talker is understood: phrases right and phonemes wrong, by ear, eye and both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from av_fusion_ros.learning.batches import ExampleMaker
from av_fusion_ros.learning.corpus import Clip
from av_fusion_ros.learning.labels import phoneme_classes, timed_phonemes
from av_fusion_ros.learning.statistics import wilson_interval
from av_fusion_ros.learning.trials import log_probabilities, read
from av_fusion_ros.learning.validation import READINGS, best_path, edit_distance
from av_fusion_ros.model.network import AVNetwork
from av_fusion_ros.recognition.grammar import Grammar


@dataclass(frozen=True, slots=True)
class TalkerFigure:
    """One reading in one noise (``snr_db`` None: as recorded)."""

    snr_db: float | None
    reading: str
    right: int
    clips: int
    phoneme_errors: int
    phonemes: int

    @property
    def interval(self) -> tuple[float, float]:
        """95 % Wilson interval of the share of clips read right as a whole."""
        return wilson_interval(self.right, self.clips)

    @property
    def phoneme_error_rate(self) -> float:
        """Edit distance over phonemes said, without any grammar."""
        return self.phoneme_errors / max(1, self.phonemes)


def talker_figures(
    network: AVNetwork,
    maker: ExampleMaker,
    clips: Sequence[Clip],
    grammar: Grammar,
    snrs_db: Sequence[float | None],
    seed: int = 0,
) -> list[TalkerFigure]:
    """A figure for each noise and reading; the noise drawn depends on ``seed`` alone."""
    found = []
    for snr_db in snrs_db:
        right, wrong = dict.fromkeys(READINGS, 0), dict.fromkeys(READINGS, 0)
        phonemes = 0
        for clip, outputs in log_probabilities(network, maker, clips, snr_db, seed):
            truth = phoneme_classes(timed_phonemes(clip.words, maker.pronounce))
            phonemes += len(truth)
            for name, log_probs in outputs.items():
                right[name] += read(grammar, log_probs, clip.text).right
                wrong[name] += edit_distance(best_path(torch.from_numpy(log_probs)), truth)
        found += [
            TalkerFigure(snr_db, name, right[name], len(clips), wrong[name], phonemes)
            for name in READINGS
        ]
    return found
