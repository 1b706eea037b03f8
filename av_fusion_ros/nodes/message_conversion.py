# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Feature and result records of recognition <-> messages."""

from __future__ import annotations

import array
from typing import Any

import numpy as np
from builtin_interfaces.msg import Time
from numpy.typing import NDArray

from av_fusion_ros.msg import (
    AudioFeatures,
    CommandHypothesis,
    CommandVocabulary,
    ConsistencyAlarm,
    FusionMode,
    ModalityWeights,
    RecognizedCommand,
    VisualFeatures,
)
from av_fusion_ros.nodes.stamps import to_ns, to_stamp
from av_fusion_ros.recognition.consistency import Alarm
from av_fusion_ros.recognition.features import (
    AudioFeature,
    Command,
    Hypothesis,
    VisualFeature,
    Weights,
)
from av_fusion_ros.recognition.modes import ModeChange
from av_fusion_ros.recognition.vocabulary import Vocabulary

AUDIO_NUMBERS = (
    'sequence',
    'quality',
    'speech_probability',
    'snr_db',
    'level_dbfs',
    'clipped_fraction',
    'missing_samples',
    'health',
)
VISUAL_NUMBERS = (
    'sequence',
    'face_id',
    'face_confidence',
    'mouth_opening',
    'quality',
    'sharpness',
    'exposure',
    'contrast',
    'visibility',
    'motion',
    'health',
)


class FeatureMessageError(ValueError):
    """A feature message cannot be used."""


def audio_features_message(feature: AudioFeature, model_id: str, frame_id: str) -> AudioFeatures:
    """Return one hop of sound as a message."""
    message = AudioFeatures(model_id=model_id, embedding=_floats(feature.embedding))
    message.header.stamp = to_stamp(feature.stamp_ns)
    message.header.frame_id = frame_id
    message.start = to_stamp(feature.start_ns)
    message.health_scores = np.asarray(feature.health_scores, dtype=np.float32)
    _copy(AUDIO_NUMBERS, feature, message)
    return message


def audio_feature(message: AudioFeatures, model_id: str, size: int) -> AudioFeature:
    """Return the hop in a message; raises FeatureMessageError when it is another model's."""
    return AudioFeature(
        start_ns=to_ns(message.start),
        stamp_ns=to_ns(message.header.stamp),
        embedding=checked_embedding(message, model_id, (size,)),
        health_scores=tuple(float(score) for score in message.health_scores),
        **{name: getattr(message, name) for name in AUDIO_NUMBERS},
    )


def visual_features_message(feature: VisualFeature, model_id: str, frame_id: str) -> VisualFeatures:
    """Return one tick of the picture as a message."""
    message = VisualFeatures(model_id=model_id, embedding=_floats(feature.embedding))
    message.header.stamp = to_stamp(feature.stamp_ns)
    message.header.frame_id = frame_id
    message.mouth_box = np.asarray(feature.mouth_box, dtype=np.float32)
    message.health_scores = np.asarray(feature.health_scores, dtype=np.float32)
    _copy(VISUAL_NUMBERS, feature, message)
    return message


def visual_feature(message: VisualFeatures, model_id: str, size: int) -> VisualFeature:
    """Return the tick in a message; raises FeatureMessageError when it is another model's."""
    x, y, width, height = (float(value) for value in message.mouth_box)
    return VisualFeature(
        stamp_ns=to_ns(message.header.stamp),
        embedding=checked_embedding(message, model_id, (0, size)),
        mouth_box=(x, y, width, height),
        health_scores=tuple(float(score) for score in message.health_scores),
        **{name: getattr(message, name) for name in VISUAL_NUMBERS},
    )


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


def checked_embedding(message: Any, model_id: str, sizes: tuple[int, ...]) -> NDArray[np.float32]:
    """Return the embedding; raises FeatureMessageError unless it is finite and of our model."""
    if message.model_id != model_id:
        raise FeatureMessageError(
            f'features are of model {message.model_id!r}, fusion runs {model_id!r}; give every '
            'node the same model_path'
        )
    embedding = np.frombuffer(message.embedding, dtype=np.float32)
    if embedding.size not in sizes:
        raise FeatureMessageError(
            f'embedding has {embedding.size} values, model {model_id!r} takes {sizes[-1]}'
        )
    if not np.isfinite(embedding).all():
        raise FeatureMessageError('embedding holds NaN or infinity')
    return embedding


def _floats(values: NDArray[np.float32]) -> array.array[float]:
    return array.array('f', np.ascontiguousarray(values, dtype=np.float32).tobytes())


def _copy(names: tuple[str, ...], source: object, target: object) -> None:
    for name in names:
        value = getattr(source, name)
        setattr(target, name, value.item() if isinstance(value, np.generic) else value)
