# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Similarity at every shift, and the offset read from it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from av_fusion_ros.recognition.agreement_window import LAGS, AgreementWindow, LagProfile
from av_fusion_ros.recognition.av_offset import OffsetSettings, OffsetTracker, read_offset

Floats = NDArray[np.float32]


def course(seed: int, hops: int = 200, size: int = 16) -> Floats:
    noise = np.random.default_rng(seed).standard_normal((hops + 4, size))
    slow = np.stack([np.convolve(column, np.ones(5), 'valid') for column in noise.T], 1)
    return slow.astype(np.float32)


def profile(heard: Floats, seen: Floats, hops: int = 75) -> LagProfile:
    window = AgreementWindow(heard.shape[1])
    for ear, eye in zip(heard, seen, strict=True):
        window.push(ear, eye, True)
    return window.over(hops)


def test_similarities_are_those_of_a_plain_calculation() -> None:
    heard, seen = course(1), course(2)
    found = profile(heard, seen).similarity

    def unit(rows: Floats, k: int) -> Floats:
        mean = rows[k - 4 : k + 1].sum(0)
        return mean / np.linalg.norm(mean)

    for lag in (-25, -3, 0, 7, 25):
        ear, eye = max(0, -lag), max(0, lag)  # how long before this hop each was
        plain = [unit(heard, k - ear) @ unit(seen, k - eye) for k in range(125, 200)]
        assert found[list(LAGS).index(lag)] == pytest.approx(np.mean(plain), abs=1e-5)


@pytest.mark.parametrize('late', [-20, -5, 0, 3, 25])
def test_the_offset_is_that_of_the_sound(late: int) -> None:
    said = course(1, 260)
    seen = said[30:230]
    heard = said[30 - late : 230 - late]
    reading = read_offset(profile(heard, seen), OffsetSettings())
    assert reading.offset_s == pytest.approx(late * 0.04, abs=0.01)


def test_what_has_nothing_to_do_with_each_other_has_no_offset() -> None:
    reading = read_offset(profile(course(1), course(2)), OffsetSettings())
    assert np.isnan(reading.offset_s)


def test_silence_and_missing_hops_do_not_count() -> None:
    window, said, other = AgreementWindow(16), course(1), course(2)
    for k in range(75):
        speaking = k % 3 > 0
        # While nobody speaks the picture may show anything.
        window.push(said[k] if k != 40 else None, said[k] if speaking else other[k], speaking)
    together = window.over(75)
    assert together.speech_hops == 49 or together.speech_hops == 50
    assert np.isfinite(together.together)
    window.reset()
    assert np.isnan(window.over(75).together)
    assert np.isnan(window.newest())


def test_an_offset_is_steady_once_ten_seconds_agree() -> None:
    tracker = OffsetTracker()
    reading = read_offset(profile(course(1)[:-5], course(1)[5:]), OffsetSettings())
    for _ in range(249):
        tracker.push(reading)
    assert np.isnan(tracker.steady_s)
    for _ in range(26):
        tracker.push(reading)
    assert tracker.steady_s == pytest.approx(reading.offset_s)
    tracker.reset()
    assert np.isnan(tracker.steady_s)
