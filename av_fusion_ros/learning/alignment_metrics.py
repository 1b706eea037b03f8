# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How alike two senses' embeddings of the same windows are: row i of both is window i."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Embeddings = NDArray[np.floating]  # (windows, units)


def cosines(queries: Embeddings, candidates: Embeddings) -> NDArray[np.float64]:
    """Cosine of every query with every candidate, (N, D) and (M, D) to (N, M).

    A row of zeros has cosine 0 with everything.
    """
    return _unit(queries) @ _unit(candidates).T


def recall_at_one(queries: Embeddings, candidates: Embeddings) -> float:
    """Share of queries (N, D) whose nearest candidate (N, D) by cosine is their own.

    Chance is 1 / N. A tie counts as a miss, so that embeddings that are all alike find nothing.
    """
    similarity = cosines(queries, candidates)
    own = np.diag(similarity).copy()
    np.fill_diagonal(similarity, -np.inf)
    return float(np.mean(own > similarity.max(1)))


def linear_cka(x: Embeddings, y: Embeddings) -> float:
    """Linear centred kernel alignment of (N, D) and (N, E), in [0, 1]; 0 where one is constant.

    Kornblith et al. 2019 (arXiv 1905.00414). Blind to rotation, scale and shift of either.
    """
    x, y = centred(x), centred(y)
    shared = float(np.linalg.norm(y.T @ x) ** 2)
    own = float(np.linalg.norm(x.T @ x) * np.linalg.norm(y.T @ y))
    return shared / own if own > 0 else 0.0


def cosine_gap(x: Embeddings, y: Embeddings) -> float:
    """Mean cosine of matched rows less that of unmatched ones, in [-2, 2]."""
    similarity = cosines(x, y)
    n = len(similarity)
    matched = float(np.trace(similarity)) / n
    return matched - (float(similarity.sum()) - matched * n) / (n * (n - 1))


def active_units(means: Embeddings, threshold: float = 0.01) -> int:
    """Latent units whose posterior mean (N, Z) has a variance over the data above ``threshold``.

    Burda et al. 2016 (arXiv 1509.00519): the others have collapsed to the prior.
    """
    return int(np.sum(np.var(np.asarray(means, np.float64), axis=0) > threshold))


def centred(x: Embeddings) -> NDArray[np.float64]:
    """``x`` (N, D) less the mean of its rows."""
    values = np.asarray(x, np.float64)
    return values - values.mean(0)


def _unit(x: Embeddings) -> NDArray[np.float64]:
    values = np.asarray(x, np.float64)
    length = np.linalg.norm(values, axis=1, keepdims=True)
    return values / np.where(length > 0, length, 1.0)
