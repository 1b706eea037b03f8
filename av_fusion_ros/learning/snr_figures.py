# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How well the network tells the signal-to-noise ratio, against the ratio that was mixed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.learning.evaluation import SoundResult
from av_fusion_ros.learning.labels import HOP_S

RANGE_DB = (-10.0, 20.0)
SETTLING_HOPS = int(0.5 / HOP_S)  # after as many, the next hop ends no sooner than 0.5 s on


@dataclass(frozen=True, slots=True)
class SnrError:
    """Errors in dB in one noise family, over the levels within -10 to 20 dB.

    ``mean_db`` from 0.5 s after the sound begins, over hops; ``settled_db`` in the hop 0.5 s after
    the first word begins; both are means of absolute errors. ``bias_db``: mean error, over hops.
    """

    family: str
    mean_db: float
    settled_db: float
    bias_db: float
    clips: int


def snr_errors(results: Sequence[SoundResult], onset: NDArray[np.int64]) -> list[SnrError]:
    """One row a family; ``onset`` (clips,) is the hop in which speech begins."""
    families = dict.fromkeys(r.sound.family for r in results if r.sound.snr_db is not None)
    found = []
    for family in families:
        errors = [
            r.snr_db - r.sound.snr_db
            for r in results
            if r.sound.family == family
            and r.sound.snr_db is not None
            and RANGE_DB[0] <= r.sound.snr_db <= RANGE_DB[1]
        ]
        if errors:
            found.append(_error(family, np.concatenate(errors), np.tile(onset, len(errors))))
    return found


def _error(family: str, errors: NDArray[np.float64], onset: NDArray[np.int64]) -> SnrError:
    settled = np.minimum(onset + SETTLING_HOPS, errors.shape[1] - 1)
    return SnrError(
        family,
        float(np.abs(errors[:, SETTLING_HOPS:]).mean()),
        float(np.abs(errors[np.arange(len(errors)), settled]).mean()),
        float(errors[:, SETTLING_HOPS:].mean()),
        len(errors),
    )
