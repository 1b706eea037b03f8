# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What may come in from the air: every roadside message is hostile until it is admitted.

Cheap checks come before the signature, and nothing is remembered of a message before its
signature holds, so that a forger can neither burn time nor poison the state. The time window
follows the C2C-CC basic system profile (RS_BSP_168: 40 ms into the future).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from math import isfinite, isinf, isnan

import numpy as np
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from av_fusion_ros.recognition.errors import RecognitionError
from av_fusion_ros.recognition.features import NS_PER_S, RoadsideFeature
from av_fusion_ros.recognition.roadside_message import (
    CONTENT_FEATURES,
    CONTENT_JPEG,
    MAX_EMBEDDING,
    MAX_JPEG,
    MAX_NAME,
    RoadsideMessage,
    signed_bytes,
)

_NAME = re.compile(r'[A-Za-z0-9_.-]{1,%d}\Z' % MAX_NAME)  # noqa: UP031
_SIGNATURE_BYTES = 64


class Reject(Enum):
    """Why a message was not admitted."""

    MALFORMED = 'malformed'  # a field outside its range, or content and fields disagree
    UNKNOWN_STATION = 'unknown_station'  # station or key not in the trust list
    KEY_EXPIRED = 'key_expired'  # outside the key's validity
    TOO_OLD = 'too_old'
    FROM_FUTURE = 'from_future'
    BAD_SIGNATURE = 'bad_signature'
    REPLAYED = 'replayed'  # sequence or generation time not above the last admitted
    WRONG_MODEL = 'wrong_model'  # features of another checkpoint
    UNSUPPORTED = 'unsupported'  # a compressed frame, where only features are taken


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A station's public key and when it is valid, nanoseconds; None = without limit."""

    public: Ed25519PublicKey
    not_before_ns: int | None = None
    not_after_ns: int | None = None


TrustList = Mapping[tuple[str, str], TrustedKey]  # by (station_id, key_id)


@dataclass(frozen=True, slots=True)
class AdmissionSettings:
    """``max_age_s`` covers the 150 to 250 ms measured between roadside units and vehicles."""

    max_age_s: float = 0.5
    max_future_s: float = 0.04

    def __post_init__(self) -> None:
        if not (0 < self.max_age_s <= 10 and 0 <= self.max_future_s <= 1):
            raise RecognitionError(
                f'max_age_s {self.max_age_s} must be above 0 up to 10 s, max_future_s '
                f'{self.max_future_s} from 0 to 1 s'
            )


def parse_public_key(text: str) -> Ed25519PublicKey:
    """A raw Ed25519 public key from 64 hexadecimal digits; raises RecognitionError."""
    try:
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))
    except ValueError as error:
        raise RecognitionError(
            f'{text!r} is no Ed25519 public key: give its 32 bytes as 64 hexadecimal digits'
        ) from error


class V2xAdmission:
    """Checks messages one by one and counts why they were rejected.

    Memory is bounded by the trust list. ``feature_size`` and ``model_id`` are those of the
    loaded checkpoint.
    """

    def __init__(
        self,
        trusted: TrustList,
        model_id: str,
        feature_size: int,
        settings: AdmissionSettings | None = None,
    ) -> None:
        self._trusted = dict(trusted)
        self._model_id = model_id
        self._feature_size = feature_size
        self.settings = settings or AdmissionSettings()
        self._last: dict[tuple[str, str], tuple[int, int]] = {}
        self.admitted = 0
        self.rejected: Counter[Reject] = Counter()

    def replace_trust_list(self, trusted: TrustList) -> None:
        """Take new keys at once; what is remembered of keys that stay is kept."""
        self._trusted = dict(trusted)
        self._last = {key: last for key, last in self._last.items() if key in self._trusted}

    def admit(self, message: RoadsideMessage, now_ns: int) -> RoadsideFeature | Reject:
        """The view a message brings, or why it is rejected; ``now_ns`` is the receiver's time."""
        reason = self._refusal(message, now_ns)
        if reason is not None:
            self.rejected[reason] += 1
            return reason
        self._last[message.station_id, message.key_id] = (message.sequence, message.generated_ns)
        self.admitted += 1
        return RoadsideFeature(
            message.stamp_ns,
            message.station_id,
            message.sequence,
            np.array(message.embedding, np.float32),
            message.quality,
        )

    def _refusal(self, message: RoadsideMessage, now_ns: int) -> Reject | None:
        if not _is_well_formed(message):
            return Reject.MALFORMED
        key = self._trusted.get((message.station_id, message.key_id))
        if key is None:
            return Reject.UNKNOWN_STATION
        if (reason := self._time_refusal(message, key, now_ns)) is not None:
            return reason
        try:
            key.public.verify(message.signature, signed_bytes(message))
        except InvalidSignature:
            return Reject.BAD_SIGNATURE
        last = self._last.get((message.station_id, message.key_id))
        if last is not None and (message.sequence <= last[0] or message.generated_ns < last[1]):
            return Reject.REPLAYED
        if message.content != CONTENT_FEATURES:
            return Reject.UNSUPPORTED
        if message.model_id != self._model_id or message.embedding.size != self._feature_size:
            return Reject.WRONG_MODEL
        return None

    def _time_refusal(
        self, message: RoadsideMessage, key: TrustedKey, now_ns: int
    ) -> Reject | None:
        if (key.not_before_ns is not None and now_ns < key.not_before_ns) or (
            key.not_after_ns is not None and now_ns > key.not_after_ns
        ):
            return Reject.KEY_EXPIRED
        # The picture's own stamp counts as well: an old picture must not be signed anew.
        oldest_ns, newest_ns = sorted((message.stamp_ns, message.generated_ns))
        if now_ns - oldest_ns > round(self.settings.max_age_s * NS_PER_S):
            return Reject.TOO_OLD
        if newest_ns - now_ns > round(self.settings.max_future_s * NS_PER_S):
            return Reject.FROM_FUTURE
        return None


def _is_well_formed(message: RoadsideMessage) -> bool:
    names = (message.station_id, message.key_id)
    if not all(_NAME.match(name) for name in names) or len(message.signature) != _SIGNATURE_BYTES:
        return False
    if not 0 <= message.sequence < 1 << 64 or min(message.stamp_ns, message.generated_ns) < 0:
        return False
    if max(len(message.model_id), len(message.frame_id)) > 4 * MAX_NAME:
        return False
    if not (isnan(message.quality) or 0 <= message.quality <= 1):
        return False
    if len(message.position) != 3 or any(isinf(metres) for metres in message.position):
        return False
    embedding, jpeg = message.embedding, message.jpeg
    if message.content == CONTENT_FEATURES:
        usable = embedding.ndim == 1 and 0 < embedding.size <= MAX_EMBEDDING
        return usable and not jpeg and all(map(isfinite, (embedding.min(), embedding.max())))
    return message.content == CONTENT_JPEG and not embedding.size and 0 < len(jpeg) <= MAX_JPEG
