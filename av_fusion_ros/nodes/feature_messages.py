# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Feature records of recognition <-> messages."""

from __future__ import annotations

import array
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.msg import AudioFeatures, FaceFeatures, VisualFeatures
from av_fusion_ros.nodes.stamps import to_ns, to_stamp
from av_fusion_ros.recognition.features import MAX_FEATURE, AudioFeature, VisualFeature

AUDIO_NUMBERS = (
    'sequence',
    'quality',
    'speech_probability',
    'snr_db',
    'level_dbfs',
    'clipped_fraction',
    'arousal',
    'anger',
    'valence',
    'missing_samples',
    'health',
)
FACE_NUMBERS = (
    'face_id',
    'face_confidence',
    'mouth_opening',
    'lip_activity',
    'happy',
    'angry',
    'quality',
    'sharpness',
    'exposure',
    'contrast',
    'visibility',
    'motion',
)
VISUAL_NUMBERS = ('sequence', *FACE_NUMBERS, 'health')


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
    message.others = [_face_message(other) for other in feature.others]
    _copy(VISUAL_NUMBERS, feature, message)
    return message


def _face_message(feature: VisualFeature) -> FaceFeatures:
    message = FaceFeatures(embedding=_floats(feature.embedding))
    message.mouth_box = np.asarray(feature.mouth_box, dtype=np.float32)
    _copy(FACE_NUMBERS, feature, message)
    return message


def visual_feature(message: VisualFeatures, model_id: str, size: int) -> VisualFeature:
    """Return the tick in a message; raises FeatureMessageError when it is another model's."""
    feature = VisualFeature(
        stamp_ns=to_ns(message.header.stamp),
        embedding=checked_embedding(message, model_id, (0, size)),
        mouth_box=_box(message),
        health_scores=tuple(float(score) for score in message.health_scores),
        **{name: getattr(message, name) for name in VISUAL_NUMBERS},
    )
    others = tuple(
        replace(
            feature,
            embedding=usable_embedding(other, model_id, (size,)),
            mouth_box=_box(other),
            **{name: getattr(other, name) for name in FACE_NUMBERS},
        )
        for other in message.others
    )
    return replace(feature, others=others)


def checked_embedding(message: Any, model_id: str, sizes: tuple[int, ...]) -> NDArray[np.float32]:
    """Return the embedding; raises FeatureMessageError unless it is finite and of our model."""
    if message.model_id != model_id:
        raise FeatureMessageError(
            f'features are of model {message.model_id!r}, fusion runs {model_id!r}; give every '
            'node the same model_path'
        )
    return usable_embedding(message, model_id, sizes)


def usable_embedding(message: Any, model_id: str, sizes: tuple[int, ...]) -> NDArray[np.float32]:
    """Return the embedding; raises FeatureMessageError unless it has a size and is in range."""
    embedding = np.frombuffer(message.embedding, dtype=np.float32)
    if embedding.size not in sizes:
        raise FeatureMessageError(
            f'embedding has {embedding.size} values, model {model_id!r} takes {sizes[-1]}'
        )
    if not (np.abs(embedding) <= MAX_FEATURE).all():  # NaN neither; more would upset the network
        raise FeatureMessageError(
            f'embedding holds NaN or numbers beyond {MAX_FEATURE:g}; accepted are -{MAX_FEATURE:g} '
            f'to {MAX_FEATURE:g}'
        )
    return embedding


def _box(message: Any) -> tuple[float, float, float, float]:
    x, y, width, height = (float(value) for value in message.mouth_box)
    return x, y, width, height


def _floats(values: NDArray[np.float32]) -> array.array[float]:
    return array.array('f', np.ascontiguousarray(values, dtype=np.float32).tobytes())


def _copy(names: tuple[str, ...], source: object, target: object) -> None:
    for name in names:
        value = getattr(source, name)
        setattr(target, name, value.item() if isinstance(value, np.generic) else value)
