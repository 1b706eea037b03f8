# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Frames, sound blocks and roadside views as serialised ROS messages."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from av_fusion_ros.generation.bag_types import bag_types
from av_fusion_ros.generation.roadside import RoadsideView

IMAGE, COMPRESSED = 'sensor_msgs/msg/Image', 'sensor_msgs/msg/CompressedImage'
AUDIO, V2X_VISUAL = 'av_fusion_ros/msg/Audio', 'av_fusion_ros/msg/V2xVisual'
CAMERA_FRAME, MICROPHONE_FRAME, ROADSIDE_FRAME = 'camera', 'microphone', 'roadside_camera'

_CONTENT_JPEG = 1
_UNSIGNED_KEY = 'unsigned'


def _time(stamp_ns: int) -> Any:
    seconds, nanoseconds = divmod(stamp_ns, 1_000_000_000)
    return bag_types().types['builtin_interfaces/msg/Time'](sec=seconds, nanosec=nanoseconds)


def _header(stamp_ns: int, frame_id: str) -> Any:
    made = bag_types().types['std_msgs/msg/Header']
    return made(stamp=_time(stamp_ns), frame_id=frame_id)


def image_message(stamp_ns: int, image: npt.NDArray[np.uint8]) -> Any:
    """sensor_msgs/Image, bgr8, of (h, w, 3)."""
    height, width = image.shape[:2]
    return bag_types().types[IMAGE](
        header=_header(stamp_ns, CAMERA_FRAME),
        height=height,
        width=width,
        encoding='bgr8',
        is_bigendian=0,
        step=3 * width,
        data=np.ascontiguousarray(image).reshape(-1),
    )


def compressed_message(stamp_ns: int, image: npt.NDArray[np.uint8], quality: int) -> Any:
    """sensor_msgs/CompressedImage, JPEG, of (h, w, 3) BGR."""
    _, data = cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return bag_types().types[COMPRESSED](
        header=_header(stamp_ns, CAMERA_FRAME), format='bgr8; jpeg compressed bgr8', data=data
    )


def audio_message(stamp_ns: int, first_sample: int, samples: npt.NDArray[np.float32]) -> Any:
    """av_fusion_ros/Audio, 16 kHz mono S16LE, of float samples in [-1, 1]."""
    whole = np.clip(np.round(samples * np.float32(32767.0)), -32768, 32767).astype('<i2')
    return bag_types().types[AUDIO](
        header=_header(stamp_ns, MICROPHONE_FRAME),
        sample_rate_hz=16000,
        channels=1,
        encoding='S16LE',
        first_sample=first_sample,
        data=whole.view(np.uint8),
    )


def v2x_message(view: RoadsideView, key_id: str = _UNSIGNED_KEY) -> Any:
    """av_fusion_ros/V2xVisual with a JPEG frame and an empty signature."""
    return bag_types().types[V2X_VISUAL](
        header=_header(view.stamp_ns, ROADSIDE_FRAME),
        station_id=view.station_id,
        sequence=view.sequence,
        generated=_time(view.generated_ns),
        content=_CONTENT_JPEG,
        model_id='',
        embedding=np.zeros(0, np.float32),
        codes=np.zeros(0, np.int8),
        scale=0.0,
        jpeg=np.frombuffer(view.jpeg, np.uint8),
        quality=float('nan'),
        position=np.full(3, np.nan),
        key_id=key_id,
        signature=np.zeros(0, np.uint8),
    )


def v2x_visual_message(view: Any) -> Any:
    """av_fusion_ros/V2xVisual of any object with its fields, times as stamp_ns and generated_ns."""
    return bag_types().types[V2X_VISUAL](
        header=_header(view.stamp_ns, view.frame_id),
        station_id=view.station_id,
        sequence=view.sequence,
        generated=_time(view.generated_ns),
        content=view.content,
        model_id=view.model_id,
        embedding=np.asarray(view.embedding, np.float32),
        codes=np.asarray(view.codes, np.int8),
        scale=view.scale,
        jpeg=np.frombuffer(view.jpeg, np.uint8),
        quality=view.quality,
        position=np.array(view.position, np.float64),
        key_id=view.key_id,
        signature=np.frombuffer(view.signature, np.uint8),
    )
