# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a roadside unit sends is what the gateway admits."""

from __future__ import annotations

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from av_fusion_ros.recognition.errors import RecognitionError
from av_fusion_ros.recognition.features import RoadsideFeature, VisualFeature
from av_fusion_ros.recognition.v2x_admission import RoadsideFrame, V2xAdmission
from av_fusion_ros.recognition.v2x_trust import TrustedKey
from av_fusion_ros.recognition.v2x_unit import RoadsideUnit, UnitIdentity

NOW = 1_700_000_000_000_000_000
MS = 1_000_000
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SIZE = 16


def unit(position: tuple[float, float, float] = (1.0, 2.0, 3.0)) -> RoadsideUnit:
    return RoadsideUnit(UnitIdentity('rsu-1', 'a', KEY, position))


def gate() -> V2xAdmission:
    return V2xAdmission({('rsu-1', 'a'): TrustedKey(KEY.public_key())}, 'model', SIZE)


def test_features_and_frames_are_admitted_as_they_were_seen() -> None:
    sender, admission = unit(), gate()
    seen = np.linspace(-1, 2, SIZE).astype(np.float32)
    tick = VisualFeature(NOW - 30 * MS, 7, seen, quality=0.75)
    view = admission.admit(sender.features(tick, 'model', NOW, 'camera'), NOW + 20 * MS)
    assert isinstance(view, RoadsideFeature)
    assert (view.stamp_ns, view.quality) == (NOW - 30 * MS, 0.75)
    assert np.abs(view.embedding - seen).max() < 2 / 127 / 2 + 1e-6
    picture = np.zeros((40, 60, 3), np.uint8)
    framed = admission.admit(sender.frame(picture, NOW, NOW + 30 * MS), NOW + 60 * MS)
    assert isinstance(framed, RoadsideFrame)
    assert framed.image_bgr.shape == picture.shape


def test_numbers_rise_within_a_millisecond_and_over_a_restart() -> None:
    picture = np.zeros((16, 16, 3), np.uint8)
    sender = unit()
    numbers = [sender.frame(picture, NOW, NOW).sequence for _ in range(3)]
    numbers.append(unit().frame(picture, NOW, NOW + 40 * MS).sequence)
    assert numbers == sorted(set(numbers))


def test_features_without_any_light_can_be_sent() -> None:
    dark = VisualFeature(NOW, 0, np.zeros(SIZE, np.float32), quality=0.0)
    view = gate().admit(unit().features(dark, 'model', NOW), NOW)
    assert isinstance(view, RoadsideFeature)
    assert not view.embedding.any()


def test_names_that_no_message_can_carry_are_refused() -> None:
    with pytest.raises(RecognitionError, match='64 characters'):
        UnitIdentity('rsu 1', 'a', KEY)
