# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a measured offset may do to the alignment."""

from __future__ import annotations

from math import nan

import numpy as np
import pytest

from av_fusion_ros.recognition.alignment import Aligner
from av_fusion_ros.recognition.errors import RecognitionError
from av_fusion_ros.recognition.features import HOP_NS, AudioFeature, VisualFeature
from av_fusion_ros.recognition.offset_correction import OffsetCorrection

EMPTY = np.zeros(0, np.float32)


def test_a_measured_offset_is_added_within_bounds() -> None:
    correction = OffsetCorrection(0.1, 0.3)
    assert not correction.update(nan)
    assert not correction.update(0.02)
    assert correction.update(0.2)
    assert correction.total_s == pytest.approx(0.3)
    assert correction.update(0.5)
    assert correction.total_s == pytest.approx(0.4)
    assert not correction.update(0.5)
    correction.reset()
    assert correction.total_s == 0.1


def test_without_a_bound_nothing_is_corrected() -> None:
    correction = OffsetCorrection(0.0, 0.0)
    assert not correction.update(0.5)
    assert correction.total_s == 0.0


def test_an_impossible_bound_is_refused() -> None:
    with pytest.raises(RecognitionError, match='from 0 to 1 s'):
        OffsetCorrection(0.0, 2.0)


def test_the_aligner_pairs_a_late_sound_with_its_picture() -> None:
    aligner, late = Aligner(), 5
    pairs = []
    for k in range(200):
        if k == 50:
            aligner.correct_av_offset(late * HOP_NS / 1e9)
        stamp = 10**12 + k * HOP_NS
        aligner.push(AudioFeature(stamp, stamp, k, EMPTY))
        aligner.push(VisualFeature(stamp, k, EMPTY))
        while (hop := aligner.pop()) is not None:
            if hop.audio is not None and hop.visual is not None:
                pairs.append(hop.audio.sequence - hop.visual.sequence)
    assert set(pairs[:40]) == {0}
    assert set(pairs[-100:]) == {late}
