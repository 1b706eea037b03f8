# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Readings of held-out clips beside the truth: what confidence and keyword scores rest on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from av_fusion_ros.learning.batches import ExampleMaker, stack
from av_fusion_ros.learning.corpus import Clip
from av_fusion_ros.learning.validation import READINGS, readings
from av_fusion_ros.model.network import AVNetwork
from av_fusion_ros.recognition.confidence import Evidence
from av_fusion_ros.recognition.grammar import Grammar
from av_fusion_ros.recognition.utterance import decode, evidence_of

GROUP = 16


@dataclass(frozen=True, slots=True)
class Trial:
    """One clip read once; ``heard`` is '' when no phrase fits."""

    truth: str
    heard: str
    evidence: Evidence | None

    @property
    def right(self) -> bool:
        """Whether exactly the truth was heard."""
        return self.heard == self.truth


def log_probabilities(
    network: AVNetwork,
    maker: ExampleMaker,
    clips: Sequence[Clip],
    snr_db: float | None,
    seed: int,
) -> Iterator[tuple[Clip, dict[str, NDArray[np.float32]]]]:
    """Each clip with the network's output (n, 40) by ear, by eye and by both."""
    rng = np.random.default_rng(seed)
    for start in range(0, len(clips), GROUP):
        group = clips[start : start + GROUP]
        with torch.inference_mode():
            outputs = readings(network, stack([maker.make_plain(rng, c, snr_db) for c in group]))
        for index, clip in enumerate(group):
            yield clip, {name: outputs[name][index].numpy() for name in READINGS}


def read(grammar: Grammar, log_probs: NDArray[np.float32], truth: str) -> Trial:
    """Read a whole clip as one phrase of the grammar."""
    utterance = decode(grammar, log_probs)
    if utterance is None:
        return Trial(truth, '', None)
    return Trial(truth, utterance.readings[0].text, evidence_of(utterance))
