# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A short form of the fuzz of docs/v2x.md: nothing false gets in, nothing honest is kept out."""

from __future__ import annotations

import gc
import tracemalloc

import pytest

pytest.importorskip('rclpy', reason='needs rclpy: run `make setup`')

from av_fusion_ros.recognition.v2x_admission import Reject
from benchmarks.v2x_fuzz.trials import ADMITTED, attacked, clean_hour, flooded


def test_no_attack_gets_in_and_every_honest_message_does() -> None:
    *attacks, honest = attacked(2400, seed=1)[0]
    assert len(attacks) >= 20
    assert all(row.to_catch >= 90 for row in attacks)
    assert {row.kind: row.wrong for row in attacks if row.wrong} == {}
    assert honest.outcomes[ADMITTED] == honest.sent > 500
    # The attacks reach every check, not only the first.
    reached = {outcome for row in attacks for outcome in row.outcomes}
    assert reached >= {r.value for r in Reject} - {'rate_limited', 'unsupported'}


def test_floods_get_no_more_than_the_rate_and_starve_no_other_station() -> None:
    captured, beside, forged, under = flooded(2, 1000, seed=1)
    assert (captured.wrong, forged.wrong, forged.outcomes[ADMITTED]) == (0, 0, 0)
    assert beside.outcomes[ADMITTED] == beside.sent == 50
    # Who forges in a station's name at a high rate can keep it out, but never speak for it.
    assert under.outcomes[ADMITTED] > 0


def test_clean_minutes_have_no_false_reject() -> None:
    row = clean_hour(120.0, seed=1)
    assert row.outcomes[ADMITTED] == row.sent > 2900


def test_memory_does_not_grow_with_the_messages() -> None:
    attacked(240, seed=2)
    tracemalloc.start()
    sizes = []
    for messages in (240, 960):
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        attacked(messages, seed=2)
        gc.collect()
        sizes.append(tracemalloc.get_traced_memory()[0] - before)
    tracemalloc.stop()
    assert sizes[1] < 200_000
