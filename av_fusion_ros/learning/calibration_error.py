# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How far probabilities lie from the share that was right, and how far they would by chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

N_BINS = 10
_DRAWS = 2000


@dataclass(frozen=True, slots=True)
class ChanceError:
    """The calibration error that right probabilities show: its mean and its 95 % quantile."""

    mean: float
    high: float


def expected_calibration_error(
    probabilities: NDArray[np.float64], right: Sequence[bool], n_bins: int = N_BINS
) -> float:
    """Mean gap between probability and share of right readings (Guo et al. 2017), n equal bins."""
    values = np.asarray(probabilities, np.float64)
    gaps = _gaps(values, np.asarray(right, np.float64)[None], n_bins)
    return float(gaps[0]) if len(values) else 0.0


def chance_error(
    probabilities: NDArray[np.float64], n_bins: int = N_BINS, seed: int = 0
) -> ChanceError:
    """What ``expected_calibration_error`` shows when every probability (n,) is exactly right.

    Few readings are never right in just the share that was promised. What was right is drawn
    ``_DRAWS`` times with the probabilities themselves.
    """
    values = np.asarray(probabilities, np.float64)
    if not len(values):
        return ChanceError(0.0, 0.0)
    rng = np.random.default_rng(seed)
    gaps = _gaps(values, rng.random((_DRAWS, len(values))) < values, n_bins)
    return ChanceError(float(gaps.mean()), float(np.quantile(gaps, 0.95)))


def _gaps(
    probabilities: NDArray[np.float64], right: NDArray[np.float64] | NDArray[np.bool_], n_bins: int
) -> NDArray[np.float64]:
    """The error (draws,) of each row of ``right`` (draws, n)."""
    index = np.minimum((probabilities * n_bins).astype(int), n_bins - 1)
    of_bin = np.eye(n_bins)[index]  # (n, bins)
    gaps: NDArray[np.float64] = np.abs((right - probabilities) @ of_bin).sum(axis=1)
    return gaps / max(len(probabilities), 1)
