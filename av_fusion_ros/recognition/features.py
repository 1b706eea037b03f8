# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What one hop of each sense carries from its encoder to the fusion.

These are the messages of msg/ without ROS: times are integer nanoseconds of capture time,
NaN means unknown, and embeddings are float32 vectors of the checkpoint's ``feature_size``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import nan

import numpy as np
from numpy.typing import NDArray

NS_PER_S = 1_000_000_000
HOP_NS = 40_000_000  # 25 Hz: one feature per sense and hop
MAX_FEATURE = 1e3  # of an embedding, either way; the trained streams' stay below 20


@dataclass(frozen=True, slots=True)
class AudioFeature:
    """One 40 ms hop of sound; the fields are those of AudioFeatures.msg."""

    start_ns: int
    stamp_ns: int
    sequence: int
    embedding: NDArray[np.float32]
    quality: float = nan
    speech_probability: float = nan
    snr_db: float = nan
    level_dbfs: float = nan
    clipped_fraction: float = 0.0
    arousal: float = nan
    anger: float = nan
    valence: float = nan
    missing_samples: int = 0
    health: int = 0
    health_scores: tuple[float, ...] = (nan,) * 6


@dataclass(frozen=True, slots=True)
class VisualFeature:
    """One 25 Hz tick of the picture; the fields are those of VisualFeatures.msg.

    ``embedding`` is empty when no face is seen; ``others`` are the other faces in view, at the
    same tick and of the same camera.
    """

    stamp_ns: int
    sequence: int
    embedding: NDArray[np.float32]
    face_id: int = 0
    face_confidence: float = 0.0
    mouth_box: tuple[float, float, float, float] = (nan, nan, nan, nan)
    mouth_opening: float = nan
    lip_activity: float = nan
    happy: float = nan
    angry: float = nan
    quality: float = nan
    sharpness: float = nan
    exposure: float = nan
    contrast: float = nan
    visibility: float = nan
    motion: float = nan
    health: int = 0
    health_scores: tuple[float, ...] = (nan,) * 9
    others: tuple[VisualFeature, ...] = ()


@dataclass(frozen=True, slots=True)
class RoadsideFeature:
    """One admitted roadside view: verified, in the embedding space of the onboard camera."""

    stamp_ns: int
    station_id: str
    sequence: int
    embedding: NDArray[np.float32]
    quality: float = nan


@dataclass(frozen=True, slots=True)
class Weights:
    """Trust in each sense at one hop; they sum to 1, or are all 0 with no usable sense."""

    stamp_ns: int
    audio: float
    visual: float
    v2x: float
    snr_db: float = nan
    camera_quality: float = nan
    v2x_age_s: float = nan
    mode: int = 0
    face_id: int = 0


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One phrase considered by the decoder.

    ``score`` is the log-likelihood ratio per frame against the free-phoneme filler, <= 0.
    """

    id: str
    text: str
    slots: dict[str, str] = field(default_factory=dict)
    confidence: float = nan
    score: float = nan


@dataclass(frozen=True, slots=True)
class Command:
    """One recognised utterance; ``stamp_ns`` is the newest sample used."""

    stamp_ns: int
    start_ns: int
    end_ns: int
    best: Hypothesis
    alternatives: tuple[Hypothesis, ...] = ()
    weights: Weights | None = None
    face_id: int = 0
    partial: bool = False

    @property
    def latency_s(self) -> float:
        """Seconds from the command's end to the newest sample used when it was decided."""
        return (self.stamp_ns - self.end_ns) / NS_PER_S
