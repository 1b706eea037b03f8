# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Intervals for measured shares, and for differences between readings of the same clips."""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2


def wilson_interval(successes: int, trials: int, z: float = 1.96) -> tuple[float, float]:
    """95 % interval of a share by Wilson's score method (Wilson 1927); (0, 1) without trials."""
    if trials == 0:
        return 0.0, 1.0
    share = successes / trials
    scale = 1 + z * z / trials
    centre = (share + z * z / (2 * trials)) / scale
    half = z / scale * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    return max(0.0, centre - half), min(1.0, centre + half)


def rate_interval(events: int, hours: float) -> tuple[float, float]:
    """95 % interval of a rate per hour, exact for Poisson counts (Garwood 1936)."""
    if hours <= 0:
        return 0.0, float('inf')
    low = chi2.ppf(0.025, 2 * events) / 2 if events else 0.0
    return float(low / hours), float(chi2.ppf(0.975, 2 * events + 2) / 2 / hours)


def share_difference(
    right: NDArray[np.integer], than: NDArray[np.integer], trials: NDArray[np.integer]
) -> tuple[float, float]:
    """How much larger one share is than another of the same clips, and half its 95 % interval.

    ``right`` and ``than`` are successes, ``trials`` words, per clip (n,). Clips, not words, are
    taken as independent: the words of a sentence are not.
    """
    words = float(trials.sum())
    if words == 0:
        return 0.0, 1.0
    gain = (right - than).astype(float)
    difference = float(gain.sum()) / words
    spread = gain - difference * trials
    n = len(trials)
    half = 1.96 * sqrt(float((spread**2).sum()) * n / max(1, n - 1)) / words
    return difference, half
