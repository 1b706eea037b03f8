# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Fitting the probability that voice and lips belong together, on the validation part."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np

from av_fusion_ros.learning.agreement_conditions import FITTED, PICTURES, Material
from av_fusion_ros.learning.agreement_material import HeardHop, SeenHop
from av_fusion_ros.learning.agreement_reading import of_both
from av_fusion_ros.recognition.agreement_calibration import (
    AgreementCalibration,
    WindowCalibration,
    fit_window,
)
from av_fusion_ros.recognition.av_offset import OffsetSettings
from av_fusion_ros.recognition.consistency_settings import ConsistencySettings
from av_fusion_ros.recognition.content_calibration import ContentCalibration, fit_content
from av_fusion_ros.recognition.logistic_fit import Array
from av_fusion_ros.recognition.voice_and_lips import VoiceAndLips

#: Validation clips of GRID s1 that are not what they are taken for, found by this fit: the sound
#: of one is 160 ms early, as its mouth opening against its level says too, and the lips of the
#: other match its words at no shift.
DOUBTFUL = frozenset({'swwc5s', 'bwbt8p'})
EVERY = 5  # hops: neighbouring windows are almost the same
MIN_SNR_DB = ConsistencySettings().min_snr_db
SWAPS = 3  # pictures that each clip's sound is put beside


@dataclass(frozen=True, slots=True)
class Window:
    """Similarities of a hop, one and three seconds in one place of a stream, and what was read."""

    similarities: tuple[float, float, float]
    snr_db: float  # of the hop
    mean_snr_db: float
    quality: float
    match: float
    said: float
    judged: bool  # the monitor would: the hop is not too noisy, and both senses were read
    together: bool


def windows(
    heard: Iterable[HeardHop], seen: Iterable[SeenHop], together: bool, temperature: float
) -> list[Window]:
    """Every fifth hop of speech of a stream."""
    follower = VoiceAndLips(AgreementCalibration(), OffsetSettings(), temperature)
    found, count = [], 0
    for ear, eye in zip(heard, seen, strict=True):
        projections, phonemes = np.stack((ear.projection, eye.projection)), of_both(ear, eye)
        if not ear.feature.speech_probability > 0.5:
            follower.push_silence(projections, phonemes)
            continue
        poor = ear.feature.snr_db < MIN_SNR_DB
        follower.push_speech(
            projections, ear.feature.snr_db, eye.feature.quality, None if poor else phonemes
        )
        count += 1
        if count % EVERY == 0 and not isnan(follower.similarities[0]):
            found.append(
                Window(
                    follower.similarities,
                    ear.feature.snr_db,
                    follower.snr_db,
                    eye.feature.quality,
                    follower.content.match,
                    follower.content.said,
                    phonemes is not None and not poor,
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
    """The calibration of each length of window, and of a hop with what was read around it."""
    together = np.array([window.together for window in found])
    quality = np.array([window.quality for window in found])
    similarities = np.array([window.similarities for window in found])

    def fitted(length: int) -> WindowCalibration:
        name = 'snr_db' if length == 0 else 'mean_snr_db'
        snr_db = np.array([getattr(window, name) for window in found])
        known = np.isfinite(similarities[:, length])
        logit = similarities[known, length] / temperature
        return fit_window(logit, snr_db[known], quality[known], together[known])

    return AgreementCalibration(
        fitted(0), fitted(1), fitted(2), fit_hop_content(found, temperature)
    )


def fit_hop_content(found: Sequence[Window], temperature: float) -> ContentCalibration | None:
    """The calibration of a hop with what was read around it; None where nothing was."""
    judged = [window for window in found if window.judged]
    if not judged:
        return None

    def column(name: str) -> Array:
        return np.array([getattr(window, name) for window in judged], np.float64)

    logit = np.array([window.similarities[0] for window in judged]) / temperature
    return fit_content(
        logit,
        column('snr_db'),
        column('quality'),
        column('match'),
        column('said'),
        np.array([window.together for window in judged]),
    )


def fit_shipped(material: Material, temperature: float) -> AgreementCalibration:
    """The fit over every noise and picture of the material, doubtful clips left out."""
    left_out = frozenset(k for k, name in enumerate(material.names) if name in DOUBTFUL)
    conditions = [(material.heard[sound], material.seen['good']) for sound in FITTED]
    conditions += [(material.heard['clean'], material.seen[picture]) for picture in PICTURES[1:]]
    return fit_agreement(all_windows(conditions, left_out, temperature), temperature)
