# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Writes pictures and sound to a rosbag2 folder (mcap or sqlite3), without ROS.

Raw pictures (bgr8) are exact but large: 640x480 at 25 Hz is 23 MB a second. `images='auto'`
takes raw while the bag's pictures stay under 200 MB and JPEG (quality 95) above that.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rosbags.interfaces import Connection
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.rosbag2.errors import WriterError

from av_fusion_ros.generation import bag_messages
from av_fusion_ros.generation.bag_types import bag_types
from av_fusion_ros.generation.errors import GenerationError
from av_fusion_ros.generation.ground_truth import FILE_NAME, ground_truth
from av_fusion_ros.generation.roadside import RoadsideView, roadside_views
from av_fusion_ros.generation.scene import Scene

STORAGES = {'mcap': StoragePlugin.MCAP, 'sqlite3': StoragePlugin.SQLITE3}
IMAGE_KINDS = ('auto', 'raw', 'jpeg')
MAX_RAW_BYTES = 200_000_000
_JPEG_QUALITY = 95
_BAG_VERSION = 9

TimedImage = tuple[int, npt.NDArray[np.uint8]]
TimedSamples = tuple[int, int, npt.NDArray[np.float32]]
# Fills key_id and signature of a V2xVisual (rosbags message object) in place or anew.
Signer = Callable[[Any], Any]
Progress = Callable[[int, str], None]


@dataclass(frozen=True)
class BagCounts:
    """How many messages of each kind were written."""

    images: int
    audio: int
    v2x: int


def write_bag(
    path: Path,
    images: Iterable[TimedImage],
    audio: Iterable[TimedSamples],
    *,
    v2x: Iterable[RoadsideView] = (),
    on_air: Iterable[tuple[int, Any]] = (),
    storage: str = 'mcap',
    jpeg: bool = False,
    truth: dict[str, Any] | None = None,
    sign: Signer | None = None,
    progress: Progress | None = None,
) -> BagCounts:
    """Write a new bag from streams in time order, reading each only once.

    images: (stamp_ns, (h, w, 3) BGR uint8); audio: (stamp_ns of the last sample, index of the
    first sample, 16 kHz float32 samples); v2x: roadside views, which `sign` may sign; on_air:
    (time of arrival in ns, V2xVisual) of whatever else is sent. Topics: image or
    image/compressed, audio, v2x/visual; a topic without messages is left out. `truth` is
    written as ground_truth.json in the bag's folder.

    Raises GenerationError when the folder exists or the storage is unknown.
    """
    if storage not in STORAGES:
        raise GenerationError(f'no bag storage {storage!r}; give {" or ".join(STORAGES)}')
    if path.exists():
        raise GenerationError(f'{path} exists; give a new folder, or remove it')
    path.parent.mkdir(parents=True, exist_ok=True)
    image_topic = 'image/compressed' if jpeg else 'image'
    counts = {image_topic: 0, 'audio': 0, 'v2x/visual': 0}
    try:
        with Writer(path, version=_BAG_VERSION, storage_plugin=STORAGES[storage]) as writer:
            connections: dict[str, Connection] = {}
            merged = heapq.merge(
                _image_stream(images, image_topic, jpeg),
                _audio_stream(audio),
                _v2x_stream(v2x, sign),
                ((stamp_ns, 'v2x/visual', message) for stamp_ns, message in on_air),
                key=lambda item: item[0],
            )
            for stamp_ns, topic, message in merged:
                if topic not in connections:
                    connections[topic] = writer.add_connection(
                        f'/{topic}', message.__msgtype__, typestore=bag_types()
                    )
                data = bag_types().serialize_cdr(message, message.__msgtype__)
                writer.write(connections[topic], stamp_ns, data)
                counts[topic] += 1
                if progress is not None:
                    progress(stamp_ns, topic)
    except WriterError as error:
        raise GenerationError(f'cannot write a bag to {path}: {error}') from error
    if truth is not None:
        (path / FILE_NAME).write_text(json.dumps(truth, indent=1) + '\n')
    return BagCounts(counts[image_topic], counts['audio'], counts['v2x/visual'])


def write_scene(
    path: Path,
    scene: Scene,
    *,
    storage: str = 'mcap',
    images: str = 'auto',
    sign: Signer | None = None,
    on_air: Iterable[tuple[int, Any]] | None = None,
    progress: Progress | None = None,
) -> BagCounts:
    """Write a scene with its ground truth; `images` is one of IMAGE_KINDS.

    `on_air`, as in `write_bag`, takes the place of the scene's own roadside views.
    """
    if images not in IMAGE_KINDS:
        raise GenerationError(f'no kind of images {images!r}; give one of {", ".join(IMAGE_KINDS)}')
    raw_bytes = scene.n_frames * scene.settings.width * scene.settings.height * 3
    return write_bag(
        path,
        ((frame.stamp_ns, frame.image) for frame in scene.frames()),
        ((block.stamp_ns, block.first_sample, block.samples) for block in scene.audio()),
        v2x=roadside_views(scene) if on_air is None else (),
        on_air=on_air or (),
        storage=storage,
        jpeg=images == 'jpeg' or (images == 'auto' and raw_bytes > MAX_RAW_BYTES),
        truth=ground_truth(scene),
        sign=sign,
        progress=progress,
    )


_Item = tuple[int, str, Any]


def _image_stream(images: Iterable[TimedImage], topic: str, jpeg: bool) -> Iterator[_Item]:
    for stamp_ns, image in images:
        if jpeg:
            message = bag_messages.compressed_message(stamp_ns, image, _JPEG_QUALITY)
        else:
            message = bag_messages.image_message(stamp_ns, image)
        yield stamp_ns, topic, message


def _audio_stream(audio: Iterable[TimedSamples]) -> Iterator[_Item]:
    for stamp_ns, first_sample, samples in audio:
        yield stamp_ns, 'audio', bag_messages.audio_message(stamp_ns, first_sample, samples)


def _v2x_stream(views: Iterable[RoadsideView], sign: Signer | None) -> Iterator[_Item]:
    """A view is in the bag from the time it was received; one that was lost is not."""
    for view in views:
        message = bag_messages.v2x_message(view)
        if not view.lost:
            yield view.received_ns, 'v2x/visual', message if sign is None else sign(message)
