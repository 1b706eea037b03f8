# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How probable it is that voice and lips belong together: logistic calibration (Platt 1999).

The same similarity says less in noise than in silence, so the probability also depends on the
estimated SNR and the picture's quality. Fitted on recordings that the network was not trained on,
with as many pairs that belong together as do not: the probability holds for even odds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from av_fusion_ros.recognition.content_calibration import CONTENT_NAMES, ContentCalibration
from av_fusion_ros.recognition.errors import RecognitionError
from av_fusion_ros.recognition.logistic_fit import Array, fit_logistic, scaled_snr, scaled_snrs

NAMES = ('logit', 'snr', 'logit_in_noise', 'quality')


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
        snr = scaled_snr(snr_db)
        a, b, c, d = self.coefficients
        known = quality if quality == quality else 0.0
        return self.bias + a * logit + b * snr + c * logit * snr + d * known

    def probability(self, logit: float, snr_db: float, quality: float) -> float:
        """The probability [0, 1] of it."""
        return float(expit(self.log_odds(logit, snr_db, quality)))


@dataclass(frozen=True, slots=True)
class AgreementCalibration:
    """One calibration for each length of window: a hop, one second, three seconds.

    ``content``, where it is known, tells a hop's better than ``hop``. The defaults are those of the
    shipped checkpoint's validation part, rounded.
    """

    hop: WindowCalibration = WindowCalibration(-4.27, (0.64, -1.44, 0.17, -0.16))
    second: WindowCalibration = WindowCalibration(-12.4, (1.78, -6.83, 0.86, 0.56))
    three: WindowCalibration = WindowCalibration(-22.9, (3.30, -8.98, 1.08, 1.25))
    content: ContentCalibration | None = None


def fit_window(
    logit: Array, snr_db: Array, quality: Array, together: NDArray[np.bool_]
) -> WindowCalibration:
    """Logistic regression on n windows with a slight L2 penalty on the coefficients."""
    snr = scaled_snrs(snr_db)
    best = fit_logistic(np.stack((logit, snr, logit * snr, quality), 1), together)
    return WindowCalibration(float(best[0]), tuple(map(float, best[1:])))


def save_agreement_calibration(path: Path | str, calibration: AgreementCalibration) -> None:
    """Write it as JSON."""
    stored = {'evidence': NAMES, **asdict(calibration)}
    if calibration.content is None:
        del stored['content']
    else:
        stored['content'] = {'evidence': CONTENT_NAMES, **stored['content']}
    Path(path).write_text(json.dumps(stored, indent=2) + '\n', encoding='utf-8')


def load_agreement_calibration(path: Path | str) -> AgreementCalibration:
    """Read one; raises RecognitionError when it is missing, no JSON, or made for other evidence."""
    try:
        stored = json.loads(Path(path).read_text(encoding='utf-8'))
        _require_names(stored.pop('evidence'), NAMES)
        content = stored.pop('content', None)
        if content is not None:
            _require_names(content['evidence'], CONTENT_NAMES)
            content = ContentCalibration(*_numbers(content))
        windows = {name: WindowCalibration(*_numbers(part)) for name, part in stored.items()}
        return AgreementCalibration(**windows, content=content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RecognitionError(
            f'cannot use the consistency calibration {path}: {error}; make one with '
            '"av-fusion calibrate --consistency", or leave it out to use the defaults'
        ) from error


def _require_names(given: Sequence[str], names: tuple[str, ...]) -> None:
    if tuple(given) != names:
        raise RecognitionError(f'it is made for other evidence than {", ".join(names)}')


def _numbers(part: Mapping[str, Any]) -> tuple[float, tuple[float, ...]]:
    return float(part['bias']), tuple(map(float, part['coefficients']))
