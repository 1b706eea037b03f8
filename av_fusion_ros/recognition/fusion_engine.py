# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Features of all senses in, commands, weights, modes and alarms out; no ROS, no clock."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from av_fusion_ros.model.senses import VISUAL
from av_fusion_ros.model.specification import Specification
from av_fusion_ros.recognition import alignment
from av_fusion_ros.recognition.affect_conflict import AffectConflict
from av_fusion_ros.recognition.alignment import (
    AlignedHop,
    Aligner,
    Feature,
    Outcome,
)
from av_fusion_ros.recognition.backend import Backend
from av_fusion_ros.recognition.command_recognizer import (
    CommandRecognizer,
    HopContext,
)
from av_fusion_ros.recognition.consistency import Alarm, ConsistencyMonitor
from av_fusion_ros.recognition.embedding_fit import require_fit
from av_fusion_ros.recognition.engine_settings import FusionSettings
from av_fusion_ros.recognition.features import (
    AudioFeature,
    Command,
    RoadsideFeature,
    VisualFeature,
    Weights,
)
from av_fusion_ros.recognition.frozen_head import FrozenHead
from av_fusion_ros.recognition.hop_fusion import HopFusion, published_weights
from av_fusion_ros.recognition.modes import Mode, ModeChange, ModeMachine, begun_anew
from av_fusion_ros.recognition.offset_correction import OffsetCorrection
from av_fusion_ros.recognition.quiet import is_quiet
from av_fusion_ros.recognition.sense_evidence import SenseEvidence
from av_fusion_ros.recognition.sense_reader import SenseReader
from av_fusion_ros.recognition.speaking_face import SpeakingFace
from av_fusion_ros.recognition.v2x_cross_check import RoadsideCrossCheck
from av_fusion_ros.recognition.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Step:
    """What one hop of 40 ms brought; ``stamp_ns`` is the newest sample used."""

    stamp_ns: int
    weights: Weights
    commands: list[Command]
    mode_change: ModeChange | None = None
    alarm: Alarm | None = None


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
        head: FrozenHead | None = None,
    ) -> None:
        """Take ``head`` of the same checkpoint: by it, contradictions are found by content too."""
        self.settings = settings or FusionSettings()
        self._fusion = HopFusion(backend, spec.feature_size)
        self._feature_size = spec.feature_size
        self._aligner = Aligner(self.settings.alignment)
        self._recognizer = CommandRecognizer(
            vocabulary,
            self.settings.recognizer,
            self.settings.decoder,
            self.settings.calibration,
            spec.answer_delay_s,
        )
        self._evidence = SenseEvidence(self.settings.max_age_s, self.settings.max_v2x_age_s)
        self._modes = ModeMachine()
        consistency = self.settings.consistency
        self._reader = SenseReader(head) if head and consistency.calibration.content else None
        if self._reader is None:
            similarity_alone = replace(consistency.calibration, content=None)
            consistency = replace(consistency, calibration=similarity_alone)
        self._consistency = ConsistencyMonitor(consistency, backend.agreement_temperature)
        self._cross_check = RoadsideCrossCheck()
        self._speaking = SpeakingFace(backend, spec.feature_size, self.settings.speaking)
        self._affect = AffectConflict(self.settings.affect)
        self._correction = OffsetCorrection(
            self.settings.alignment.av_offset_s, self.settings.max_align_offset_s
        )
        self.resets = 0  # jumps of time since the start
        self._ended = Mode.BLIND  # the mode that a jump of time ended, until that is told
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
        return self._recognizer.rejected

    def use_vocabulary(self, vocabulary: Vocabulary) -> None:
        """Listen for other commands from now on; a command that is half said is lost."""
        self._recognizer.use_vocabulary(vocabulary)

    @property
    def av_offset_s(self) -> float:
        """How late the sound is by the stamps, as measured over ten seconds; NaN = unknown."""
        return self._consistency.offset.steady_s + self._aligner.av_offset_s

    @property
    def corrected_s(self) -> float:
        """The offset that the alignment reckons with."""
        return self._aligner.av_offset_s

    def reset(self) -> Mode:
        """Forget everything heard and seen and return the mode that this ended; counts are kept."""
        ended = self._ended if self.mode is Mode.BLIND else self.mode
        self._correction.reset()
        self._aligner.av_offset_s = self._correction.total_s
        self._aligner.reset()
        self._ended = Mode.BLIND
        self._forget()
        return ended

    def _forget(self) -> None:
        self._recognizer.reset()
        self._modes.reset()
        self._consistency.reset()
        if self._reader is not None:
            self._reader.reset()
        self._cross_check.reset()
        self._speaking.reset()
        self._affect.reset()
        self._fusion.reset()
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
        require_fit(feature, self._feature_size)
        self._cross_check.add_roadside(feature)
        if self._cross_check.contradicted(feature.station_id):
            self.counts[alignment.ROADSIDE, Outcome.CONFLICT] += 1
            return Outcome.CONFLICT
        return self._add(feature)

    def _add(self, feature: Feature) -> Outcome:
        require_fit(feature, self._feature_size)
        outcome = self._aligner.push(feature)
        if outcome is Outcome.RESET:
            self.resets += 1
            if self.mode is not Mode.BLIND:
                self._ended = self.mode
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
        fused = self._fusion.fuse(hop, shares)
        change = self._modes.update(hop.time_ns, self._evidence.state)
        if self._ended is not Mode.BLIND and change is None:
            change = begun_anew(hop.stamp_ns, self._ended)
        self._ended = Mode.BLIND
        # The roadside view comes late; hops wait for it only while it is to stand in.
        self._aligner.wait_for_roadside = not shares[VISUAL] or self.mode is Mode.V2X_FALLBACK
        v2x_age_s = self._aligner.age_s(alignment.ROADSIDE)
        weights = published_weights(hop, fused, self.mode, v2x_age_s)
        context = HopContext(
            hop.time_ns,
            hop.stamp_ns,
            weights,
            hop.visual.face_id if hop.visual else 0,
            hop.audio is not None and is_quiet(hop.audio.speech_probability, hop.audio.snr_db),
        )
        command = self._recognizer.push(fused.log_probs, context)
        blind = self.mode is Mode.BLIND
        commands = [] if command is None or blind else [command]
        reader = self._reader
        phonemes = reader.read_features(hop.audio, hop.visual) if reader else None
        alarm = self._consistency.update(
            hop.stamp_ns, hop.audio, hop.visual, fused.projections, phonemes
        )
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
