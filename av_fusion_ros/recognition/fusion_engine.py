# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Features of all senses in, commands, weights, modes and alarms out; no ROS, no clock."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from math import isnan, nan

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.model.phonemes import BLANK, N_CLASSES
from av_fusion_ros.model.senses import AUDIO, V2X, VISUAL
from av_fusion_ros.model.specification import Specification
from av_fusion_ros.recognition import alignment
from av_fusion_ros.recognition.affect_conflict import AffectConflict, AffectSettings
from av_fusion_ros.recognition.alignment import (
    AlignedHop,
    Aligner,
    AlignmentSettings,
    Feature,
    Outcome,
)
from av_fusion_ros.recognition.backend import Backend
from av_fusion_ros.recognition.command_recognizer import (
    CommandRecognizer,
    HopContext,
    RecognizerSettings,
)
from av_fusion_ros.recognition.confidence import Calibration
from av_fusion_ros.recognition.consistency import Alarm, ConsistencyMonitor, ConsistencySettings
from av_fusion_ros.recognition.decoder import DecoderSettings
from av_fusion_ros.recognition.errors import RecognitionError
from av_fusion_ros.recognition.features import (
    AudioFeature,
    Command,
    RoadsideFeature,
    VisualFeature,
    Weights,
)
from av_fusion_ros.recognition.modes import Mode, ModeChange, ModeMachine
from av_fusion_ros.recognition.offset_correction import OffsetCorrection
from av_fusion_ros.recognition.sense_evidence import SenseEvidence
from av_fusion_ros.recognition.speaking_face import SpeakingFace, SpeakingFaceSettings
from av_fusion_ros.recognition.v2x_cross_check import RoadsideCrossCheck
from av_fusion_ros.recognition.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class FusionSettings:
    """Settings of every part; ages in seconds, after which a sense is stale."""

    alignment: AlignmentSettings = field(default_factory=AlignmentSettings)
    decoder: DecoderSettings = field(default_factory=DecoderSettings)
    recognizer: RecognizerSettings = field(default_factory=RecognizerSettings)
    consistency: ConsistencySettings = field(default_factory=ConsistencySettings)
    affect: AffectSettings = field(default_factory=AffectSettings)
    speaking: SpeakingFaceSettings = field(default_factory=SpeakingFaceSettings)
    calibration: Calibration = field(default_factory=Calibration)
    max_age_s: float = 0.25
    max_v2x_age_s: float = 0.5
    max_align_offset_s: float = 0.0  # by which a measured offset may correct the alignment


@dataclass(frozen=True, slots=True)
class Step:
    """What one hop of 40 ms brought; ``stamp_ns`` is the newest sample used."""

    stamp_ns: int
    weights: Weights
    commands: list[Command]
    mode_change: ModeChange | None = None
    alarm: Alarm | None = None


_FORGET_HOPS = 25  # without any sense, after which the network's past is void

_SILENCE = np.full(N_CLASSES, -20.0)
_SILENCE[BLANK] = 0.0


