# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The fusion node's parameters as settings of the engine."""

from __future__ import annotations

from pathlib import Path

from av_fusion_ros.model.checkpoint_file import read_checkpoint
from av_fusion_ros.nodes.network_loading import checkpoint_path
from av_fusion_ros.nodes.parameters import NodeParameters
from av_fusion_ros.recognition.affect_conflict import AffectSettings
from av_fusion_ros.recognition.agreement_calibration import (
    AgreementCalibration,
    load_agreement_calibration,
)
from av_fusion_ros.recognition.alignment import AlignmentSettings
from av_fusion_ros.recognition.command_recognizer import RecognizerSettings
from av_fusion_ros.recognition.confidence import Calibration, load_calibration
from av_fusion_ros.recognition.consistency_settings import ConsistencySettings, limits_at
from av_fusion_ros.recognition.decoder import DecoderSettings
from av_fusion_ros.recognition.engine_settings import FusionSettings
from av_fusion_ros.recognition.frozen_head import FrozenHead
from av_fusion_ros.recognition.media_loop import LoopSettings


def calibration(parameters: NodeParameters) -> Calibration:
    """Return the calibration that is named, else that of the checkpoint, else the default."""
    given = parameters.text('calibration_file')
    if given:
        return load_calibration(Path(given).expanduser())
    beside = checkpoint_path(parameters).with_suffix('.calibration.json')
    return load_calibration(beside) if beside.is_file() else Calibration()


def consistency_settings(parameters: NodeParameters) -> ConsistencySettings:
    """Return what the monitor goes by, with the calibration that is named or the checkpoint's."""
    given = parameters.text('consistency_file')
    beside = checkpoint_path(parameters).with_suffix('.consistency.json')
    path = Path(given).expanduser() if given else beside
    known = AgreementCalibration()
    if given or path.is_file():
        known = load_agreement_calibration(path)
    by_content, by_similarity = limits_at(parameters.number('mismatch_evidence'))
    return ConsistencySettings(
        by_content=by_content,
        by_similarity=by_similarity,
        desync_s=parameters.number('desync_s'),
        loop=LoopSettings(limit=parameters.number('loop_limit')),
        calibration=known,
    )


def frozen_head(parameters: NodeParameters, settings: FusionSettings) -> FrozenHead | None:
    """Return what reads each sense by itself, where the monitor's calibration asks for it."""
    if settings.consistency.calibration.content is None:
        return None
    return FrozenHead(read_checkpoint(checkpoint_path(parameters))[0])


def fusion_settings(parameters: NodeParameters) -> FusionSettings:
    """Return the settings; raises RecognitionError for a combination that is impossible."""
    return FusionSettings(
        alignment=AlignmentSettings(
            lateness_s=parameters.number('lateness_s'),
            roadside_lateness_s=parameters.number('roadside_lateness_s'),
            clock_lateness_s=parameters.number('clock_lateness_s'),
            av_offset_s=parameters.number('av_offset_s'),
        ),
        decoder=DecoderSettings(wait_for_silence=parameters.flag('wait_for_silence')),
        recognizer=RecognizerSettings(
            min_confidence=parameters.number('min_confidence'),
            sure_confidence=parameters.number('sure_confidence'),
        ),
        consistency=consistency_settings(parameters),
        affect=AffectSettings(threshold=parameters.number('affect_threshold')),
        calibration=calibration(parameters),
        max_age_s=parameters.number('max_age_s'),
        max_v2x_age_s=parameters.number('max_v2x_age_s'),
        max_align_offset_s=parameters.number('max_align_offset_s'),
    )
