# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How probable it is that voice and lips belong together: logistic calibration (Platt 1999).

The same similarity says less in noise than in silence, so the probability also depends on the
estimated SNR and the picture's quality. Fitted on recordings that the network was not trained on,
with as many pairs that belong together as do not: the probability holds for even odds.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from av_fusion_ros.recognition.errors import RecognitionError

Array = NDArray[np.float64]

NAMES = ('logit', 'snr', 'logit_in_noise', 'quality')
_SNR_RANGE_DB = (-10.0, 20.0)


@dataclass(frozen=True, slots=True)
class WindowCalibration:
    """log-odds = bias + coefficients . (similarity / temperature, snr / 10, both, quality)."""

    bias: float
    coefficients: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.coefficients) != len(NAMES) or not all(
            map(isfinite, (self.bias, *self.coefficients))
        ):
            raise RecognitionError(f'a calibration needs a finite bias and one of each of {NAMES}')

    def log_odds(self, logit: float, snr_db: float, quality: float) -> float:
        """Log-odds that they belong together; NaN of SNR or quality is taken as the worst."""
        low, high = _SNR_RANGE_DB
        snr = min(max(snr_db, low), high) / 10 if snr_db == snr_db else low / 10
        a, b, c, d = self.coefficients
        known = quality if quality == quality else 0.0
        return self.bias + a * logit + b * snr + c * logit * snr + d * known

    def probability(self, logit: float, snr_db: float, quality: float) -> float:
        """The probability [0, 1] of it."""
        return float(expit(self.log_odds(logit, snr_db, quality)))


@dataclass(frozen=True, slots=True)
class AgreementCalibration:
    """One calibration for each length of window: a hop, one second, three seconds.

    The defaults are those of the shipped checkpoint's validation part, rounded.
    """

    hop: WindowCalibration = WindowCalibration(-3.5, (0.5, 0.0, 0.1, 0.0))
    second: WindowCalibration = WindowCalibration(-8.0, (1.3, 0.0, 0.1, 0.0))
    three: WindowCalibration = WindowCalibration(-10.0, (1.6, 0.0, 0.1, 0.0))


def fit_window(
    logit: Array, snr_db: Array, quality: Array, together: NDArray[np.bool_]
) -> WindowCalibration:
    """Logistic regression on n windows with a slight L2 penalty on the coefficients."""
    snr = np.clip(np.where(np.isfinite(snr_db), snr_db, _SNR_RANGE_DB[0]), *_SNR_RANGE_DB) / 10
    rows = np.stack((np.ones_like(logit), logit, snr, logit * snr, quality), 1)
    sign = np.where(together, 1.0, -1.0)
    # Both kinds count alike, however many there are of each.
    weight = np.where(
        together, 0.5 / max(together.mean(), 1e-9), 0.5 / max((~together).mean(), 1e-9)
    )

    def loss(found: Array) -> tuple[float, Array]:
        margin = sign * (rows @ found)
        value = (weight * np.logaddexp(0, -margin)).sum() + 0.5 * (found[1:] ** 2).sum()
        slope = rows.T @ (-sign * weight * expit(-margin))
        slope[1:] += found[1:]
        return float(value), slope

    best = minimize(loss, np.zeros(rows.shape[1]), jac=True, method='L-BFGS-B').x
    return WindowCalibration(float(best[0]), tuple(map(float, best[1:])))


def save_agreement_calibration(path: Path | str, calibration: AgreementCalibration) -> None:
    """Write it as JSON."""
    stored = {'evidence': NAMES, **asdict(calibration)}
    Path(path).write_text(json.dumps(stored, indent=2) + '\n', encoding='utf-8')


def load_agreement_calibration(path: Path | str) -> AgreementCalibration:
    """Read one; raises RecognitionError when it is missing, no JSON, or made for other evidence."""
    try:
        stored = json.loads(Path(path).read_text(encoding='utf-8'))
        if tuple(stored.pop('evidence')) != NAMES:
            raise RecognitionError(f'it is made for other evidence than {", ".join(NAMES)}')
        return AgreementCalibration(
            **{
                name: WindowCalibration(
                    float(part['bias']), tuple(map(float, part['coefficients']))
                )
                for name, part in stored.items()
            }
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RecognitionError(
            f'cannot use the consistency calibration {path}: {error}; make one with '
            '"av-fusion calibrate --consistency", or leave it out to use the defaults'
        ) from error
