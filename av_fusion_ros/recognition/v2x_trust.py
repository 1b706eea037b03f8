# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The keys that are believed, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from av_fusion_ros.recognition.errors import RecognitionError
from av_fusion_ros.recognition.v2x_place import Place


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A station's public key and when it is valid, nanoseconds; None = without limit.

    ``position`` [m] is where the station was surveyed in the map frame, ``its_id`` the number by
    which it goes in ETSI ITS messages, where they are known.
    """

    public: Ed25519PublicKey
    not_before_ns: int | None = None
    not_after_ns: int | None = None
    position: Place | None = None
    its_id: int | None = None


TrustList = Mapping[tuple[str, str], TrustedKey]  # by (station_id, key_id)


def parse_public_key(text: str) -> Ed25519PublicKey:
    """A raw Ed25519 public key from 64 hexadecimal digits; raises RecognitionError."""
    try:
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))
    except ValueError as error:
        raise RecognitionError(
            f'{text!r} is no Ed25519 public key: give its 32 bytes as 64 hexadecimal digits'
        ) from error
