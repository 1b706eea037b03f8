# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The settings of every part of the fusion engine in one place."""

from __future__ import annotations

from dataclasses import dataclass, field

from av_fusion_ros.recognition.affect_conflict import AffectSettings
from av_fusion_ros.recognition.alignment import AlignmentSettings
from av_fusion_ros.recognition.command_recognizer import RecognizerSettings
from av_fusion_ros.recognition.confidence import Calibration
from av_fusion_ros.recognition.consistency_settings import ConsistencySettings
from av_fusion_ros.recognition.decoder import DecoderSettings
from av_fusion_ros.recognition.speaking_face import SpeakingFaceSettings


@dataclass(frozen=True, slots=True)
class FusionSettings:
    """Settings of every part; ages in seconds, after which a sense is stale."""

    alignment: AlignmentSettings = field(default_factory=AlignmentSettings)
    decoder: DecoderSettings = field(default_factory=DecoderSettings)
    recognizer: RecognizerSettings = field(default_factory=RecognizerSettings)
    consistency: ConsistencySettings = field(default_factory=ConsistencySettings)
    affect: AffectSettings = field(default_factory=AffectSettings)
    speaking: SpeakingFaceSettings = field(default_factory=SpeakingFaceSettings)
    calibration: Calibration = field(default_factory=Calibration)
    max_age_s: float = 0.25
    max_v2x_age_s: float = 0.5
    max_align_offset_s: float = 0.0  # by which a measured offset may correct the alignment
