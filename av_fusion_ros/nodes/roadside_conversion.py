# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Roadside views <-> messages."""

from __future__ import annotations

import numpy as np

from av_fusion_ros.msg import V2xVisual
from av_fusion_ros.nodes.message_conversion import checked_embedding
from av_fusion_ros.nodes.stamps import to_ns
from av_fusion_ros.recognition.features import RoadsideFeature
from av_fusion_ros.recognition.roadside_message import RoadsideMessage


def roadside_feature(message: V2xVisual, model_id: str, size: int) -> RoadsideFeature:
    """Return an admitted roadside view; raises FeatureMessageError when it is another model's."""
    return RoadsideFeature(
        stamp_ns=to_ns(message.header.stamp),
        station_id=message.station_id,
        sequence=message.sequence,
        embedding=checked_embedding(message, model_id, (size,)),
        quality=message.quality,
    )


def roadside_message(message: V2xVisual) -> RoadsideMessage:
    """Return a view from the air as the admission takes it; nothing in it is checked yet."""
    x, y, z = (float(value) for value in message.position)
    return RoadsideMessage(
        station_id=message.station_id,
        key_id=message.key_id,
        sequence=message.sequence,
        stamp_ns=to_ns(message.header.stamp),
        generated_ns=to_ns(message.generated),
        content=message.content,
        model_id=message.model_id,
        embedding=np.frombuffer(message.embedding, dtype=np.float32),
        jpeg=bytes(message.jpeg),
        quality=message.quality,
        position=(x, y, z),
        frame_id=message.header.frame_id,
        signature=bytes(message.signature),
    )
