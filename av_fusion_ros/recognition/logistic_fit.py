# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Logistic regression for the calibrations of agreement (Platt 1999)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

Array = NDArray[np.float64]

_SNR_RANGE_DB = (-10.0, 20.0)


def scaled_snr(snr_db: float) -> float:
    """SNR in tens of dB within the range that was fitted; NaN is taken as the worst."""
    low, high = _SNR_RANGE_DB
    return min(max(snr_db, low), high) / 10 if snr_db == snr_db else low / 10


def scaled_snrs(snr_db: Array) -> Array:
    """The same of an array."""
    low, high = _SNR_RANGE_DB
    scaled: Array = np.clip(np.where(np.isfinite(snr_db), snr_db, low), low, high) / 10
    return scaled


def fit_logistic(evidence: Array, together: NDArray[np.bool_]) -> Array:
    """Bias and coefficients (1 + m,) for n rows of ``evidence`` (n, m), with a slight L2 penalty.

    Both kinds count alike, however many there are of each: the odds are even.
    """
    rows = np.column_stack((np.ones(len(evidence)), evidence))
    sign = np.where(together, 1.0, -1.0)
    weight = np.where(
        together, 0.5 / max(together.mean(), 1e-9), 0.5 / max((~together).mean(), 1e-9)
    )

    def loss(found: Array) -> tuple[float, Array]:
        margin = sign * (rows @ found)
        value = (weight * np.logaddexp(0, -margin)).sum() + 0.5 * (found[1:] ** 2).sum()
        slope = rows.T @ (-sign * weight * expit(-margin))
        slope[1:] += found[1:]
        return float(value), slope

    best: Array = minimize(loss, np.zeros(rows.shape[1]), jac=True, method='L-BFGS-B').x
    return best
