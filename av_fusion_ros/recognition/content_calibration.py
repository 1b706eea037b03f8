# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How probable it is that a hop belongs together, by its similarity and by what is read around it.

The similarity alone tells the sound of a hop; what both senses read (content_evidence.py) tells
which sounds they are. Fitted together, since they overlap.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.recognition.errors import RecognitionError
from av_fusion_ros.recognition.logistic_fit import Array, fit_logistic, scaled_snr, scaled_snrs

CONTENT_NAMES = ('logit', 'snr', 'logit_in_noise', 'quality', 'match', 'said', 'match_in_noise')


@dataclass(frozen=True, slots=True)
class ContentCalibration:
    """log-odds = bias + coefficients . evidence, in the order of CONTENT_NAMES; snr in 10 dB."""

    bias: float
    coefficients: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.coefficients) != len(CONTENT_NAMES) or not all(
            map(isfinite, (self.bias, *self.coefficients))
        ):
            raise RecognitionError(
                f'a calibration of content needs a finite bias and one of each of {CONTENT_NAMES}'
            )

    def log_odds(
        self, logit: float, snr_db: float, quality: float, match: float, said: float
    ) -> float:
        """Log-odds that a hop belongs together; NaN of SNR or quality is taken as the worst."""
        snr = scaled_snr(snr_db)
        known = quality if quality == quality else 0.0
        evidence = (logit, snr, logit * snr, known, match, said, match * snr)
        return self.bias + sum(a * b for a, b in zip(self.coefficients, evidence, strict=True))


def fit_content(
    logit: Array,
    snr_db: Array,
    quality: Array,
    match: Array,
    said: Array,
    together: NDArray[np.bool_],
) -> ContentCalibration:
    """Logistic regression on n hops of speech."""
    snr = scaled_snrs(snr_db)
    evidence = np.stack((logit, snr, logit * snr, quality, match, said, match * snr), 1)
    # They differ in size by a hundred times: fitted in their own spread, else it ends too early.
    mean, spread = evidence.mean(axis=0), evidence.std(axis=0) + 1e-9
    best = fit_logistic((evidence - mean) / spread, together)
    coefficients = best[1:] / spread
    return ContentCalibration(float(best[0] - coefficients @ mean), tuple(map(float, coefficients)))
