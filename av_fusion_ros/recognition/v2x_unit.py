# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The sending side: a roadside unit's views, numbered and signed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import nan

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from numpy.typing import NDArray

from av_fusion_ros.recognition.errors import RecognitionError
from av_fusion_ros.recognition.features import VisualFeature
from av_fusion_ros.recognition.roadside_message import (
    CONTENT_JPEG,
    RoadsideMessage,
    sign,
    with_codes,
)
from av_fusion_ros.recognition.v2x_place import Place
from av_fusion_ros.recognition.v2x_schema import is_name
from av_fusion_ros.signals.roadside_frame import encode_frame

_NS_PER_MS = 1_000_000


@dataclass(frozen=True, slots=True)
class UnitIdentity:
    """Who a roadside unit is; ``position`` [m] in the map frame, NaN = it does not say.

    Raises RecognitionError for names that no message can carry.
    """

    station_id: str
    key_id: str
    key: Ed25519PrivateKey
    position: Place = (nan, nan, nan)

    def __post_init__(self) -> None:
        if not (is_name(self.station_id) and is_name(self.key_id)):
            raise RecognitionError(
                f'station {self.station_id!r} and key {self.key_id!r} must be 1 to 64 characters '
                'A-Z a-z 0-9 _ . - each'
            )


class RoadsideUnit:
    """Makes signed messages; ``generated_ns`` is the unit's clock at the moment of signing.

    Sequence numbers are the milliseconds of that clock, or one more than the last: they go on
    rising over a restart, and over a change of the identity.
    """

    def __init__(self, identity: UnitIdentity) -> None:
        self.identity = identity
        self._sequence = -1

    def features(
        self, feature: VisualFeature, model_id: str, generated_ns: int, frame_id: str = ''
    ) -> RoadsideMessage:
        """The features of one tick as 8-bit codes; ``model_id`` names the checkpoint."""
        bare = self._bare(feature.stamp_ns, generated_ns, feature.quality, frame_id)
        return self._signed(with_codes(replace(bare, model_id=model_id), feature.embedding))

    def frame(
        self,
        image_bgr: NDArray[np.uint8],
        stamp_ns: int,
        generated_ns: int,
        quality: float = nan,
        frame_id: str = '',
    ) -> RoadsideMessage:
        """A picture (h, w, 3) as JPEG; raises RoadsideFrameError when it is too large."""
        bare = self._bare(stamp_ns, generated_ns, quality, frame_id)
        return self._signed(replace(bare, content=CONTENT_JPEG, jpeg=encode_frame(image_bgr)))

    def _bare(
        self, stamp_ns: int, generated_ns: int, quality: float, frame_id: str
    ) -> RoadsideMessage:
        self._sequence = max(self._sequence + 1, generated_ns // _NS_PER_MS)
        return RoadsideMessage(
            self.identity.station_id,
            self.identity.key_id,
            self._sequence,
            stamp_ns,
            generated_ns,
            quality=quality,
            position=self.identity.position,
            frame_id=frame_id,
        )

    def _signed(self, message: RoadsideMessage) -> RoadsideMessage:
        return sign(message, self.identity.key)
