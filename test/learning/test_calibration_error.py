# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The calibration error, and what of it is chance."""

from __future__ import annotations

import numpy as np
import pytest

from av_fusion_ros.learning.calibration_error import chance_error, expected_calibration_error


def test_calibration_error_of_known_cases() -> None:
    assert expected_calibration_error(np.array([0.95] * 20), [True] * 19 + [False]) < 1e-9
    assert expected_calibration_error(np.array([0.9, 0.9]), [False, False]) == pytest.approx(0.9)
    assert expected_calibration_error(np.array([]), []) == 0


def test_errors_of_two_bins_do_not_cancel() -> None:
    found = expected_calibration_error(np.array([0.4, 0.6]), [True, False])
    assert found == pytest.approx(0.6)


def test_the_chance_error_of_one_bin_is_that_of_a_binomial_share() -> None:
    # The mean absolute deviation of a share of n = 100 at 0.9: sqrt(2 / pi) of its spread, nearly.
    spread = np.sqrt(0.9 * 0.1 / 100)
    found = chance_error(np.full(100, 0.9))
    assert found.mean == pytest.approx(np.sqrt(2 / np.pi) * spread, rel=0.05)
    assert found.high == pytest.approx(1.96 * spread, rel=0.1)


def test_chance_is_less_where_there_is_more_or_nothing_is_in_doubt() -> None:
    some = np.linspace(0.05, 0.95, 50)
    assert chance_error(np.tile(some, 20)).mean < chance_error(some).mean / 3
    assert chance_error(np.ones(50)).high == 0
    assert chance_error(np.array([])).mean == 0
