# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Whether a message from the air is well-formed: sizes, ranges, and fields that agree."""

from __future__ import annotations

import re
from math import isinf, isnan

import numpy as np

from av_fusion_ros.recognition.features import MAX_FEATURE
from av_fusion_ros.recognition.roadside_message import (
    CONTENT_CODES,
    CONTENT_FEATURES,
    CONTENT_JPEG,
    MAX_EMBEDDING,
    MAX_JPEG,
    MAX_NAME,
    RoadsideMessage,
)

_NAME = re.compile(r'[A-Za-z0-9_.-]{1,%d}\Z' % MAX_NAME)  # noqa: UP031
_SIGNATURE_BYTES = 64
_MAX_POSITION_M = 1e8


def is_name(text: str) -> bool:
    """Whether a text can name a station or a key."""
    return _NAME.match(text) is not None


def is_well_formed(message: RoadsideMessage) -> bool:
    """Whether every field is in its range and the content is the one filled; nothing raises."""
    return (
        is_name(message.station_id)
        and is_name(message.key_id)
        and len(message.signature) == _SIGNATURE_BYTES
        and 0 <= message.sequence < 1 << 64
        and min(message.stamp_ns, message.generated_ns) >= 0
        and max(len(message.model_id), len(message.frame_id)) <= 4 * MAX_NAME
        and (isnan(message.quality) or 0 <= message.quality <= 1)
        and _is_place(message.position)
        and _has_its_content(message)
    )


def _is_place(position: tuple[float, ...]) -> bool:
    return len(position) == 3 and not any(
        isinf(metres) or abs(metres) > _MAX_POSITION_M for metres in position
    )


def _has_its_content(message: RoadsideMessage) -> bool:
    embedding, codes = message.embedding, message.codes
    if message.content == CONTENT_JPEG:
        return 0 < len(message.jpeg) <= MAX_JPEG and not (embedding.size or codes.size)
    if message.content == CONTENT_FEATURES:
        return not (codes.size or message.jpeg) and _is_vector(embedding)
    if message.content == CONTENT_CODES:
        if embedding.size or message.jpeg or not _is_vector(codes):
            return False
        largest = max(-int(codes.min()), int(codes.max()))
        return 0 < message.scale <= MAX_FEATURE and largest * message.scale <= MAX_FEATURE
    return False


def _is_vector(values: np.ndarray) -> bool:
    if values.ndim != 1 or not 0 < values.size <= MAX_EMBEDDING:
        return False
    # NaN fails the comparison as well.
    return bool(values.min() >= -MAX_FEATURE and values.max() <= MAX_FEATURE)
