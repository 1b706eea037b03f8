# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The clock offset is found under the delay of the air, and one wrong message does not move it."""

from __future__ import annotations

import random
from math import isnan

import pytest

from av_fusion_ros.recognition.v2x_clock import ClockOffset

MS = 1_000_000
NOW = 1_700_000_000_000_000_000


@pytest.mark.parametrize('offset_ms', [-35, 0, 120])
def test_the_offset_is_found_to_the_least_delay(offset_ms: int) -> None:
    rng = random.Random(offset_ms)
    clock = ClockOffset()
    for k in range(500):
        sent_ns = NOW + k * 40 * MS
        delay_ms = 20 + rng.expovariate(1 / 60)
        clock.note(sent_ns - offset_ms * MS, sent_ns + round(delay_ms * MS))
    assert 20 <= 1e3 * clock.offset_s - offset_ms < 26
    assert 50 < 1e3 * clock.median_delay_s - offset_ms < 75


def test_single_messages_from_the_future_do_not_move_it() -> None:
    clock = ClockOffset()
    for k in range(250):
        clock.note(NOW + (30 * MS if k % 80 == 0 else 0), NOW + 20 * MS)
    assert clock.offset_s == pytest.approx(0.02)


def test_nothing_is_known_before_the_first_message() -> None:
    assert isnan(ClockOffset().offset_s)
    assert isnan(ClockOffset().median_delay_s)


def test_late_messages_are_looked_at_once_a_second() -> None:
    clock = ClockOffset()
    assert clock.wants_late_sample(NOW)
    clock.note(NOW, NOW)
    assert not clock.wants_late_sample(NOW + 999 * MS)
    assert clock.wants_late_sample(NOW + 1000 * MS)
