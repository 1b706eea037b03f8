# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Page's test: raised for a change, not for chance, with the onset, and cleared again."""

from __future__ import annotations

import numpy as np
import pytest

from av_fusion_ros.recognition.sequential_test import SequentialTest


def ratios(changed: bool, n: int, seed: int = 0) -> list[float]:
    """Log-likelihood ratios of N(1, 1) over N(-1, 1), true to what they are drawn from."""
    drawn = np.random.default_rng(seed).normal(1.0 if changed else -1.0, 1.0, n)
    return [2.0 * float(x) for x in drawn]


def test_a_change_is_raised_and_its_onset_told() -> None:
    test = SequentialTest(12.0, 12.0, 3.0)
    for k, ratio in enumerate(ratios(False, 200)):
        test.update(ratio, k)
    assert not test.raised
    raised_at = None
    for k, ratio in enumerate(ratios(True, 100), start=200):
        test.update(ratio, k)
        if test.raised and raised_at is None:
            raised_at = k
    assert raised_at is not None
    assert raised_at <= 215
    assert test.since_ns == pytest.approx(200, abs=4)
    for k, ratio in enumerate(ratios(False, 100), start=300):
        test.update(ratio, k)
    assert not test.raised


def test_chance_does_not_raise_it() -> None:
    test = SequentialTest(12.0, 12.0, 3.0)
    for k, ratio in enumerate(ratios(False, 50_000, seed=1)):
        test.update(ratio, k)
        assert not test.raised


def test_one_wild_hop_proves_nothing() -> None:
    test = SequentialTest(12.0, 12.0, 3.0)
    test.update(1e9, 0)
    assert test.evidence == 3.0
    test.reset()
    assert (test.evidence, test.raised) == (0.0, False)
