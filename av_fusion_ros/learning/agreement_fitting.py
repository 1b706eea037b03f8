# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Fitting the probability that voice and lips belong together, on the validation part."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np

from av_fusion_ros.learning.agreement_conditions import NOISY, PICTURES, Material
from av_fusion_ros.learning.agreement_material import HeardHop, SeenHop
from av_fusion_ros.recognition.agreement_calibration import (
    AgreementCalibration,
    WindowCalibration,
    fit_window,
)
from av_fusion_ros.recognition.av_offset import OffsetSettings
from av_fusion_ros.recognition.voice_and_lips import VoiceAndLips

#: Validation clips of GRID s1 that are not what they are taken for, found by this fit: the sound
#: of one is 160 ms early, as its mouth opening against its level says too, and the lips of the
#: other match its words at no shift.
DOUBTFUL = frozenset({'swwc5s', 'bwbt8p'})
EVERY = 5  # hops: neighbouring windows are almost the same
SWAPS = 6  # pictures that each clip's sound is put beside


@dataclass(frozen=True, slots=True)
class Window:
    """Similarities of a hop, one and three seconds in one place of a stream."""

    similarities: tuple[float, float, float]
    snr_db: float  # of the hop
    mean_snr_db: float
    quality: float
    together: bool


def windows(
    heard: Iterable[HeardHop], seen: Iterable[SeenHop], together: bool, temperature: float
) -> list[Window]:
    """Every fifth hop of speech of a stream."""
    follower = VoiceAndLips(AgreementCalibration(), OffsetSettings(), temperature)
    found, count = [], 0
    for ear, eye in zip(heard, seen, strict=True):
        projections = np.stack((ear.projection, eye.projection))
        if not ear.feature.speech_probability > 0.5:
            follower.push_silence(projections)
            continue
        follower.push_speech(projections, ear.feature.snr_db, eye.feature.quality)
        count += 1
        if count % EVERY == 0 and not isnan(follower.similarities[0]):
            found.append(
                Window(
                    follower.similarities,
                    ear.feature.snr_db,
                    follower.snr_db,
                    eye.feature.quality,
                    together,
                )
            )
    return found


def pairs(n: int, swaps: int = SWAPS) -> list[int]:
    """By how many places the clips are moved against each other for the pairs that do not match."""
    return [round((k + 1) * n / (swaps + 1)) for k in range(swaps)]


def all_windows(
    conditions: Sequence[tuple[Sequence[Sequence[HeardHop]], Sequence[Sequence[SeenHop]]]],
    left_out: frozenset[int],
    temperature: float,
) -> list[Window]:
    """Of every clip with its own picture and with those of other clips, in every condition."""
    found: list[Window] = []
    for heard, seen in conditions:
        n = len(heard)
        for move in [0, *pairs(n)]:
            kept = [k for k in range(n) if not {k, (k + move) % n} & left_out]
            found += windows(
                [hop for k in kept for hop in heard[k]],
                [hop for k in kept for hop in seen[(k + move) % n]],
                move == 0,
                temperature,
            )
    return found


def fit_agreement(found: Sequence[Window], temperature: float) -> AgreementCalibration:
    """The calibration of each length of window."""
    together = np.array([window.together for window in found])
    quality = np.array([window.quality for window in found])
    similarities = np.array([window.similarities for window in found])

    def fitted(length: int) -> WindowCalibration:
        name = 'snr_db' if length == 0 else 'mean_snr_db'
        snr_db = np.array([getattr(window, name) for window in found])
        known = np.isfinite(similarities[:, length])
        logit = similarities[known, length] / temperature
        return fit_window(logit, snr_db[known], quality[known], together[known])

    return AgreementCalibration(fitted(0), fitted(1), fitted(2))


def fit_shipped(material: Material, temperature: float) -> AgreementCalibration:
    """The fit over every noise and picture of the material, doubtful clips left out."""
    left_out = frozenset(k for k, name in enumerate(material.names) if name in DOUBTFUL)
    conditions = [(material.heard[sound], material.seen['good']) for sound in (*NOISY, 'fade')]
    conditions += [(material.heard['clean'], material.seen[picture]) for picture in PICTURES[1:]]
    return fit_agreement(all_windows(conditions, left_out, temperature), temperature)
