# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from av_fusion_ros.signals.one_euro import OneEuro

FRAME_NS = 40_000_000


def test_a_point_at_rest_becomes_steadier_and_stays_where_it_is() -> None:
    rng = np.random.default_rng(0)
    noisy = (50 + rng.normal(0, 0.3, (200, 5, 2))).astype(np.float32)
    steady = OneEuro()
    smooth = np.array([steady.smooth(p, i * FRAME_NS, 100.0) for i, p in enumerate(noisy)])
    assert np.diff(smooth[20:], axis=0).std() < 0.6 * np.diff(noisy[20:], axis=0).std()
    assert smooth[20:].mean() == pytest.approx(50, abs=0.05)


def test_a_quick_move_is_followed_within_two_frames() -> None:
    path = np.zeros((30, 1, 2), np.float32)
    path[10:] = 20.0  # a fifth of the face at once
    steady = OneEuro()
    smooth = np.array([steady.smooth(p, i * FRAME_NS, 100.0) for i, p in enumerate(path)])
    assert smooth[11].min() > 0.9 * 20


def test_distance_does_not_matter_when_the_scale_tells_it() -> None:
    rng = np.random.default_rng(1)
    path = np.cumsum(rng.normal(0, 1, (50, 3, 2)), axis=0).astype(np.float32)
    near, far = OneEuro(), OneEuro()
    for i, points in enumerate(path):
        a = near.smooth(points * 4, i * FRAME_NS, 400.0)
        b = far.smooth(points, i * FRAME_NS, 100.0)
    assert np.allclose(a / 4, b, atol=1e-3)


@pytest.mark.parametrize('stamp_ns', [0, 1_000_000_000])
def test_time_that_does_not_advance_starts_afresh(stamp_ns: int) -> None:
    steady = OneEuro()
    steady.smooth(np.zeros((2, 2), np.float32), 1_000_000_000, 1.0)
    moved = np.ones((2, 2), np.float32)
    assert np.array_equal(steady.smooth(moved, stamp_ns, 1.0), moved)
