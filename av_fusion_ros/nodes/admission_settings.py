# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The gateway's parameters as settings of the admission."""

from __future__ import annotations

from av_fusion_ros.nodes.parameters import NodeParameters
from av_fusion_ros.recognition.v2x_admission import AdmissionSettings
from av_fusion_ros.recognition.v2x_place import PlaceSettings


def admission_settings(parameters: NodeParameters) -> AdmissionSettings:
    """Return the settings; raises RecognitionError for a combination that is impossible."""
    return AdmissionSettings(
        max_age_s=parameters.number('max_age_s'),
        max_future_s=parameters.number('max_future_s'),
        max_rate_hz=parameters.number('max_rate_hz'),
        place=PlaceSettings(
            tolerance_m=parameters.number('position_tolerance_m'),
            range_m=parameters.number('max_station_distance_m'),
        ),
        frames=parameters.flag('accept_frames'),
    )
