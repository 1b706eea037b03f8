# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How probable it is that exactly this was said: logistic calibration (Platt 1999).

The decoder's scores are no probabilities. A logistic regression over a few numbers known at
the decision makes one of them, fitted on recordings the network was not trained on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, astuple, dataclass, fields
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from av_fusion_ros.recognition.errors import RecognitionError

Column = NDArray[np.float64]

MARGIN_CAP = 6.0  # nats; beyond it the runner-up no longer matters (chosen on validation trials)
FOREIGN_CAP = 3  # phonemes; more of them are other talk as well
SILENCE_CAP_HOPS = 6  # about the pause before a sentence


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known about an utterance when it is decided; NaN = unknown, taken as the mean.

    ``score``: log-likelihood ratio per hop, <= 0. ``margin``: nats over the runner-up. ``worst``:
    the least likely 0.2 s (``Reading.worst``). The others are those of ``PhraseFit``.

    Left out, as they said nothing more on validation trials: the weights of the senses, the
    agreement of sound and lips, the estimated SNR, the phrase's duration.
    """

    score: float
    margin: float
    worst: float
    phonemes: float
    mean_phoneme: float
    weakest_phoneme: float
    weakest_word: float
    extra_phonemes: float
    foreign_before: float
    foreign_after: float
    silence_before_hops: float


NAMES = tuple(field.name for field in fields(Evidence))
#: What enters the regression. A lead counts by how probably the weakest word was heard, since a
#: phrase that little fits can lead far where the command file has nothing like it.
COLUMNS = tuple('heard_margin' if name == 'margin' else name for name in NAMES)


def _compressed(nats: Column) -> Column:
    """Differences near 0 count, far below it is all the same; keeps the order."""
    return -np.log1p(-np.minimum(nats, 0))


#: How each number enters the regression, where not as it is.
_FORMS: dict[str, Callable[[Column], Column]] = {
    'score': _compressed,
    'margin': lambda nats: np.minimum(nats, MARGIN_CAP),
    'worst': _compressed,
    'phonemes': np.log,
    'mean_phoneme': _compressed,
    'weakest_phoneme': _compressed,
    'weakest_word': _compressed,
    'foreign_before': lambda count: np.minimum(count, FOREIGN_CAP),
    'foreign_after': lambda count: np.minimum(count, FOREIGN_CAP),
    'silence_before_hops': lambda hops: np.minimum(hops, SILENCE_CAP_HOPS),
}


@dataclass(frozen=True, slots=True)
class Calibration:
    """probability = logistic(bias + sum(coefficient * (value - mean) / scale)) over COLUMNS.

    The defaults are set by hand, so that a clean command is near 1 and a poor match near 0;
    fitted ones come with the checkpoint.
    """

    bias: float = 0.5
    coefficients: tuple[float, ...] = (0.3, 0.8, 0.3, 0.5, 0.3, 0.6, 2.0, -0.6, -0.3, -0.6, 0.5)
    means: tuple[float, ...] = (-0.3, 2.5, -0.6, 2.3, -0.4, -0.9, -0.7, 0.3, 0.2, 0.2, 5.0)
    scales: tuple[float, ...] = (0.4, 2.2, 0.7, 0.6, 0.5, 0.9, 0.8, 0.8, 0.6, 0.6, 1.8)

    def __post_init__(self) -> None:
        rows = (self.coefficients, self.means, self.scales)
        numbers = [self.bias, *(value for row in rows for value in row)]
        if any(len(row) != len(NAMES) for row in rows) or not all(map(isfinite, numbers)):
            raise RecognitionError(
                f'a calibration needs {len(NAMES)} finite coefficients, means and scales, for '
                f'{", ".join(NAMES)}'
            )
        if min(self.scales) <= 0:
            raise RecognitionError('the scales of a calibration must be above 0')

    def probability(self, evidence: Evidence) -> float:
        """Probability [0, 1] that the reading is right."""
        return float(self.probabilities([evidence])[0])

    def probabilities(self, evidence: Sequence[Evidence]) -> NDArray[np.float64]:
        """Probabilities (n,) of n readings."""
        standard = _standardised(_matrix(evidence), np.array(self.means), np.array(self.scales))
        return np.asarray(expit(self.bias + standard @ np.array(self.coefficients)))


def load_calibration(path: Path | str) -> Calibration:
    """Read a calibration written by ``save_calibration``.

    Raises RecognitionError when the file is missing, no JSON, or made for other evidence.
    """
    try:
        stored = json.loads(Path(path).read_text(encoding='utf-8'))
        if tuple(stored.pop('evidence')) != COLUMNS:
            raise RecognitionError(f'it is made for other evidence than {", ".join(COLUMNS)}')
        values: dict[str, Any] = {
            name: tuple(v) if isinstance(v, list) else v for name, v in stored.items()
        }
        return Calibration(**values)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RecognitionError(
            f'cannot use the calibration {path}: {error}; make one with "av-fusion calibrate", or '
            'leave it out to use the defaults'
        ) from error


def save_calibration(path: Path | str, calibration: Calibration) -> None:
    """Write a calibration as JSON."""
    stored = {'evidence': COLUMNS, **asdict(calibration)}
    Path(path).write_text(json.dumps(stored, indent=2) + '\n', encoding='utf-8')


def fit(evidence: Sequence[Evidence], right: Sequence[bool], penalty: float = 1.0) -> Calibration:
    """Logistic regression of ``right`` on ``evidence``, with an L2 penalty on coefficients.

    Raises RecognitionError unless there are right and wrong readings.
    """
    truth = np.asarray(right, bool)
    if len(evidence) != len(truth) or not 0 < truth.sum() < len(truth):
        raise RecognitionError(
            f'{len(evidence)} readings of which {int(truth.sum())} are right cannot be '
            'calibrated; give as many truths as readings, some right and some wrong'
        )
    values = _matrix(evidence)
    known = np.isfinite(values)
    counts = np.maximum(known.sum(axis=0), 1)
    means = np.where(known, values, 0).sum(axis=0) / counts
    spread = np.sqrt((np.where(known, values - means, 0) ** 2).sum(axis=0) / counts)
    scales = np.where(spread > 1e-6, spread, 1.0)
    standard = _standardised(values, means, scales)
    sign = np.where(truth, 1.0, -1.0)

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        bias, coefficients = parameters[0], parameters[1:]
        agreement = sign * (bias + standard @ coefficients)
        value = np.logaddexp(0, -agreement).sum() + penalty / 2 * (coefficients**2).sum()
        slope = -sign * expit(-agreement)
        gradient = np.concatenate(([slope.sum()], standard.T @ slope + penalty * coefficients))
        return float(value), gradient

    found = minimize(loss, np.zeros(1 + len(NAMES)), jac=True, method='L-BFGS-B').x
    return Calibration(
        float(found[0]),
        tuple(map(float, found[1:])),
        tuple(map(float, means)),
        tuple(map(float, scales)),
    )


def _matrix(evidence: Sequence[Evidence]) -> NDArray[np.float64]:
    values = np.array([astuple(e) for e in evidence], np.float64).reshape(-1, len(NAMES))
    heard = np.exp(np.minimum(values[:, NAMES.index('weakest_word')], 0))
    for name, form in _FORMS.items():
        column = NAMES.index(name)
        values[:, column] = form(values[:, column])
    values[:, NAMES.index('margin')] *= heard
    return values


def _standardised(
    values: NDArray[np.float64], means: NDArray[np.float64], scales: NDArray[np.float64]
) -> NDArray[np.float64]:
    standard = (values - means) / scales
    return np.where(np.isfinite(standard), standard, 0.0)
