# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
from av_fusion_ros.signals.freshness import Freshness

MS = 1_000_000
YEARS_NS = 10**17


def test_what_comes_in_time_is_fresh_whatever_the_clocks_say() -> None:
    for offset_ns in (0, YEARS_NS, -YEARS_NS):
        freshness = Freshness()
        for k in range(2000):
            jitter_ns = (k % 7) * 20 * MS
            assert freshness.push(k * 40 * MS, offset_ns + k * 40 * MS + jitter_ns) == 0


def test_a_growing_delay_is_stale_from_half_a_second_on() -> None:
    freshness = Freshness()
    for k in range(50):
        freshness.push(k * 40 * MS, YEARS_NS + k * 40 * MS)
    seen = [
        freshness.push((50 + k) * 40 * MS, YEARS_NS + (50 + k) * 40 * MS + k * 100 * MS)
        for k in range(8)
    ]
    assert seen[:3] == [0, 0, 0]
    assert 0 < seen[3] < seen[4] < 1
    assert seen[5:] == [1, 1, 1]


def test_nothing_new_is_stale_too() -> None:
    freshness = Freshness()
    assert freshness.check(YEARS_NS) == 0
    freshness.push(0, YEARS_NS)
    assert freshness.check(YEARS_NS + 200 * MS) == 0
    assert freshness.check(YEARS_NS + 600 * MS) == 1
    # The same picture again is nothing new.
    assert freshness.push(0, YEARS_NS + 700 * MS) == 1
    assert freshness.push(740 * MS, YEARS_NS + 740 * MS) == 0


def test_a_lasting_delay_becomes_usual() -> None:
    freshness = Freshness()
    late = [freshness.push(k * 40 * MS, k * 40 * MS + (k > 25) * 900 * MS) for k in range(1200)]
    assert late[30] == 1
    assert late[-1] == 0


def test_a_recording_that_begins_again_is_fresh() -> None:
    freshness = Freshness()
    for k in range(1000):
        freshness.push(k * 40 * MS, YEARS_NS + k * 40 * MS)
    assert freshness.push(0, YEARS_NS + 40_000 * MS) == 0
    # Simulated time that begins again as well.
    assert freshness.push(40 * MS, 40 * MS) == 0
