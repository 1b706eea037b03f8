# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A smiling face with an angry voice, once both have been sure for long enough.

Only this way round: an angry face with a joyful voice would need a voice's joy, which loudness,
pitch and brightness do not tell from its anger.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, nan
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.recognition.consistency import Alarm, Kind, Level
from av_fusion_ros.recognition.features import NS_PER_S, AudioFeature, VisualFeature

Score = TypeVar('Score', float, NDArray[np.float64])


@dataclass(frozen=True, slots=True)
class AffectSettings:
    """``threshold`` in [0, 1] on ``conflict_score``: 1 = never, as shipped.

    docs/evaluation/affect.md has what other thresholds find and what they cry for nothing.
    """

    threshold: float = 1.0
    hold_s: float = 2.0  # for which both must be sure, and after which the alarm is taken back
    min_quality: float = 0.4  # of sound and picture, below which neither is judged


_REPEAT_NS = NS_PER_S


def conflict_score(happy_face: Score, angry_voice: Score) -> Score:
    """How sure both are: the product of the scores, in [0, 1]; NaN where either is unknown."""
    return happy_face * angry_voice


class AffectConflict:
    """Looks at every hop; speaks when a conflict begins, at 1 Hz while it holds, and at its end.

    Where either side is unknown nothing is concluded: a conflict that was raised is then UNKNOWN.
    """

    def __init__(self, settings: AffectSettings | None = None) -> None:
        self.settings = settings or AffectSettings()
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._level = Level.OK
        self._against_ns: int | None = None  # since when the hops speak against the level held
        self._candidate = Level.OK
        self._onset_ns = 0
        self._said_ns = 0

    def alarm(
        self, stamp_ns: int, audio: AudioFeature | None, visual: VisualFeature | None
    ) -> Alarm | None:
        """What there is to say at this hop."""
        if self.settings.threshold >= 1:
            return None
        score = self._score(audio, visual)
        if isnan(score):
            finding = Level.UNKNOWN
        else:
            finding = Level.WARN if score > self.settings.threshold else Level.OK
        if finding is Level.UNKNOWN and self._level is Level.OK:
            finding = Level.OK  # the monitor says when inputs are poor; here only what was raised
        if finding is self._level:
            self._against_ns = None
        else:
            if self._against_ns is None or finding is not self._candidate:
                self._against_ns, self._candidate = stamp_ns, finding
            if stamp_ns - self._against_ns >= round(self.settings.hold_s * NS_PER_S):
                return self._change(finding, stamp_ns, score)
        if self._level is Level.WARN and stamp_ns - self._said_ns >= _REPEAT_NS:
            return self._say(stamp_ns, score)
        return None

    def _score(self, audio: AudioFeature | None, visual: VisualFeature | None) -> float:
        if audio is None or visual is None or not visual.face_id:
            return nan
        least = self.settings.min_quality
        if not (audio.quality >= least and visual.quality >= least):
            return nan
        return conflict_score(visual.happy, audio.anger)

    def _change(self, level: Level, stamp_ns: int, score: float) -> Alarm:
        assert self._against_ns is not None
        self._onset_ns = self._against_ns if level is Level.WARN else 0
        self._level, self._against_ns = level, None
        return self._say(stamp_ns, score)

    def _say(self, stamp_ns: int, score: float) -> Alarm:
        self._said_ns = stamp_ns
        return Alarm(
            stamp_ns,
            self._level,
            Kind.AFFECT,
            score=1 - score,
            threshold=1 - self.settings.threshold,
            onset_ns=self._onset_ns,
            detail={
                Level.WARN: 'the face smiles, the voice is angry',
                Level.UNKNOWN: 'face or voice can no longer be judged',
                Level.OK: 'face and voice agree again',
            }[self._level],
        )
