# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Thinned curves keep what matters."""

import numpy as np
import pytest

from av_fusion_ros.reporting.curves import MOST_POINTS, curve, stack


def test_a_short_curve_is_left_as_it_is():
    time_s = np.arange(100) / 25
    value = np.sin(time_s)
    line = curve('x', 'ear', time_s, value)
    assert sorted(zip(line.time_s, line.value, strict=True)) == sorted(
        zip(time_s, value, strict=True)
    )


def test_a_long_curve_keeps_a_single_spike_and_has_few_points():
    time_s = np.arange(90000) / 25
    value = np.zeros(90000)
    value[43210] = 7.0
    value[50000] = -3.0
    line = curve('x', 'ear', time_s, value)
    assert len(line.time_s) <= 2 * MOST_POINTS
    assert (line.value.max(), line.value.min()) == (7.0, -3.0)
    assert line.time_s[line.value.argmax()] == time_s[43210]
    assert (np.diff(line.time_s) >= 0).all()


@pytest.mark.parametrize('n', [200, 90000])
def test_silence_and_the_unknown_break_the_curve(n):
    time_s = np.arange(n) / 25
    time_s[n // 2 :] += 5.0
    value = np.ones(n)
    value[n // 4 : n // 4 + n // 20] = np.nan
    line = curve('x', 'ear', time_s, value)
    inside = (line.time_s > time_s[n // 2 - 1]) & (line.time_s < time_s[n // 2])
    assert np.isnan(line.value[inside]).any()
    unknown = (line.time_s >= time_s[n // 4]) & (line.time_s < time_s[n // 4 + n // 20])
    assert np.isnan(line.value[unknown]).any()


def test_stacked_curves_share_their_times_and_still_sum_to_one():
    time_s = np.arange(50000) / 25
    ear = 0.5 + 0.5 * np.sin(time_s)
    lines = stack((('a', 'ear'), ('b', 'eye')), time_s, np.stack([ear, 1 - ear]))
    assert len(lines[0].time_s) == MOST_POINTS
    assert (lines[0].time_s == lines[1].time_s).all()
    assert lines[0].value + lines[1].value == pytest.approx(1.0)
