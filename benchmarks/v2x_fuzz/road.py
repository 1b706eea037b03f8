# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The stations of the trial, their keys, and the honest messages that attacks start from."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field, replace

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from av_fusion_ros.recognition.features import VisualFeature
from av_fusion_ros.recognition.roadside_message import RoadsideMessage, sign, signed_bytes
from av_fusion_ros.recognition.v2x_admission import AdmissionSettings, V2xAdmission
from av_fusion_ros.recognition.v2x_trust import TrustedKey, TrustList
from av_fusion_ros.recognition.v2x_unit import RoadsideUnit, UnitIdentity

MODEL_ID = 'fuzz'
SIZE = 256
MS = 1_000_000
T0 = 1_760_000_000_000_000_000
PLACE = (10.0, 20.0, 3.0)

#: Trusted and honest; trusted, but its key is in the attacker's hands; not in the trust list.
HONEST, CAPTURED, STRANGER = 'rsu-1', 'rsu-captured', 'rsu-nobody'


def key_of(name: str) -> Ed25519PrivateKey:
    """The same key for the same name, so that a run can be repeated."""
    return Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32, b'.')[:32])


def trust_list(now_ns: int = T0) -> TrustList:
    """Two stations in force, and two keys of the honest one that are not."""
    return {
        (HONEST, 'k'): TrustedKey(key_of(HONEST).public_key(), position=PLACE),
        (CAPTURED, 'k'): TrustedKey(key_of(CAPTURED).public_key(), position=PLACE),
        (HONEST, 'expired'): TrustedKey(key_of('expired').public_key(), not_after_ns=now_ns - 1),
        (HONEST, 'future'): TrustedKey(
            key_of('future').public_key(), not_before_ns=now_ns + 10**9 * 86400 * 365
        ),
    }


def unit(station: str, key: str = '', key_id: str = 'k') -> RoadsideUnit:
    """A unit that claims to be ``station`` and signs with the key called ``key``."""
    return RoadsideUnit(UnitIdentity(station, key_id, key_of(key or station), PLACE))


@dataclass
class Road:
    """Virtual time, the units, and what the attacker has overheard."""

    rng: random.Random
    now_ns: int = T0
    units: dict[str, RoadsideUnit] = field(default_factory=dict)
    newest: RoadsideMessage = field(init=False)
    overheard: deque[RoadsideMessage] = field(default_factory=lambda: deque(maxlen=250))

    def __post_init__(self) -> None:
        self.units = {name: unit(name) for name in (HONEST, CAPTURED, STRANGER)}
        values = np.random.default_rng(self.rng.randrange(1 << 30)).normal(0, 3, (64, SIZE))
        self._features = values.astype(np.float32)

    def fresh(self, station: str = HONEST, age_ms: float = 0.0) -> RoadsideMessage:
        """A new message of a station, generated ``age_ms`` ago from a picture 20 ms older."""
        generated_ns = self.now_ns - round(age_ms * MS)
        features = self._features[self.rng.randrange(len(self._features))]
        tick = VisualFeature(generated_ns - 20 * MS, 0, features, quality=0.8)
        self.newest = self.units[station].features(tick, MODEL_ID, generated_ns, 'camera')
        return self.newest

    def is_newest(self, message: RoadsideMessage) -> bool:
        """Whether a mutation came out as the honest message that it began as."""
        return message.signature == self.newest.signature and signed_bytes(message) == signed_bytes(
            self.newest
        )

    def captured(self, **changes: object) -> RoadsideMessage:
        """A message with changed fields, validly signed with the captured key."""
        bare = replace(self.fresh(CAPTURED), **changes)  # type: ignore[arg-type]
        return sign(bare, key_of(CAPTURED))


def admission(settings: AdmissionSettings | None = None) -> V2xAdmission:
    """The admission under attack; it knows where the vehicle is."""
    gate = V2xAdmission(trust_list(), MODEL_ID, SIZE, settings)
    gate.note_vehicle((0.0, 0.0, 0.0), T0)
    return gate
