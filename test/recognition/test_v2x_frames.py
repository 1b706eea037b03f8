# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Encoders of roadside frames: one for each station in sight, however many are passed."""

from __future__ import annotations

import numpy as np

from av_fusion_ros.recognition.features import HOP_NS, VisualFeature
from av_fusion_ros.recognition.v2x_admission import RoadsideFrame
from av_fusion_ros.recognition.v2x_frames import RoadsideEncoders


class CountingEncoder:
    """Says how many frames it was given."""

    def __init__(self) -> None:
        self.frames = 0

    def push(self, image_bgr: np.ndarray, stamp_ns: int) -> list[VisualFeature]:
        self.frames += 1
        return [VisualFeature(stamp_ns, self.frames, np.full(4, self.frames, np.float32))]


def frames_seen(encoders: RoadsideEncoders, station: str, k: int = 0) -> int:
    """How many frames the station's encoder has had, with this one."""
    (feature,) = encoders.encode(
        RoadsideFrame(k * HOP_NS, station, k, np.zeros((8, 8, 3), np.uint8))
    )
    return int(feature.embedding[0])


def test_each_station_has_its_own_encoder_until_it_is_not_trusted_any_more() -> None:
    encoders = RoadsideEncoders(CountingEncoder)  # type: ignore[arg-type]
    assert [frames_seen(encoders, name) for name in 'abab'] == [1, 1, 2, 2]
    encoders.keep_only({'b'})
    assert [frames_seen(encoders, name) for name in 'ab'] == [1, 3]


def test_passing_a_thousand_stations_keeps_few_encoders_and_that_of_the_one_in_sight() -> None:
    encoders = RoadsideEncoders(CountingEncoder)  # type: ignore[arg-type]
    for k in range(1000):
        frames_seen(encoders, f'passing-{k}', k)
        assert frames_seen(encoders, 'in sight', k) == k + 1
    assert len(encoders._encoders) == 8
