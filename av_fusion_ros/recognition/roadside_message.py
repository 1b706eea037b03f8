# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A roadside unit's message, and the bytes that its signature covers (docs/v2x.md)."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field, replace
from math import nan

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from numpy.typing import NDArray

from av_fusion_ros.recognition.errors import RecognitionError

CONTENT_FEATURES = 0
CONTENT_JPEG = 1
CONTENT_CODES = 2
MAX_NAME = 64
MAX_EMBEDDING = 4096
MAX_JPEG = 65536

_MAGIC = b'av_fusion_ros/V2xVisual/2'
_SECOND = 1_000_000_000
_LARGEST_CODE = 127


def _no_floats() -> NDArray[np.float32]:
    return np.zeros(0, np.float32)


def _no_codes() -> NDArray[np.int8]:
    return np.zeros(0, np.int8)


@dataclass(frozen=True, slots=True)
class RoadsideMessage:
    """The fields of V2xVisual.msg; times in nanoseconds of the unit's clock."""

    station_id: str
    key_id: str
    sequence: int
    stamp_ns: int
    generated_ns: int
    content: int = CONTENT_FEATURES
    model_id: str = ''
    embedding: NDArray[np.float32] = field(default_factory=_no_floats)
    codes: NDArray[np.int8] = field(default_factory=_no_codes)
    scale: float = 0.0
    jpeg: bytes = b''
    quality: float = nan
    position: tuple[float, float, float] = (nan, nan, nan)
    frame_id: str = ''
    signature: bytes = b''

    def features(self) -> NDArray[np.float32]:
        """The features (size,) it carries, decoded; empty for a frame."""
        if self.content == CONTENT_CODES:
            return self.codes.astype(np.float32) * np.float32(self.scale)
        return np.array(self.embedding, np.float32)


def with_codes(message: RoadsideMessage, features: NDArray[np.float32]) -> RoadsideMessage:
    """The message with features (size,) as 8-bit codes; the error is at most half a step."""
    largest = float(np.abs(features).max(initial=0.0))
    scale = float(np.float32(max(largest / _LARGEST_CODE, np.finfo(np.float32).tiny)))
    codes = np.clip(np.round(features / scale), -_LARGEST_CODE, _LARGEST_CODE).astype(np.int8)
    return replace(message, content=CONTENT_CODES, codes=codes, scale=scale)


def signed_bytes(message: RoadsideMessage) -> bytes:
    """The canonical bytes of every field but the signature.

    Little-endian; texts and lists are preceded by their length as uint32, so that no two
    messages have the same bytes. Raises RecognitionError for a value outside its field's type.
    """
    try:
        parts = [
            _MAGIC,
            struct.pack('<qI', *divmod(message.stamp_ns, _SECOND)),
            _text(message.frame_id),
            _text(message.station_id),
            struct.pack('<Q', message.sequence),
            struct.pack('<qI', *divmod(message.generated_ns, _SECOND)),
            struct.pack('<B', message.content),
            _text(message.model_id),
            struct.pack('<I', message.embedding.size),
            np.ascontiguousarray(message.embedding, '<f4').tobytes(),
            _block(np.ascontiguousarray(message.codes, np.int8).tobytes()),
            struct.pack('<f', message.scale),
            _block(message.jpeg),
            struct.pack('<f', message.quality),
            struct.pack('<3d', *message.position),
            _text(message.key_id),
        ]
    except (struct.error, OverflowError, UnicodeEncodeError) as error:
        raise RecognitionError(f'the message does not fit V2xVisual.msg: {error}') from error
    return b''.join(parts)


def sign(message: RoadsideMessage, key: Ed25519PrivateKey) -> RoadsideMessage:
    """The message with its Ed25519 signature (RFC 8032), as a roadside unit sends it."""
    return replace(message, signature=key.sign(signed_bytes(message)))


def _text(text: str) -> bytes:
    return _block(text.encode('utf-8'))


def _block(data: bytes) -> bytes:
    return struct.pack('<I', len(data)) + data
