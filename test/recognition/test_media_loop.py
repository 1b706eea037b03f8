# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Loops: found at their period, in noise, and never in what only resembles itself."""

from __future__ import annotations

import numpy as np
import pytest

from av_fusion_ros.recognition.media_loop import LoopFinder


def course(hops: int, seed: int = 0, smooth: int = 5) -> np.ndarray:
    noise = np.random.default_rng(seed).standard_normal((hops + smooth - 1, 48))
    slow = np.stack([np.convolve(c, np.ones(smooth) / smooth, 'valid') for c in noise.T], 1)
    return slow.astype(np.float32)


def periods(features: np.ndarray) -> list[float]:
    finder, found = LoopFinder(), []
    for row in features:
        finder.push(row)
        found.append(finder.period_s)
    return found


@pytest.mark.parametrize('period', [30, 77, 500])
def test_a_loop_is_found_soon_after_it_comes_round(period: int) -> None:
    live = course(600)
    rng = np.random.default_rng(3)
    loop = live[-period:][np.arange(period + 120) % period]
    loop = loop + rng.normal(0, 0.02, loop.shape).astype(np.float32)  # a camera's own noise
    found = periods(np.concatenate((live, loop)))
    assert np.isnan(found[:600]).all()
    told = [hop - 600 for hop in range(600, len(found)) if found[hop] > 0]
    assert told
    assert told[0] <= 75
    assert found[600 + told[0]] == pytest.approx(period * 0.04)


def test_two_minutes_of_other_words_are_no_loop() -> None:
    assert np.isnan(periods(course(3000, seed=5))).all()


def test_stillness_is_no_loop() -> None:
    rng = np.random.default_rng(4)
    live = course(600)
    still = np.repeat(live[-1:], 400, 0) + rng.normal(0, 0.01, (400, 48)).astype(np.float32)
    assert np.isnan(periods(np.concatenate((live, still)))).all()


@pytest.mark.parametrize(('poor', 'found'), [(0.0, True), (0.4, True), (0.6, False), (1.0, False)])
def test_no_loop_is_called_in_sound_that_is_mostly_drowned(poor: float, found: bool) -> None:
    finder, live = LoopFinder(), course(600)
    rows = np.concatenate((live, live[-100:], live[-100:]))
    for hop, row in enumerate(rows):
        finder.push(row, poor=hop % 10 < 10 * poor)
    assert (finder.period_s > 0) == found


def test_a_gap_voids_the_past() -> None:
    finder, live = LoopFinder(), course(400)
    for row in live:
        finder.push(row)
    finder.push(None)
    for row in live:
        finder.push(row)
    assert np.isnan(finder.period_s)
