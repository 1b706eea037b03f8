# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the mode is told of the camera."""

from __future__ import annotations

import numpy as np
import pytest

from av_fusion_ros.recognition.alignment import AlignedHop
from av_fusion_ros.recognition.features import HOP_NS, VisualFeature
from av_fusion_ros.recognition.mode_table import MOST_IN_RAIN
from av_fusion_ros.recognition.modes import Mode, ModeMachine
from av_fusion_ros.recognition.sense_evidence import SenseEvidence
from av_fusion_ros.signals.camera_health import CameraCondition


def _switches_under(health: CameraCondition, qualities: list[float]) -> tuple[list[Mode], float]:
    """The modes in turn over 30 s without sound, and the eye's share at the end."""
    evidence, machine = SenseEvidence(0.25, 0.5), ModeMachine()
    modes: list[Mode] = []
    for k in range(750):
        quality = qualities[k % len(qualities)]
        seen = VisualFeature(
            k * HOP_NS, k, np.ones(4, np.float32), quality=quality, health=int(health)
        )
        hop = AlignedHop(k, k * HOP_NS, visual=seen)
        evidence.update(hop, None, machine.mode)
        change = machine.update(hop.time_ns, evidence.state)
        modes += [change.mode] if change else []
    return modes, float(evidence.shares[1])


@pytest.mark.parametrize('health', [CameraCondition.RAIN, CameraCondition.GLARE])
def test_in_rain_and_glare_a_mode_once_lost_stays_lost(health):
    coming_and_going = [1.0] * 60 + [0.05] * 15  # a drop before the mouth, every 3 s
    assert _switches_under(health, coming_and_going)[0] == [Mode.VISUAL_ONLY, Mode.BLIND]
    assert len(_switches_under(CameraCondition.OK, coming_and_going)[0]) > 10


def test_what_the_eye_is_worth_goes_by_its_own_quality_in_rain():
    modes, share = _switches_under(CameraCondition.RAIN, [1.0])
    assert modes == [Mode.VISUAL_ONLY]
    assert share == 1.0
    assert 0.15 < MOST_IN_RAIN < 0.4  # poor; neither enough to be lost nor to be back
