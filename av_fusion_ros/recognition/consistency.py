# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Whether sound and picture contradict each other.

Three contradictions are looked for: the picture stands still, the lips move without a sound,
and lips and sound are both good but say different things. Where an input is too poor to
judge, the answer is "unknown", never "fine".
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import IntEnum
from math import exp, isnan, nan

import numpy as np

from av_fusion_ros.recognition.features import HOP_NS, NS_PER_S, AudioFeature, VisualFeature


class Level(IntEnum):
    """LEVEL_* of ConsistencyAlarm.msg."""

    OK = 0
    WARN = 1
    ERROR = 2
    UNKNOWN = 3


class Kind(IntEnum):
    """KIND_* of ConsistencyAlarm.msg that are looked for, V2X_CONFLICT by the cross-check."""

    NONE = 0
    CONTENT = 1
    FROZEN_VIDEO = 3
    DEAD_AUDIO = 5
    AFFECT = 7
    V2X_CONFLICT = 8


@dataclass(frozen=True, slots=True)
class Alarm:
    """The fields of ConsistencyAlarm.msg; ``onset_ns`` 0 = not raised."""

    stamp_ns: int
    level: Level
    kind: Kind
    score: float = nan
    threshold: float = nan
    av_offset_s: float = nan
    onset_ns: int = 0
    detail: str = ''


@dataclass(frozen=True, slots=True)
class ConsistencySettings:
    """Times in seconds that a finding must hold; the rest are limits on a hop's numbers.

    ``content_threshold`` [0, 1] on the smoothed probability that lips and sound agree.
    """

    content_threshold: float = 0.05
    content_s: float = 1.5
    frozen_s: float = 0.5
    dead_s: float = 0.5
    change_s: float = 0.5  # between fine and unknown
    min_quality: float = 0.4  # of either input, below it nothing is judged
    min_snr_db: float = 0.0
    dead_level_dbfs: float = -80.0
    lips_moving: float = 0.02  # spread of the mouth opening over 1 s; 0.01 is a closed mouth's


_REPEAT_NS = NS_PER_S
_LIP_HOPS = 25
_SMOOTHING = 1 / 25  # share of each hop in the smoothed agreement


class ConsistencyMonitor:
    """Looks at every hop; speaks when its finding changes, and at 1 Hz while one is raised."""

    def __init__(self, settings: ConsistencySettings | None = None) -> None:
        self.settings = settings or ConsistencySettings()
        self.reset()

    def reset(self) -> None:
        """Forget everything; the first finding is reported again."""
        self._lips: deque[float] = deque(maxlen=_LIP_HOPS)
        self._agreement = nan
        self._candidate: tuple[Level, Kind] | None = None
        self._since_ns = 0
        self._current: tuple[Level, Kind] | None = None
        self._onset_ns = 0
        self._said_ns = 0

    def update(
        self,
        stamp_ns: int,
        audio: AudioFeature | None,
        visual: VisualFeature | None,
        agreement_logit: float,
    ) -> Alarm | None:
        """Take one hop; ``agreement_logit`` NaN where the network could not compare."""
        self._follow(audio, visual, agreement_logit)
        finding = self._finding(audio, visual)
        if finding == self._current:
            self._candidate = None
        else:
            if finding != self._candidate:
                self._candidate, self._since_ns = finding, stamp_ns
            if stamp_ns - self._since_ns >= round(self._hold_s(finding) * NS_PER_S) - HOP_NS:
                return self._change(finding, stamp_ns)
        raised = self._current is not None and self._current[1] is not Kind.NONE
        if raised and stamp_ns - self._said_ns >= _REPEAT_NS:
            return self._say(stamp_ns)
        return None

    def _follow(
        self, audio: AudioFeature | None, visual: VisualFeature | None, agreement_logit: float
    ) -> None:
        if visual is not None and not isnan(visual.mouth_opening):
            self._lips.append(visual.mouth_opening)
        else:
            self._lips.clear()
        speaking = audio is not None and audio.speech_probability > 0.5
        if isnan(agreement_logit):
            self._agreement = nan
        elif speaking:
            probability = 1 / (1 + exp(-max(-60.0, min(60.0, agreement_logit))))
            before = 0.5 if isnan(self._agreement) else self._agreement
            self._agreement = before + _SMOOTHING * (probability - before)

    def _lips_move(self) -> bool:
        full = len(self._lips) >= _LIP_HOPS // 2
        return full and float(np.std(self._lips)) > self.settings.lips_moving

    def _finding(
        self, audio: AudioFeature | None, visual: VisualFeature | None
    ) -> tuple[Level, Kind]:
        settings = self.settings
        if visual is not None and visual.face_id and visual.motion <= 0.05:
            return Level.ERROR, Kind.FROZEN_VIDEO
        if audio is None or visual is None or not visual.face_id:
            return Level.UNKNOWN, Kind.NONE
        dead = audio.level_dbfs < settings.dead_level_dbfs or audio.quality == 0
        if dead and self._lips_move() and visual.quality >= settings.min_quality:
            return Level.ERROR, Kind.DEAD_AUDIO
        good = (
            audio.quality >= settings.min_quality
            and visual.quality >= settings.min_quality
            and not audio.snr_db < settings.min_snr_db
        )
        if not good or isnan(self._agreement):
            return Level.UNKNOWN, Kind.NONE
        if self._agreement < settings.content_threshold:
            return Level.WARN, Kind.CONTENT
        return Level.OK, Kind.NONE

    def _hold_s(self, finding: tuple[Level, Kind]) -> float:
        settings = self.settings
        return {
            Kind.CONTENT: settings.content_s,
            Kind.FROZEN_VIDEO: settings.frozen_s,
            Kind.DEAD_AUDIO: settings.dead_s,
            Kind.NONE: settings.change_s,
        }[finding[1]]

    def _change(self, finding: tuple[Level, Kind], stamp_ns: int) -> Alarm:
        self._current, self._candidate = finding, None
        self._onset_ns = self._since_ns if finding[1] is not Kind.NONE else 0
        return self._say(stamp_ns)

    def _say(self, stamp_ns: int) -> Alarm:
        assert self._current is not None
        level, kind = self._current
        self._said_ns = stamp_ns
        by_score = kind in (Kind.NONE, Kind.CONTENT) and level is not Level.UNKNOWN
        return Alarm(
            stamp_ns,
            level,
            kind,
            score=self._agreement if by_score else nan,
            threshold=self.settings.content_threshold if by_score else nan,
            onset_ns=self._onset_ns,
            detail={
                Kind.CONTENT: 'lips and sound do not belong together',
                Kind.FROZEN_VIDEO: 'the picture does not change',
                Kind.DEAD_AUDIO: 'the lips move, the microphone is silent',
                Kind.NONE: 'an input is too poor to judge' if level is Level.UNKNOWN else '',
            }[kind],
        )
