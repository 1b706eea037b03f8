# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What ear and eye by themselves read of encoded clips, each as one stream through them."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np

from av_fusion_ros.learning.agreement_conditions import Material
from av_fusion_ros.learning.agreement_material import HeardHop, SeenHop
from av_fusion_ros.model.senses import AUDIO, VISUAL
from av_fusion_ros.recognition.agreement_window import Floats
from av_fusion_ros.recognition.frozen_head import FrozenHead

Hop = TypeVar('Hop', HeardHop, SeenHop)


def with_phonemes(material: Material, head: FrozenHead) -> Material:
    """The same material with the posteriors of every hop; it may have been kept without them."""
    heard = {name: _read(clips, head, AUDIO) for name, clips in material.heard.items()}
    seen = {name: _read(clips, head, VISUAL) for name, clips in material.seen.items()}
    return Material(material.names, heard, seen)


def _read(clips: list[list[Hop]], head: FrozenHead, sense: int) -> list[list[Hop]]:
    """The same clips, each hop with its posteriors (classes,)."""
    embeddings = np.stack([hop.feature.embedding for clip in clips for hop in clip])
    posteriors = iter(np.exp(head.log_probs(embeddings, sense)))
    return [[replace(hop, phonemes=next(posteriors)) for hop in clip] for clip in clips]


def of_both(ear: HeardHop, eye: SeenHop) -> Floats | None:
    """What both read (2, classes) side by side; None where they were not read."""
    if ear.phonemes is None or eye.phonemes is None:
        return None
    return np.stack((ear.phonemes, eye.phonemes))
