# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Whether sound and picture contradict each other, and how.

Whether the voice belongs to the lips is judged over time (mismatch.py). A frozen picture, a dead
microphone and a loop are each found by their own sign. Where an input is too poor to judge, or
nobody has spoken for a while, the answer is "unknown", never "fine".
"""

from __future__ import annotations

from collections import deque
from math import isnan, nan

import numpy as np

from av_fusion_ros.recognition.agreement_window import Floats
from av_fusion_ros.recognition.announcement import Announcement, Finding
from av_fusion_ros.recognition.av_offset import OffsetTracker
from av_fusion_ros.recognition.consistency_alarm import DETAILS
from av_fusion_ros.recognition.consistency_alarm import Alarm as Alarm
from av_fusion_ros.recognition.consistency_alarm import Kind as Kind
from av_fusion_ros.recognition.consistency_alarm import Level as Level
from av_fusion_ros.recognition.consistency_settings import (
    ConsistencySettings as ConsistencySettings,
)
from av_fusion_ros.recognition.features import HOP_NS, NS_PER_S, AudioFeature, VisualFeature
from av_fusion_ros.recognition.media_loop import MediaLoops
from av_fusion_ros.recognition.mismatch import Mismatch
from av_fusion_ros.recognition.voice_and_lips import VoiceAndLips

_LIP_HOPS = 25
_SPEAKING = 0.5  # speech probability
_FROZEN_HEALTH = 6  # HEALTH_FROZEN of VisualFeatures.msg: a face that does not move at all

UNKNOWN: Finding = (Level.UNKNOWN, Kind.NONE)
FINE: Finding = (Level.OK, Kind.NONE)
_BY_AGREEMENT = (Kind.NONE, Kind.CONTENT, Kind.DESYNC, Kind.WRONG_SPEAKER)


class ConsistencyMonitor:
    """Looks at every hop; speaks when its finding changes, and at 1 Hz while one is raised.

    ``temperature`` is that of the agreement head, by which similarities become logits.
    """

    def __init__(
        self, settings: ConsistencySettings | None = None, temperature: float = 0.1
    ) -> None:
        self.settings = settings or ConsistencySettings()
        self.agreement = VoiceAndLips(self.settings.calibration, self.settings.offset, temperature)
        self._mismatch = Mismatch(self.settings)
        self._loops = MediaLoops(self.settings.loop)
        self.offset = OffsetTracker()
        self._announcement = Announcement()
        self.reset()

    def reset(self) -> None:
        """Forget everything; the first finding is reported again."""
        self.agreement.reset()
        self._mismatch.reset()
        self.offset.reset()
        self._loops.reset()
        self._lips: deque[float] = deque(maxlen=_LIP_HOPS)
        self._unheard_hops = 0
        self._announcement.reset()

    def update(
        self,
        stamp_ns: int,
        audio: AudioFeature | None,
        visual: VisualFeature | None,
        projections: Floats | None,
        phonemes: Floats | None = None,
    ) -> Alarm | None:
        """Take one hop; ``projections`` (2, size) of the agreement head, heard and seen.

        None where the network could not compare, as with a sense absent. ``phonemes`` (2, classes):
        what ear and eye read by themselves, for a calibration that knows what to make of it.
        """
        self._follow_each(audio, visual)
        self._follow_both(stamp_ns, audio, visual, projections, phonemes)
        finding = self._finding(audio, visual, projections is not None)
        if self._announcement.is_due(finding, self._hold_s(finding[1]), stamp_ns):
            return self._alarm(stamp_ns)
        return None

    def _follow_each(self, audio: AudioFeature | None, visual: VisualFeature | None) -> None:
        self._loops.push(
            None if audio is None else audio.embedding,
            None if visual is None or not visual.embedding.size else visual.embedding,
            drowned=audio is not None and audio.snr_db < self.settings.min_snr_db,
        )
        if visual is not None and not isnan(visual.mouth_opening):
            self._lips.append(visual.mouth_opening)
        else:
            self._lips.clear()

    def _follow_both(
        self,
        stamp_ns: int,
        audio: AudioFeature | None,
        visual: VisualFeature | None,
        projections: Floats | None,
        phonemes: Floats | None,
    ) -> None:
        self._unheard_hops += 1
        if projections is None or audio is None or visual is None or self._poor(audio, visual):
            self.agreement.pass_by()
        elif not audio.speech_probability > _SPEAKING:
            self.agreement.push_silence(projections, phonemes)
        else:
            self._unheard_hops = 0
            self.agreement.push_speech(projections, audio.snr_db, visual.quality, phonemes)
            reading = self.agreement.reading
            self._mismatch.push(
                stamp_ns,
                self.agreement.log_odds,
                reading,
                visual.mouth_opening,
            )
            self.offset.push(reading)

    def _poor(self, audio: AudioFeature | None, visual: VisualFeature | None) -> bool:
        """Whether either is too poor to be compared; the SNR counts while somebody speaks."""
        settings = self.settings
        if audio is None or visual is None or not visual.face_id:
            return True
        noisy = audio.speech_probability > _SPEAKING and audio.snr_db < settings.min_snr_db
        clear = min(audio.quality, visual.quality) >= settings.min_quality
        return noisy or not clear

    def _lips_move(self) -> bool:
        known = len(self._lips) >= _LIP_HOPS // 2
        return known and float(np.std(self._lips)) > self.settings.lips_moving

    def _finding(
        self, audio: AudioFeature | None, visual: VisualFeature | None, comparable: bool
    ) -> Finding:
        settings = self.settings
        if visual is not None and visual.face_id and _stands_still(visual):
            return Level.ERROR, Kind.FROZEN_VIDEO
        if audio is None or visual is None or not visual.face_id:
            return UNKNOWN
        # By its level: sound that is clipped or off centre has no quality either.
        dead = audio.level_dbfs < settings.dead_level_dbfs
        if dead and visual.quality >= settings.min_quality and self._lips_move():
            return Level.ERROR, Kind.DEAD_AUDIO
        if not isnan(self._loops.period_s):
            return Level.WARN, Kind.LOOPED_MEDIA
        if self._unheard_hops > settings.silence_s * NS_PER_S / HOP_NS:
            self._mismatch.forget_evidence()
            return UNKNOWN
        kind = self._mismatch.judged()
        if kind is not Kind.NONE:
            return Level.WARN, kind
        if not comparable or self._poor(audio, visual) or isnan(self.agreement.score):
            return UNKNOWN
        return FINE

    def _hold_s(self, kind: Kind) -> float:
        settings = self.settings
        return {
            Kind.FROZEN_VIDEO: settings.frozen_s,
            Kind.DEAD_AUDIO: settings.dead_s,
            Kind.NONE: settings.change_s,
        }.get(kind, 0.0)

    def _onset_ns(self, kind: Kind) -> int:
        if kind is Kind.NONE:
            return 0
        test = self._mismatch.test
        by_test = kind in _BY_AGREEMENT and test.raised
        return test.since_ns if by_test else self._announcement.since_ns

    def _alarm(self, stamp_ns: int) -> Alarm:
        assert self._announcement.current is not None
        level, kind = self._announcement.current
        judged = level is not Level.UNKNOWN and kind in _BY_AGREEMENT
        agreement, test = self.agreement, self._mismatch.test
        return Alarm(
            stamp_ns,
            level,
            kind,
            score=agreement.score if judged else nan,
            threshold=0.5 if judged else nan,
            av_offset_s=agreement.reading.offset_s,
            onset_ns=self._onset_ns(kind),
            detail=self._detail(level, kind),
            score_3s=agreement.score_3s if judged else nan,
            evidence=test.evidence,
            evidence_limit=test.clear_at if test.raised else test.raise_at,
            temperature=agreement.temperature,
            speech_s=agreement.speech_s,
            snr_db=agreement.snr_db,
            camera_quality=agreement.camera_quality,
            loop_period_s=self._loops.period_s,
        )

    def _detail(self, level: Level, kind: Kind) -> str:
        if level is Level.UNKNOWN:
            return 'nobody speaks, or an input is too poor to judge'
        loops = self._loops
        offset_ms = self.agreement.reading.offset_s * 1000
        return DETAILS.get(kind, '').format(
            offset_ms=offset_ms, what=loops.what, period_s=loops.period_s
        )


def _stands_still(visual: VisualFeature) -> bool:
    return visual.motion <= 0.05 or visual.health == _FROZEN_HEALTH
