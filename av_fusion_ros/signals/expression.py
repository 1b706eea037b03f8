# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How strongly a face smiles or frowns, from its landmarks, against how it usually looks.

The measures are those of facial action units (Ekman, Friesen and Hager 2002, 'Facial Action
Coding System'): AU12 pulls the mouth's corners up and out, AU4 lowers the brows and draws them
together, AU24 presses the lips, AU5 raises the upper lids. Geometry alone, no learned weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.signals.mouth_crop import (
    LOWER_LIP_BOTTOM,
    LOWER_LIP_INNER,
    MOUTH_LEFT,
    MOUTH_RIGHT,
    NOSE_BASE,
    UPPER_LIP_INNER,
    UPPER_LIP_TOP,
    eye_axis,
)

_BROWS = [105, 107, 334, 336]  # middle and inner end of both
_INNER_BROWS = (107, 336)
_EYE_CORNERS = [33, 133, 263, 362]
_UPPER_LIDS, _LOWER_LIDS = [159, 386], [145, 374]

#: What ``measures`` returns, in order.
MEASURES = ('mouth_width', 'corner_lift', 'brow_height', 'brow_gap', 'lip_height', 'eye_opening')

_SMOOTHING_S = 1.0  # longer than a syllable: speech itself moves every measure of the mouth
_NEUTRAL_S = 60.0  # how slowly the usual look is followed
_SETTLED_S = 4.0  # of a face seen, before its usual look is known
_GAP_S = 1.0  # without the face; then the smoothed look is void, the usual one is kept


@dataclass(frozen=True, slots=True)
class ActionUnits:
    """Intensities, 0 = none, 1 = the trace (A) and 5 = the most (E) of FACS; NaN = unknown.

    ``smile`` AU12, ``brow`` AU4, ``press`` AU24, ``lids`` AU5.
    """

    smile: float = nan
    brow: float = nan
    press: float = nan
    lids: float = nan


# Movement, in face sizes, that counts as one step of intensity. Set on GRID: a neutral face that
# speaks stays below one step in 99 % of ticks (benchmarks/affect/geometry.py).
_STEPS = {
    'smile': {'mouth_width': 0.035, 'corner_lift': 0.035},
    'brow': {'brow_height': -0.012, 'brow_gap': -0.007},
    'press': {'lip_height': -0.03},
    'lids': {'eye_opening': 0.015},
}


def measures(landmarks: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return MEASURES (6,) of landmarks (468, 2), in face sizes: free of scale and roll.

    ``corner_lift`` is how far the mouth's corners stand above a point 0.5 below the nose;
    ``lip_height`` the red of both lips; the others say what they are.
    """
    along, size = eye_axis(landmarks)
    down = np.array([-along[1], along[0]])
    across_px, down_px = landmarks @ along / size, landmarks @ down / size

    def span(one: int, other: int) -> float:
        return float(np.hypot(*(landmarks[one] - landmarks[other]))) / size

    corners = (down_px[MOUTH_RIGHT] + down_px[MOUTH_LEFT]) / 2
    return np.array(
        [
            span(MOUTH_RIGHT, MOUTH_LEFT),
            down_px[NOSE_BASE] + 0.5 - corners,
            down_px[_EYE_CORNERS].mean() - down_px[_BROWS].mean(),
            abs(across_px[_INNER_BROWS[1]] - across_px[_INNER_BROWS[0]]),
            span(UPPER_LIP_TOP, UPPER_LIP_INNER) + span(LOWER_LIP_INNER, LOWER_LIP_BOTTOM),
            (down_px[_LOWER_LIDS] - down_px[_UPPER_LIDS]).mean(),
        ]
    )


class Expression:
    """Follows one face; another face needs another instance, or ``reset``.

    Somebody who smiles from the first moment on is taken to look like that: only changes are seen.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the face."""
        self._now: NDArray[np.float64] | None = None
        self._usual = np.zeros(len(MEASURES))
        self._seen_s = 0.0
        self._stamp_ns: int | None = None

    def push(self, landmarks: NDArray[np.float32], stamp_ns: int) -> ActionUnits:
        """Take the face at ``stamp_ns``; unknown until it was seen for 4 s."""
        found = measures(landmarks)
        before, self._stamp_ns = self._stamp_ns, stamp_ns
        passed_s = 0.0 if before is None else (stamp_ns - before) / 1e9
        if self._now is None or not 0 <= passed_s <= _GAP_S:
            self._now = found
            passed_s = 0.04
        self._now = self._now + min(1.0, passed_s / _SMOOTHING_S) * (found - self._now)
        self._seen_s += passed_s
        # A plain mean first, then a slow one.
        share = min(1.0, passed_s / min(self._seen_s, _NEUTRAL_S))
        self._usual = self._usual + share * (found - self._usual)
        if self._seen_s < _SETTLED_S:
            return ActionUnits()
        change = dict(zip(MEASURES, (self._now - self._usual).tolist(), strict=True))
        return ActionUnits(**{unit: _intensity(change, steps) for unit, steps in _STEPS.items()})


def _intensity(change: dict[str, float], steps: dict[str, float]) -> float:
    """The mean of an action unit's measures in steps, within 0 to 5."""
    mean = sum(change[name] / step for name, step in steps.items()) / len(steps)
    return min(5.0, max(0.0, mean))
