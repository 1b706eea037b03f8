# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Capture time is carried on from the newest stamp by the ROS clock."""

import pytest

from av_fusion_ros.nodes.capture_clock import CaptureClock

S = 1_000_000_000
OLD = 1_000 * S  # stamps of a bag, long before the ROS clock of its replay


def test_before_the_first_stamp_it_is_no_time_at_all():
    assert CaptureClock().now_ns(5 * S) is None


def test_time_goes_on_in_silence_whatever_the_clocks_epoch():
    clock = CaptureClock()
    clock.note(OLD, 5000 * S)
    assert clock.now_ns(5002 * S) == OLD + 2 * S


@pytest.mark.parametrize('rate', [0.25, 1.0, 4.0])
def test_a_bag_played_at_any_rate_without_its_clock_keeps_up_with_its_stamps(rate):
    clock = CaptureClock()
    for k in range(1000):
        clock.note(OLD + k * S // 25, 5000 * S + round(k * S / 25 / rate))
        now_ns = 5000 * S + round((k + 1) * S / 25 / rate)
        assert 0 <= clock.now_ns(now_ns) - (OLD + k * S // 25) <= S / 25 / rate


def test_a_late_stamp_does_not_turn_time_back_but_a_jump_does():
    clock = CaptureClock()
    clock.note(OLD, 5000 * S)
    clock.note(OLD - S // 10, 5000 * S)
    assert clock.now_ns(5000 * S) == OLD
    clock.note(OLD - 60 * S, 5000 * S)
    assert clock.now_ns(5000 * S) == OLD - 60 * S


def test_a_ros_clock_that_jumps_back_does_not_take_capture_time_with_it():
    clock = CaptureClock()
    clock.note(OLD, 5000 * S)
    assert clock.now_ns(10 * S) == OLD
