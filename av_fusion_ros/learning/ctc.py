# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""CTC's likelihood of what was said, and its gradient by the scores (Graves et al. 2006)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.model.phonemes import BLANK

Floats = NDArray[np.float32]


def log_likelihood(log_probs: Floats, targets: NDArray[np.intp]) -> float:
    """Log-probability (nats) that CTC's paths spell ``targets`` (m,).

    ``log_probs`` (n, classes); -inf where the targets do not fit into n hops.
    """
    states, skips = _states(targets)
    return _total(_forward(np.asarray(log_probs, np.float64)[:, states], skips))


def likelihood_and_gradient(scores: Floats, targets: NDArray[np.intp]) -> tuple[float, Floats]:
    """Log-likelihood (nats) of ``targets`` (m,) and its gradient by ``scores`` (n, classes).

    ``scores`` are what the softmax is taken of (equation 16). The gradient is zero where the
    targets do not fit into n hops.
    """
    exact = scores.astype(np.float64)
    top = exact.max(axis=1, keepdims=True)
    log_probs = exact - top - np.log(np.exp(exact - top).sum(axis=1, keepdims=True))
    states, skips = _states(targets)
    emitted = log_probs[:, states]
    ahead = _forward(emitted, skips)
    total = _total(ahead)
    if not np.isfinite(total):
        return -np.inf, np.zeros_like(scores)
    # Backwards is forwards on the turned chain; a state may be skipped to where it may be from.
    turned = np.zeros_like(skips)
    turned[2:] = skips[2:][::-1]
    behind = _forward(emitted[::-1, ::-1], turned)[::-1, ::-1]
    occupied = np.exp(ahead + behind - emitted - total)
    gradient = -np.exp(log_probs)
    for state, label in enumerate(states):
        gradient[:, label] += occupied[:, state]
    return total, gradient.astype(np.float32)


def _states(targets: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Labels (2 m + 1,) with blanks between, and which may follow the one but before."""
    states = np.full(2 * len(targets) + 1, BLANK, np.intp)
    states[1::2] = targets
    skips = np.zeros(len(states), bool)
    skips[2:] = (states[2:] != BLANK) & (states[2:] != states[:-2])
    return states, skips


def _total(ahead: NDArray[np.float64]) -> float:
    return float(np.logaddexp.reduce(ahead[-1, -2:]))


def _forward(emitted: NDArray[np.float64], skips: NDArray[np.bool_]) -> NDArray[np.float64]:
    scores = np.full(emitted.shape, -np.inf)
    scores[0, :2] = emitted[0, :2]
    for hop in range(1, len(emitted)):
        before = scores[hop - 1]
        arriving = before.copy()
        arriving[1:] = np.logaddexp(arriving[1:], before[:-1])
        arriving[2:] = np.where(skips[2:], np.logaddexp(arriving[2:], before[:-2]), arriving[2:])
        scores[hop] = arriving + emitted[hop]
    return scores
