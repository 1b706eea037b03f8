# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Fitting the confidence on the validation part: commands, noisy commands, and other talk."""

from __future__ import annotations

from collections.abc import Sequence

from av_fusion_ros.learning.batches import ExampleMaker
from av_fusion_ros.learning.corpus import Clip
from av_fusion_ros.learning.trials import Trial, log_probabilities, read
from av_fusion_ros.model.network import AVNetwork
from av_fusion_ros.recognition.confidence import Calibration, fit
from av_fusion_ros.recognition.grammar import Grammar

SNRS_DB: tuple[float | None, ...] = (None, 5.0, -5.0, -12.0)


def calibration_trials(
    network: AVNetwork,
    sentences: Sequence[Clip],
    words: Sequence[Clip],
    makers: tuple[ExampleMaker, ExampleMaker],
    grammars: tuple[Grammar, Grammar, Grammar],
    seed: int = 0,
) -> list[Trial]:
    """Trials right and wrong; every reading without a phrase is left out.

    ``sentences`` are audio-visual and read with the first grammar, theirs, and with the second,
    of which they are no part: whatever is heard there is wrong. ``words`` are sound alone and
    read with the third. ``makers`` cut sentences and words to their lengths.
    """
    own, foreign, keywords = grammars
    trials = []
    for index, snr_db in enumerate(SNRS_DB):
        for clip, outputs in log_probabilities(network, makers[0], sentences, snr_db, seed + index):
            trials += [read(own, outputs[name], clip.text) for name in outputs]
            trials.append(read(foreign, outputs['fused'], clip.text))
        for clip, outputs in log_probabilities(network, makers[1], words, snr_db, seed + index):
            trials.append(read(keywords, outputs['audio'], clip.text))
    return [trial for trial in trials if trial.evidence is not None]


def fit_confidence(trials: Sequence[Trial]) -> Calibration:
    """Calibration of the probability that a trial is right."""
    return fit([t.evidence for t in trials if t.evidence], [t.right for t in trials if t.evidence])
