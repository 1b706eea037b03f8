# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Roadside views <-> messages."""

from __future__ import annotations

import array
from dataclasses import replace

import numpy as np

from av_fusion_ros.msg import V2xVisual
from av_fusion_ros.nodes.feature_messages import checked_embedding
from av_fusion_ros.nodes.stamps import to_ns, to_stamp
from av_fusion_ros.recognition.features import RoadsideFeature
from av_fusion_ros.recognition.roadside_message import MAX_JPEG, RoadsideMessage


def roadside_feature(message: V2xVisual, model_id: str, size: int) -> RoadsideFeature:
    """Return an admitted roadside view; raises FeatureMessageError when it is another model's."""
    view = roadside_message(message)
    decoded = replace(view, embedding=view.features())
    return RoadsideFeature(
        stamp_ns=to_ns(message.header.stamp),
        station_id=message.station_id,
        sequence=message.sequence,
        embedding=checked_embedding(decoded, model_id, (size,)),
        quality=message.quality,
    )


def roadside_message(message: V2xVisual) -> RoadsideMessage:
    """Return a view from the air as the admission takes it; nothing in it is checked yet.

    Of a field that is too long, no more is copied than shows that it is.
    """
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
        codes=np.frombuffer(message.codes, dtype=np.int8),
        scale=message.scale,
        jpeg=bytes(message.jpeg[: MAX_JPEG + 1]),
        quality=message.quality,
        position=(x, y, z),
        frame_id=message.header.frame_id,
        signature=bytes(message.signature[:MAX_JPEG]),
    )


def v2x_visual(view: RoadsideMessage) -> V2xVisual:
    """Return the message of a roadside unit as it is sent."""
    message = V2xVisual(
        station_id=view.station_id,
        sequence=view.sequence,
        generated=to_stamp(view.generated_ns),
        content=view.content,
        model_id=view.model_id,
        embedding=array.array('f', np.asarray(view.embedding, np.float32).tobytes()),
        codes=array.array('b', np.asarray(view.codes, np.int8).tobytes()),
        scale=view.scale,
        jpeg=array.array('B', view.jpeg),
        quality=view.quality,
        position=np.array(view.position, np.float64),
        key_id=view.key_id,
        signature=array.array('B', view.signature),
    )
    message.header.stamp = to_stamp(view.stamp_ns)
    message.header.frame_id = view.frame_id
    return message


def encoded_view(message: V2xVisual, feature: RoadsideFeature, model_id: str) -> V2xVisual:
    """Return an admitted frame as the features of what is seen in it; no signature covers them."""
    return v2x_visual(
        replace(
            roadside_message(message),
            stamp_ns=feature.stamp_ns,
            content=V2xVisual.CONTENT_FEATURES,
            model_id=model_id,
            embedding=feature.embedding,
            jpeg=b'',
            quality=feature.quality,
            signature=b'',
        )
    )
