# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Does this voice belong to these lips? Similarity, probability and offset, hop by hop."""

from __future__ import annotations

from collections import deque
from math import isnan, nan

from av_fusion_ros.recognition.agreement_calibration import AgreementCalibration
from av_fusion_ros.recognition.agreement_window import KEPT_HOPS, AgreementWindow, Floats
from av_fusion_ros.recognition.av_offset import OffsetReading, OffsetSettings, read_offset
from av_fusion_ros.recognition.content_evidence import ContentEvidence
from av_fusion_ros.recognition.features import HOP_NS, NS_PER_S

_SECOND, _THREE = 25, KEPT_HOPS
_MIN_SPEECH_HOPS = 8  # of a second; of three seconds twice as many


class VoiceAndLips:
    """Follows both as long as they are good enough to be compared.

    ``temperature`` is that of the agreement head, by which similarities become logits. What is
    known after a hop of speech: ``similarities`` of the hop, one and three seconds, ``log_odds``
    that the hop's belong together, ``score`` and ``score_3s`` in [0, 1], and the ``reading`` of the
    offset; each NaN where it cannot be told. ``content`` holds what both senses read against each
    other; it is judged by where the calibration knows how.
    """

    def __init__(
        self, calibration: AgreementCalibration, offset: OffsetSettings, temperature: float
    ) -> None:
        self._calibration, self._offset = calibration, offset
        self.temperature = temperature
        self._window = AgreementWindow()
        self.content = ContentEvidence()
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._window.reset()
        self.content.reset()
        self._conditions: deque[tuple[float, float]] = deque(maxlen=_THREE)
        self.similarities = (nan, nan, nan)
        self.log_odds = self.score = self.score_3s = nan
        self.snr_db = self.camera_quality = nan
        self.speech_s = 0.0
        self.reading = OffsetReading()

    def pass_by(self) -> None:
        """Let a hop pass in which nobody speaks, or nothing can be compared."""
        self._window.push(None, None, False)
        self.content.push(None)
        self.log_odds = nan

    def push_silence(self, projections: Floats, phonemes: Floats | None = None) -> None:
        """Take a hop in which nobody speaks; its picture may belong to a later sound."""
        self._window.push(projections[0], projections[1], False)
        self.content.push(phonemes)
        self.log_odds = nan

    def push_speech(
        self, projections: Floats, snr_db: float, quality: float, phonemes: Floats | None = None
    ) -> None:
        """Take a hop of speech: projections (2, size), posteriors (2, classes), heard and seen."""
        self._window.push(projections[0], projections[1], True)
        self.content.push(phonemes, speaking=True)
        self._conditions.append((snr_db, quality))
        count = len(self._conditions)
        self.snr_db = sum(snr for snr, _ in self._conditions) / count
        self.camera_quality = sum(known for _, known in self._conditions) / count
        second, three = self._window.over(_SECOND), self._window.over(_THREE)
        newest = self._window.newest()
        of_second = second.together if second.speech_hops >= _MIN_SPEECH_HOPS else nan
        of_three = three.together if three.speech_hops >= 2 * _MIN_SPEECH_HOPS else nan
        self.similarities = (newest, of_second, of_three)
        self.speech_s = three.speech_hops * HOP_NS / NS_PER_S
        calibration, temperature = self._calibration, self.temperature
        self.log_odds = self.score = self.score_3s = nan
        if not isnan(newest):
            self.log_odds = self._log_odds(newest / temperature, snr_db, quality)
        if not isnan(of_second):
            self.score = calibration.second.probability(
                of_second / temperature, self.snr_db, self.camera_quality
            )
        if not isnan(of_three):
            self.score_3s = calibration.three.probability(
                of_three / temperature, self.snr_db, self.camera_quality
            )
        self.reading = read_offset(three, self._offset)

    def _log_odds(self, logit: float, snr_db: float, quality: float) -> float:
        """Of the hop that was pushed last."""
        by_content = self._calibration.content
        if by_content is None:
            return self._calibration.hop.log_odds(logit, snr_db, quality)
        return by_content.log_odds(logit, snr_db, quality, self.content.match, self.content.said)
