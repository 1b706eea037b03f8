# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Rates of rare events keep their uncertainty."""

import pytest

from av_fusion_ros.learning.statistics import rate_interval


def test_no_event_in_three_hours_does_not_rule_out_one_an_hour():
    low, high = rate_interval(0, 3.0)
    assert low == 0.0
    assert high == pytest.approx(3.689 / 3, abs=1e-3)  # Garwood's upper limit for 0 events


def test_the_interval_of_ten_events_is_the_tabulated_one():
    low, high = rate_interval(10, 2.0)
    assert (low * 2, high * 2) == pytest.approx((4.795, 18.390), abs=2e-3)
