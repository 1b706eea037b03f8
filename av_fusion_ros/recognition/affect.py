# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Scores of feeling from what a face and a voice do: rules from the literature, nothing learned.

Every score is a logistic function of a strength in steps: 0.5 at the strength at which people are
said to notice, 0.95 a step above, 0.05 a step below. They are scores, not probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, isnan, nan

from av_fusion_ros.signals.expression import ActionUnits
from av_fusion_ros.signals.vocal_tone import VocalTone

_STEEPNESS = 3.0  # logistic(3) = 0.95
# Steps between the vocal efforts of ISO 9921: normal 60, raised 66, loud 72 dB at 1 m. Angry is
# what is louder than raised; agitated is what is raised.
_EFFORT_DB = 6.0
# Pitch rises by some 4 semitones, the balance by some 4 dB, from neutral to raised speech
# (Traunmueller and Eriksson 2000; Nordenberg and Sundberg 2004).
_PITCH_ST, _BALANCE_DB = 4.0, 4.0


@dataclass(frozen=True, slots=True)
class FacialAffect:
    """Scores in [0, 1]; NaN = unknown."""

    happy: float = nan
    angry: float = nan


@dataclass(frozen=True, slots=True)
class VocalAffect:
    """Scores in [0, 1]; NaN = unknown. ``valence`` 1 = pleasant: the least certain of the three."""

    arousal: float = nan
    anger: float = nan
    valence: float = nan


def facial_affect(units: ActionUnits) -> FacialAffect:
    """Happy: a smile (AU12) of more than a trace. Angry: AU4 with AU5 or AU24, and no smile.

    The combinations are EMFACS's (Friesen and Ekman 1983), as far as 2D landmarks show them.
    """
    happy = _score(units.smile - 1.0)
    strength = units.brow + max(units.lids, units.press) / 2
    return FacialAffect(happy, _score(strength - 1.5) * (1 - happy))


def vocal_affect(tone: VocalTone) -> VocalAffect:
    """Arousal: a voice that is louder, higher or brighter than usual. Anger: louder than raised.

    Joy and anger both raise level and pitch (Scherer 2003), so that anger is told by loudness
    and brightness beyond arousal; valence falls with them and rises with pitch alone.
    """
    loud, high, bright = (
        tone.level_db / _EFFORT_DB,
        tone.pitch_st / _PITCH_ST,
        tone.balance_db / _BALANCE_DB,
    )
    pressed = _mean_known(loud, bright)
    return VocalAffect(
        arousal=_score(_mean_known(loud, high, bright) - 0.5),
        anger=_score(pressed - 1.5),
        valence=_score((high - pressed) / 2),
    )


def _mean_known(*values: float) -> float:
    known = [value for value in values if not isnan(value)]
    return sum(known) / len(known) if known else nan


def _score(steps: float) -> float:
    return 1 / (1 + exp(-max(-20.0, min(20.0, _STEEPNESS * steps)))) if not isnan(steps) else nan
