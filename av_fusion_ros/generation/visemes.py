# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Phonemes with times -> a smooth trajectory of mouth shapes.

Coarticulation by dominance functions (Cohen & Massaro 1993, 'Modeling coarticulation in
synthetic visual speech'): every phoneme pulls each shape parameter towards its target
with a weight that decays with the time to the phoneme's centre. A weight per parameter
says what a phoneme insists on (closure for P, B, M) and what it leaves to its neighbours
(opening for H, rounding for most consonants). The decay before the centre is slower than
after it, because lips and jaw move ahead of the sound (by some 30 to 100 ms).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from av_fusion_ros.generation.speech import TimedPhoneme

# Columns of a trajectory.
OPENING, WIDTH, ROUNDING, TEETH, TONGUE, TUCK, PRESS = range(7)
N_PARAMETERS = 7

_LEAD_S = 0.03  # lips reach a target this long before the middle of the sound
_DECAY_BEFORE_S = 0.055
_DECAY_AFTER_S = 0.045
# Closures and lip-teeth contacts are quick gestures: their pull is short.
_QUICKNESS = dict.fromkeys(['P', 'B', 'M', 'F', 'V'], 0.5)
_REST_WEIGHT = 0.02  # silence pulls back to rest only where no sound is near
_REACH_S = 0.6  # beyond this a phoneme's pull is below 1e-8
_EDGE_FRACTION = 0.35  # part of a phoneme's length that widens its dominance


@dataclass(frozen=True)
class MouthShape:
    """What the lips, teeth and tongue do at one moment.

    opening: gap of the inner lips as a part of a wide-open mouth, [0, 1].
    width: -1 narrow, 0 rest, 1 spread. rounding: 0 to 1 protruded.
    teeth: 0 hidden to 1 both rows together at the front. tongue: 0 low, 0.5 behind the
    upper teeth, 1 between the teeth. tuck: lower lip under the upper teeth, [0, 1].
    press: lips pressed together, [0, 1].
    """

    opening: float = 0.0
    width: float = 0.0
    rounding: float = 0.0
    teeth: float = 0.0
    tongue: float = 0.0
    tuck: float = 0.0
    press: float = 0.0

    def as_row(self) -> npt.NDArray[np.float64]:
        return np.array(
            [
                self.opening, self.width, self.rounding, self.teeth, self.tongue, self.tuck,
                self.press,
            ]
        )  # fmt: skip


REST = MouthShape(opening=0.02, width=0.0)

# phoneme -> (opening, width, rounding, teeth, tongue, tuck, press), then what it insists on.
_FREE = (0.5, 0.5, 0.4, 0.6, 0.6, 1.0, 1.0)  # consonant made inside the mouth
_VOWEL = (1.0, 1.0, 1.0, 0.7, 0.6, 1.0, 1.0)
_CLOSED = (6.0, 0.5, 0.3, 2.0, 1.0, 1.0, 1.5)  # closure must be seen
_LIP = (3.0, 0.7, 0.6, 1.5, 1.0, 1.7, 1.0)
_SIBILANT = (2.5, 0.9, 0.5, 2.0, 1.0, 1.0, 1.0)
_TABLE: dict[str, tuple[MouthShape, tuple[float, ...]]] = {
    'P': (MouthShape(0.0, -0.05, 0.0, 0, 0, 0, 1.0), _CLOSED),
    'B': (MouthShape(0.0, 0.0, 0.0, 0, 0, 0, 0.9), _CLOSED),
    'M': (MouthShape(0.0, 0.05, 0.0, 0, 0, 0, 0.75), _CLOSED),
    'F': (MouthShape(0.12, 0.15, 0.0, 0.5, 0, 1.0, 0), _LIP),
    'V': (MouthShape(0.12, 0.1, 0.0, 0.45, 0, 0.9, 0), _LIP),
    'TH': (MouthShape(0.28, 0.15, 0.0, 0.5, 1.0, 0, 0), _SIBILANT),
    'DH': (MouthShape(0.25, 0.1, 0.0, 0.45, 0.95, 0, 0), _SIBILANT),
    'T': (MouthShape(0.22, 0.2, 0.0, 0.75, 0.6, 0, 0), _FREE),
    'D': (MouthShape(0.24, 0.15, 0.0, 0.7, 0.6, 0, 0), _FREE),
    'N': (MouthShape(0.26, 0.15, 0.0, 0.6, 0.65, 0, 0), _FREE),
    'L': (MouthShape(0.38, 0.1, 0.0, 0.4, 0.8, 0, 0), _FREE),
    'S': (MouthShape(0.16, 0.4, 0.0, 1.0, 0.2, 0, 0), _SIBILANT),
    'Z': (MouthShape(0.17, 0.35, 0.0, 1.0, 0.2, 0, 0), _SIBILANT),
    'SH': (MouthShape(0.3, -0.4, 0.6, 0.95, 0.1, 0, 0), (2.5, 2.5, 2.5, 2.5, 1, 1, 1)),
    'ZH': (MouthShape(0.3, -0.35, 0.55, 0.9, 0.1, 0, 0), (2.5, 2.5, 2.5, 2.5, 1, 1, 1)),
    'CH': (MouthShape(0.28, -0.35, 0.55, 0.95, 0.2, 0, 0), (2.5, 2.2, 2.2, 2.5, 1, 1, 1)),
    'JH': (MouthShape(0.28, -0.3, 0.5, 0.95, 0.2, 0, 0), (2.5, 2.2, 2.2, 2.5, 1, 1, 1)),
    'K': (MouthShape(0.3, 0.1, 0.0, 0.3, 0.1, 0, 0), _FREE),
    'G': (MouthShape(0.3, 0.1, 0.0, 0.3, 0.1, 0, 0), _FREE),
    'NG': (MouthShape(0.32, 0.1, 0.0, 0.3, 0.1, 0, 0), _FREE),
    'HH': (MouthShape(0.35, 0.0, 0.0, 0.2, 0.0, 0, 0), (0.2,) * 7),
    'R': (MouthShape(0.24, -0.35, 0.55, 0.4, 0.2, 0, 0), (1.0, 1.5, 1.6, 0.6, 0.6, 1, 1)),
    'W': (MouthShape(0.12, -0.9, 1.0, 0.0, 0.0, 0, 0), (3.0, 3.0, 3.0, 1.0, 0.6, 1, 1)),
    'Y': (MouthShape(0.2, 0.5, 0.0, 0.6, 0.3, 0, 0), (0.9, 1.2, 1.0, 0.6, 0.6, 1, 1)),
    'IY': (MouthShape(0.24, 0.8, 0.0, 0.6, 0.3, 0, 0), _VOWEL),
    'IH': (MouthShape(0.34, 0.45, 0.0, 0.45, 0.2, 0, 0), _VOWEL),
    'EH': (MouthShape(0.52, 0.4, 0.0, 0.3, 0.1, 0, 0), _VOWEL),
    'AE': (MouthShape(0.75, 0.5, 0.0, 0.25, 0.1, 0, 0), _VOWEL),
    'AH': (MouthShape(0.48, 0.05, 0.0, 0.2, 0.0, 0, 0), _VOWEL),
    'AA': (MouthShape(0.95, 0.0, 0.0, 0.1, 0.0, 0, 0), _VOWEL),
    'AO': (MouthShape(0.75, -0.45, 0.55, 0.0, 0.0, 0, 0), _VOWEL),
    'UH': (MouthShape(0.32, -0.5, 0.6, 0.0, 0.0, 0, 0), _VOWEL),
    'UW': (MouthShape(0.18, -0.85, 0.95, 0.0, 0.0, 0, 0), _VOWEL),
    'ER': (MouthShape(0.32, -0.3, 0.5, 0.25, 0.2, 0, 0), _VOWEL),
}
_DIPHTHONGS = {
    'AW': ('AA', 'UW'),
    'AY': ('AA', 'IY'),
    'EY': ('EH', 'IY'),
    'OW': ('AO', 'UW'),
    'OY': ('AO', 'IY'),
}
# A shorter middle for the centre vowel: reduced schwa takes its neighbours' shape.
_SCHWA_IPA = ('ə', 'ɐ', 'ᵻ')
_SCHWA = (MouthShape(0.3, 0.0, 0.0, 0.25, 0.0, 0, 0), (0.35, 0.3, 0.3, 0.3, 0.3, 1, 1))


def viseme(phoneme: str) -> MouthShape:
    """Target mouth shape of a CMU phoneme (a diphthong's first half)."""
    return _TABLE[_DIPHTHONGS.get(phoneme, (phoneme,))[0]][0]


def mouth_trajectory(
    phonemes: Sequence[TimedPhoneme],
    times_s: npt.NDArray[np.float64],
    effort: float = 1.0,
) -> npt.NDArray[np.float64]:
    """Mouth shapes (len(times_s), 7) in the columns OPENING..PRESS at the times given.

    `effort` scales opening, spreading and rounding: 0.7 mumbles, 1.2 speaks clearly.
    """
    n = len(times_s)
    weights = np.full((n, N_PARAMETERS), _REST_WEIGHT)
    pulled = weights * REST.as_row()
    if n == 0:
        return np.zeros((0, N_PARAMETERS))
    first_s, last_s = float(np.min(times_s)), float(np.max(times_s))
    near = [p for p in phonemes if p.end_s > first_s - _REACH_S and p.start_s < last_s + _REACH_S]
    for target, insistence, quickness, start_s, end_s in _segments(near):
        centre_s = 0.5 * (start_s + end_s) - _LEAD_S
        half_s = _EDGE_FRACTION * (end_s - start_s)
        early_s = np.maximum(centre_s - half_s - times_s, 0.0)
        late_s = np.maximum(times_s - centre_s - half_s, 0.0)
        early = (early_s / (quickness * _DECAY_BEFORE_S)) ** 1.3
        late = (late_s / (quickness * _DECAY_AFTER_S)) ** 1.3
        dominance = np.exp(-(early + late))
        pull = dominance[:, None] * insistence
        weights += pull
        pulled += pull * target
    shapes = pulled / weights
    closed = shapes[:, PRESS] + shapes[:, TUCK]
    shapes[:, [OPENING, WIDTH, ROUNDING]] *= effort
    # Pressed lips are closed whatever the neighbours ask for.
    shapes[:, OPENING] *= np.clip(1.25 - 1.6 * np.clip(closed - 0.2, 0.0, 1.0), 0.0, 1.0)
    limits_low = np.array([0.0, -1.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    return np.asarray(np.clip(shapes, limits_low, 1.0))


def _segments(
    phonemes: Sequence[TimedPhoneme],
) -> list[tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], float, float, float]]:
    """(target row, insistence row, quickness, start, end) of each static part of each phoneme."""
    segments = []
    for phoneme in phonemes:
        parts = [part for name in phoneme.cmu for part in _DIPHTHONGS.get(name, (name,))]
        length_s = (phoneme.end_s - phoneme.start_s) / max(len(parts), 1)
        for index, part in enumerate(parts):
            shape, insistence = _SCHWA if phoneme.ipa in _SCHWA_IPA else _TABLE[part]
            start_s = phoneme.start_s + index * length_s
            quickness = _QUICKNESS.get(part, 1.0)
            row = (shape.as_row(), np.array(insistence), quickness, start_s, start_s + length_s)
            segments.append(row)
    return segments
