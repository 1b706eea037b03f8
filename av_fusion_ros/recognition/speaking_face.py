# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which of several faces says what is heard.

Every face in view is compared with the sound by the network's agreement head. Evidence against
the face listened to is summed as in a CUSUM test (Page 1954), one sum for each other face: it
grows while that face fits the sound better, and one lucky word does not turn the choice. Where
there is no sound to compare, the visual encoder's choice by lip activity stands.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isnan

import numpy as np

from av_fusion_ros.model.senses import AUDIO, VISUAL
from av_fusion_ros.recognition.backend import Backend, State
from av_fusion_ros.recognition.features import AudioFeature, VisualFeature


@dataclass(frozen=True, slots=True)
class SpeakingFaceSettings:
    """In units of the agreement logit, chosen on validation clips: benchmarks/two_faces."""

    slack: float = 1.0  # by which another face must fit better, on average
    switch_at: float = 20.0  # sum at which it is listened to instead
    most: float = 6.0  # that one hop may add


_MIN_SPEECH, _MIN_SNR_DB = 0.5, -5.0
_KEPT_HOPS = 25  # that a face may be away without a new start


@dataclass(slots=True)
class _Candidate:
    state: State
    against: float = 0.0  # evidence that this face speaks, and not the one listened to
    away: int = 0


class SpeakingFace:
    """Follows every face's agreement with the sound; costs nothing while one face is in view."""

    def __init__(
        self, backend: Backend, feature_size: int, settings: SpeakingFaceSettings | None = None
    ) -> None:
        self.settings = settings or SpeakingFaceSettings()
        self._backend = backend
        self._feature_size = feature_size
        self.reset()

    def reset(self) -> None:
        """Forget every face."""
        self._candidates: dict[int, _Candidate] = {}
        self._chosen = 0
        self._followed = 0  # by the visual encoder

    def of(self, visual: VisualFeature) -> VisualFeature:
        """The face listened to, with all others beside it; the encoder's where that is away."""
        faces = (visual, *visual.others)
        chosen = next((face for face in faces if face.face_id == self._chosen), visual)
        others = tuple(face for face in faces if face.face_id != chosen.face_id)
        return replace(chosen, others=tuple(replace(face, others=()) for face in others))

    def choose(
        self, audio: AudioFeature | None, visual: VisualFeature | None
    ) -> VisualFeature | None:
        """Take a hop and return what is seen in it of the face that speaks."""
        if visual is None:
            return None
        faces = [face for face in (visual, *visual.others) if face.face_id]
        numbers = [face.face_id for face in faces]
        if self._chosen not in numbers or visual.face_id not in (self._followed, self._chosen):
            self._listen_to(visual.face_id)
        self._followed = visual.face_id
        self._forget_all_but(numbers)
        if len(faces) > 1:
            self._compare(audio, faces)
        return self.of(visual)

    def _listen_to(self, number: int) -> None:
        self._chosen = number
        for candidate in self._candidates.values():
            candidate.against = 0.0

    def _forget_all_but(self, numbers: list[int]) -> None:
        for number, candidate in list(self._candidates.items()):
            candidate.away = 0 if number in numbers else candidate.away + 1
            if candidate.away > _KEPT_HOPS or len(numbers) < 2:
                del self._candidates[number]

    def _compare(self, audio: AudioFeature | None, faces: list[VisualFeature]) -> None:
        logits = {face.face_id: self._agreement(audio, face) for face in faces}
        speaking = (
            audio is not None
            and audio.speech_probability > _MIN_SPEECH
            and not audio.snr_db < _MIN_SNR_DB
        )
        if not speaking:
            return
        for number, logit in logits.items():
            candidate, settings = self._candidates[number], self.settings
            gain = logit - logits[self._chosen] - settings.slack
            if number != self._chosen and not isnan(gain):
                gain = max(-settings.most, min(settings.most, gain))
                candidate.against = max(0.0, candidate.against + gain)
        best = max(logits, key=lambda number: self._candidates[number].against)
        if self._candidates[best].against >= self.settings.switch_at:
            self._listen_to(best)

    def _agreement(self, audio: AudioFeature | None, face: VisualFeature) -> float:
        """Logit that this face says what is heard; the network's past goes on in any case."""
        candidate = self._candidates.setdefault(
            face.face_id, _Candidate(self._backend.initial_state('fusion'))
        )
        features = np.zeros((1, 1, 3, self._feature_size), np.float32)
        present = np.zeros((1, 1, 3), np.float32)
        evidence = np.zeros((1, 1, 3), np.float32)
        features[0, 0, VISUAL], present[0, 0, VISUAL] = face.embedding, 1.0
        evidence[0, 0, VISUAL] = 0.0 if isnan(face.quality) else face.quality
        if audio is not None:
            features[0, 0, AUDIO], present[0, 0, AUDIO] = audio.embedding, 1.0
            evidence[0, 0, AUDIO] = 0.0 if isnan(audio.snr_db) else audio.snr_db / 10
        _, _, logit, candidate.state = self._backend.fuse(
            features, present, evidence, candidate.state
        )
        return float(logit[0, 0]) if audio is not None else float('nan')
