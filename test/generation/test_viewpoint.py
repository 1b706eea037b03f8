# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The simulated second camera: size, turn about the middle, softness."""

import cv2
import numpy as np
import pytest

from av_fusion_ros.generation.viewpoint import Viewpoint, seen_from


def dots(*places):
    picture = np.zeros((288, 360, 3), np.uint8)
    for x, y in places:
        cv2.circle(picture, (x, y), 6, (255, 255, 255), -1)
    return picture


def places(picture):
    _, found = cv2.threshold(picture[..., 0], 60, 255, cv2.THRESH_BINARY)
    return sorted(tuple(c) for c in cv2.connectedComponentsWithStats(found)[3][1:])


def test_a_view_straight_ahead_is_only_smaller():
    view = seen_from(dots((90, 72), (270, 216)), Viewpoint(0.5, 0, 0, 0, 95))
    assert view.shape == (144, 180, 3)
    np.testing.assert_allclose(places(view), [(45, 36), (135, 108)], atol=1)


def test_a_turn_keeps_the_middle_and_brings_one_side_nearer():
    view = seen_from(dots((60, 144), (180, 144), (300, 144)), Viewpoint(1.0, 20, 0, 0, 95))
    left, middle, right = (x for x, _ in places(view))
    assert middle == pytest.approx(180, abs=1)
    assert abs((middle - left) - (right - middle)) > 10
    assert right - left < 240


def test_detail_is_lost():
    noise = np.random.default_rng(0).integers(0, 256, (288, 360, 3), dtype=np.uint8)
    sharp = seen_from(noise, Viewpoint(0.6, 15, 8, 0, 95)).astype(float)
    soft = seen_from(noise, Viewpoint(0.6, 15, 8, 1.0, 50)).astype(float)
    assert np.abs(np.diff(soft, axis=1)).mean() < 0.6 * np.abs(np.diff(sharp, axis=1)).mean()