class FusionEngine:
    """Aligner, network, mode machine, decoder and consistency monitor, one hop after another.

    Not thread-safe: one thread adds features and advances.
    """

    def __init__(
        self,
        backend: Backend,
        spec: Specification,
        vocabulary: Vocabulary,
        settings: FusionSettings | None = None,
    ) -> None:
        self.settings = settings or FusionSettings()
        self._backend = backend
        self._feature_size = spec.feature_size
        self._aligner = Aligner(self.settings.alignment)
        self._answer_delay_s = spec.answer_delay_s
        self._rejected = 0  # by recognizers of earlier vocabularies
        self._recognizer = self._recognizer_of(vocabulary)
        self._evidence = SenseEvidence(self.settings.max_age_s, self.settings.max_v2x_age_s)
        self._modes = ModeMachine()
        self._consistency = ConsistencyMonitor(
            self.settings.consistency, backend.agreement_temperature
        )
        self._cross_check = RoadsideCrossCheck()
        self._speaking = SpeakingFace(backend, spec.feature_size, self.settings.speaking)
        self._affect = AffectConflict(self.settings.affect)
        self._correction = OffsetCorrection(
            self.settings.alignment.av_offset_s, self.settings.max_align_offset_s
        )
        self.resets = 0  # jumps of time since the start
        self.reset()

    @property
    def mode(self) -> Mode:
        """The mode in force."""
        return self._modes.mode

    @property
    def counts(self) -> Counter[tuple[str, Outcome]]:
        """What became of the features of each sense since the start."""
        return self._aligner.counts

    @property
    def rejected(self) -> int:
        """Utterances that were not probable enough, since the start."""
        return self._rejected + self._recognizer.rejected

    def use_vocabulary(self, vocabulary: Vocabulary) -> None:
        """Listen for other commands from now on; a command that is half said is lost."""
        recognizer = self._recognizer_of(vocabulary)
        self._rejected += self._recognizer.rejected
        self._recognizer = recognizer

    def _recognizer_of(self, vocabulary: Vocabulary) -> CommandRecognizer:
        return CommandRecognizer(
            vocabulary,
            self.settings.recognizer,
            self.settings.decoder,
            self.settings.calibration,
            self._answer_delay_s,
        )

    @property
    def av_offset_s(self) -> float:
        """How late the sound is by the stamps, as measured over ten seconds; NaN = unknown."""
        return self._consistency.offset.steady_s + self._aligner.av_offset_s

    @property
    def corrected_s(self) -> float:
        """The offset that the alignment reckons with."""
        return self._aligner.av_offset_s

    def reset(self) -> None:
        """Forget everything heard and seen; counts are kept."""
        self._correction.reset()
        self._aligner.av_offset_s = self._correction.total_s
        self._aligner.reset()
        self._forget()

    def _forget(self) -> None:
        self._recognizer.reset()
        self._modes.reset()
        self._consistency.reset()
        self._cross_check.reset()
        self._speaking.reset()
        self._affect.reset()
        self._state = self._backend.initial_state('fusion')
        self._empty_hops = 0
        self._evidence.reset()

    def add_audio(self, feature: AudioFeature) -> Outcome:
        """Take a hop of sound. Raises RecognitionError for an embedding that does not fit."""
        return self._add(feature)

    def add_visual(self, feature: VisualFeature) -> Outcome:
        """Take a tick of the picture; its embedding may be empty (no face)."""
        outcome = self._add(feature)
        self._cross_check.add_visual(self._speaking.of(feature))
        return outcome

    def add_roadside(self, feature: RoadsideFeature) -> Outcome:
        """Take a roadside view that the gateway has admitted, unless it contradicts the camera."""
        self._require_fit(feature)
        self._cross_check.add_roadside(feature)
        if self._cross_check.contradicted(feature.station_id):
            self.counts[alignment.ROADSIDE, Outcome.CONFLICT] += 1
            return Outcome.CONFLICT
        return self._add(feature)

    def _require_fit(self, feature: Feature) -> None:
        size = feature.embedding.size
        no_face = isinstance(feature, VisualFeature) and size == 0
        if isinstance(feature, VisualFeature):
            for other in feature.others:
                self._require_fit(other)
        if not no_face and (
            feature.embedding.shape != (self._feature_size,)
            or not np.isfinite(feature.embedding).all()
        ):
            raise RecognitionError(
                f'{type(feature).__name__} has an embedding of shape {feature.embedding.shape}, '
                f'or one that is not finite; the loaded checkpoint needs ({self._feature_size},): '
                'use the same model_path for all nodes'
            )

    def _add(self, feature: Feature) -> Outcome:
        self._require_fit(feature)
        outcome = self._aligner.push(feature)
        if outcome is Outcome.RESET:
            self.resets += 1
            self._forget()
        return outcome

    def advance_to(self, stamp_ns: int) -> None:
        """Say that capture time is ``stamp_ns``, so that silence of all senses is noticed."""
        self._aligner.advance_to(stamp_ns)

    def advance(self) -> list[Step]:
        """Process every hop that is complete or has waited long enough."""
        steps = []
        while (hop := self._aligner.pop()) is not None:
            steps.append(self._step(hop))
        return steps

    def _step(self, hop: AlignedHop) -> Step:
        hop = replace(hop, visual=self._speaking.choose(hop.audio, hop.visual))
        self._evidence.update(hop, self._aligner.age_s(alignment.ROADSIDE), self.mode)
        shares = self._evidence.shares
        log_probs, raw_weights, projections = self._fuse(hop, shares)
        change = self._modes.update(hop.time_ns, self._evidence.state)
        # The roadside view comes late; hops wait for it only while it is to stand in.
        self._aligner.wait_for_roadside = not shares[VISUAL] or self.mode is Mode.V2X_FALLBACK
        weights = self._weights(hop, raw_weights)
        context = HopContext(
            hop.time_ns,
            hop.stamp_ns,
            weights,
            hop.visual.face_id if hop.visual else 0,
        )
        command = self._recognizer.push(log_probs, context)
        blind = self.mode is Mode.BLIND
        commands = [] if command is None or blind else [command]
        alarm = self._consistency.update(hop.stamp_ns, hop.audio, hop.visual, projections)
        if alarm is not None:
            alarm = replace(alarm, av_offset_s=alarm.av_offset_s + self._aligner.av_offset_s)
        alarm = alarm or self._cross_check.alarm(hop.stamp_ns)
        alarm = alarm or self._affect.alarm(hop.stamp_ns, hop.audio, hop.visual)
        self._correct_offset()
        return Step(hop.stamp_ns, weights, commands, change, alarm)

    def _correct_offset(self) -> None:
        if self.settings.max_align_offset_s and self._correction.update(
            self._consistency.offset.steady_s
        ):
            self._aligner.correct_av_offset(self._correction.total_s)
            self._consistency.offset.reset()

    def _fuse(
        self, hop: AlignedHop, shares: NDArray[np.float32]
    ) -> tuple[NDArray[np.floating], NDArray[np.float64], NDArray[np.float32] | None]:
        """Log-probabilities (classes,), weights (3,) summing to 1, projections heard and seen.

        No projections where one of both is absent.
        """
        if not shares.any():
            self._empty_hops += 1
            if self._empty_hops == _FORGET_HOPS:
                self._state = self._backend.initial_state('fusion')
            return _SILENCE, np.zeros(3), None
        self._empty_hops = 0
        features = np.zeros((1, 1, 3, self._feature_size), np.float32)
        evidence = np.zeros((1, 1, 3), np.float32)
        if hop.audio is not None and shares[AUDIO]:
            features[0, 0, AUDIO] = hop.audio.embedding
            evidence[0, 0, AUDIO] = _known(hop.audio.snr_db, 0.0) / 10
        if hop.visual is not None and shares[VISUAL]:
            features[0, 0, VISUAL] = hop.visual.embedding
            evidence[0, 0, VISUAL] = _known(hop.visual.quality, 0.5)
        if hop.roadside is not None and shares[V2X]:
            features[0, 0, V2X] = hop.roadside.embedding
            evidence[0, 0, V2X] = _known(hop.roadside.quality, 0.5)
        log_probs, weights, _, self._state = self._backend.fuse(
            features, shares[None, None], evidence, self._state
        )
        trusted = weights[0, 0].astype(np.float64) * (shares > 0)
        both = shares[AUDIO] and shares[VISUAL]
        return (
            log_probs[0, 0],
            trusted / trusted.sum(),
            self._backend.projections(self._state)[0] if both else None,
        )

    def _weights(self, hop: AlignedHop, trusted: NDArray[np.float64]) -> Weights:
        audio, visual, v2x = (float(w) for w in trusted)
        weights = Weights(
            hop.stamp_ns,
            audio,
            visual,
            v2x,
            hop.audio.snr_db if hop.audio else nan,
            hop.visual.quality if hop.visual else nan,
            _known(self._aligner.age_s(alignment.ROADSIDE), nan),
            int(self.mode),
            hop.visual.face_id if hop.visual else 0,
        )
        if self.mode is Mode.BLIND:
            return replace(weights, audio=0.0, visual=0.0, v2x=0.0)
        return weights


def _known(value: float | None, otherwise: float) -> float:
    return otherwise if value is None or isnan(value) else value
