# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Result records of recognition -> messages."""

from __future__ import annotations

from builtin_interfaces.msg import Time

from av_fusion_ros.msg import (
    CommandHypothesis,
    CommandVocabulary,
    ConsistencyAlarm,
    FusionMode,
    ModalityWeights,
    RecognizedCommand,
)
from av_fusion_ros.nodes.stamps import to_stamp
from av_fusion_ros.recognition.consistency import Alarm
from av_fusion_ros.recognition.features import (
    Command,
    Hypothesis,
    Weights,
)
from av_fusion_ros.recognition.modes import ModeChange
from av_fusion_ros.recognition.vocabulary import Vocabulary


def weights_message(weights: Weights) -> ModalityWeights:
    """Return trust as a message."""
    message = ModalityWeights(
        audio=weights.audio,
        visual=weights.visual,
        v2x=weights.v2x,
        audio_snr_db=weights.snr_db,
        camera_quality=weights.camera_quality,
        v2x_age_s=weights.v2x_age_s,
        mode=weights.mode,
        face_id=weights.face_id,
    )
    message.header.stamp = to_stamp(weights.stamp_ns)
    return message


def command_message(command: Command, model_id: str, frame_id: str) -> RecognizedCommand:
    """Return a recognised command as a message."""
    message = RecognizedCommand(
        best=_hypothesis_message(command.best),
        alternatives=[_hypothesis_message(each) for each in command.alternatives],
        start=to_stamp(command.start_ns),
        end=to_stamp(command.end_ns),
        face_id=command.face_id,
        latency_s=command.latency_s,
        model_id=model_id,
        partial=command.partial,
    )
    message.header.stamp = to_stamp(command.stamp_ns)
    message.header.frame_id = frame_id
    if command.weights is not None:
        message.weights = weights_message(command.weights)
    return message


def alarm_message(alarm: Alarm) -> ConsistencyAlarm:
    """Return a finding of the consistency monitor as a message."""
    message = ConsistencyAlarm(
        level=int(alarm.level),
        kind=int(alarm.kind),
        score=alarm.score,
        score_3s=alarm.score_3s,
        threshold=alarm.threshold,
        evidence=alarm.evidence,
        evidence_limit=alarm.evidence_limit,
        temperature=alarm.temperature,
        speech_s=alarm.speech_s,
        audio_snr_db=alarm.snr_db,
        camera_quality=alarm.camera_quality,
        loop_period_s=alarm.loop_period_s,
        av_offset_s=alarm.av_offset_s,
        onset=to_stamp(alarm.onset_ns),
        detail=alarm.detail,
    )
    message.header.stamp = to_stamp(alarm.stamp_ns)
    return message


def mode_message(change: ModeChange) -> FusionMode:
    """Return a change of the degradation mode as a message."""
    message = FusionMode(mode=int(change.mode), previous=int(change.previous), reason=change.reason)
    message.header.stamp = to_stamp(change.stamp_ns)
    return message


def vocabulary_message(vocabulary: Vocabulary, model_id: str, loaded: Time) -> CommandVocabulary:
    """Return the phrases in force as a message."""
    message = CommandVocabulary(
        ids=[phrase.id for phrase in vocabulary.phrases],
        texts=[phrase.text for phrase in vocabulary.phrases],
        slot_names=list(vocabulary.slots),
        slot_values=['|'.join(words) for words in vocabulary.slots.values()],
        language=vocabulary.language,
        model_id=model_id,
    )
    message.header.stamp = loaded
    return message


def _hypothesis_message(hypothesis: Hypothesis) -> CommandHypothesis:
    return CommandHypothesis(
        id=hypothesis.id,
        text=hypothesis.text,
        slot_names=list(hypothesis.slots),
        slot_values=list(hypothesis.slots.values()),
        confidence=hypothesis.confidence,
        score=hypothesis.score,
    )
