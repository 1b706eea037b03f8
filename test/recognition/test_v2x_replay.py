# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The replay window takes each number once, in any order, and forgets nothing it should know."""

from __future__ import annotations

import random

import pytest

from av_fusion_ros.recognition.v2x_replay import WINDOW, ReplayWindow


def test_it_agrees_with_a_set_of_all_numbers_seen() -> None:
    rng = random.Random(0)
    window, seen = ReplayWindow(), set[int]()
    highest = -1
    for _ in range(20_000):
        sequence = max(0, highest + rng.randint(-WINDOW - 50, 60))
        expected = sequence in seen or (highest >= 0 and highest - sequence >= WINDOW)
        assert window.refuses(sequence, sequence) == expected
        if not expected:
            window.take(sequence, sequence)
            seen.add(sequence)
            highest = max(highest, sequence)


@pytest.mark.parametrize('jump', [WINDOW - 1, WINDOW, WINDOW + 1, 1 << 40])
def test_a_jump_forward_leaves_no_number_open_again(jump: int) -> None:
    window = ReplayWindow()
    for sequence in (5, 5 + jump):
        assert not window.refuses(sequence, sequence)
        window.take(sequence, sequence)
    assert window.refuses(5, 5)
    assert window.refuses(5 + jump, 5 + jump)


def test_looking_changes_nothing() -> None:
    window = ReplayWindow()
    for _ in range(3):
        assert not window.refuses(7, 7)


def test_sequence_and_generation_time_must_rise_together() -> None:
    window = ReplayWindow()
    window.take(10, 1000)
    assert window.refuses(11, 999)
    assert window.refuses(9, 1001)
    assert not window.refuses(9, 1000)
    assert not window.refuses(11, 1000)
