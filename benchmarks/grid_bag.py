# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Bags made from clips of the GRID corpus, one sentence after another as one unbroken stream."""

from __future__ import annotations

import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import soundfile
from numpy.typing import NDArray
from rclpy.serialization import serialize_message
from rosbags.rosbag2 import StoragePlugin, Writer
from sensor_msgs.msg import CompressedImage

from av_fusion_ros.learning.corpus import read_alignment
from av_fusion_ros.learning.mixing import mix, stretch
from av_fusion_ros.msg import Audio
from av_fusion_ros.nodes.bag_types import typestore
from av_fusion_ros.nodes.stamps import to_stamp
from av_fusion_ros.recognition.features import NS_PER_S

RATE_HZ = 16000
BLOCK = 320
FPS = 25
JPEG_QUALITY = 95
START_NS = 1_700_000_000 * NS_PER_S


@dataclass(frozen=True, slots=True)
class Sentence:
    """One clip in the bag: when it runs, and what is said."""

    clip: str
    start_ns: int
    end_ns: int
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """What the bag holds: ``snr_db`` None is clean."""

    name: str
    camera: bool
    microphone: bool
    snr_db: float | None


def write_grid_bag(
    path: Path, clips: Sequence[Path], condition: Condition, noises: Sequence[Path], seed: int = 0
) -> list[Sentence]:
    """Write ``clips`` (their .align files) under ``condition``; return what is said when.

    Noise is mixed at ``snr_db`` below the active speech level of each sentence (ITU-T P.56), a
    stretch of one of ``noises`` for each. Pictures are JPEG at quality 95.
    """
    rng = np.random.default_rng(seed)
    sentences = []
    start_ns = START_NS
    rows: list[tuple[int, str, Any]] = []
    for clip in clips:
        n_frames = 0
        if condition.camera:
            for k, jpeg in enumerate(_jpegs(clip.with_suffix('.mp4'))):
                rows.append((start_ns + k * NS_PER_S // FPS, 'image/compressed', jpeg))
                n_frames = k + 1
        samples, rate = soundfile.read(str(clip.with_suffix('.flac')), dtype='float32')
        assert rate == RATE_HZ, f'{clip} is not at 16 kHz'
        length = max(n_frames * RATE_HZ // FPS, len(samples) // BLOCK * BLOCK)
        samples = np.pad(samples, (0, max(0, length - len(samples))))[:length]
        if condition.snr_db is not None:
            noise, _ = soundfile.read(str(noises[len(sentences) % len(noises)]), dtype='float32')
            samples = mix(samples, stretch(rng, noise, length), condition.snr_db)
        if condition.microphone:
            first = (start_ns - START_NS) * RATE_HZ // NS_PER_S
            for begin in range(0, length, BLOCK):
                end_ns = start_ns + (begin + BLOCK - 1) * NS_PER_S // RATE_HZ
                block = (first + begin, samples[begin : begin + BLOCK])
                rows.append((end_ns, 'audio', block))
        end_ns = start_ns + length * NS_PER_S // RATE_HZ
        words = tuple(word.text for word in read_alignment(clip))
        sentences.append(Sentence(clip.stem, start_ns, end_ns, words))
        start_ns = end_ns
    _write(path, rows)
    return sentences


def _jpegs(video: Path) -> Iterator[bytes]:
    capture = cv2.VideoCapture(str(video))
    try:
        while True:
            taken, picture = capture.read()
            if not taken:
                return
            quality = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
            yield cv2.imencode('.jpg', picture, quality)[1].tobytes()
    finally:
        capture.release()


def _write(path: Path, rows: list[tuple[int, str, Any]]) -> None:
    store = typestore()
    with Writer(path, version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        connections = {}
        for topic, name in (
            ('image/compressed', 'sensor_msgs/msg/CompressedImage'),
            ('audio', 'av_fusion_ros/msg/Audio'),
        ):
            if any(row[1] == topic for row in rows):
                connections[topic] = writer.add_connection('/' + topic, name, typestore=store)
        for t_ns, topic, payload in sorted(rows, key=lambda row: row[0]):
            message = _picture(payload) if topic != 'audio' else _sound(*payload)
            message.header.stamp = to_stamp(t_ns)
            writer.write(connections[topic], t_ns, serialize_message(message))


def _picture(jpeg: bytes) -> CompressedImage:
    message = CompressedImage(format='jpeg', data=array.array('B', jpeg))
    message.header.frame_id = 'camera'
    return message


def _sound(first_sample: int, samples: NDArray[np.float32]) -> Audio:
    pcm = (np.clip(samples, -1, 1) * 32767).astype('<i2').tobytes()
    message = Audio(
        sample_rate_hz=RATE_HZ,
        channels=1,
        encoding=Audio.ENCODING_S16LE,
        first_sample=first_sample,
        data=array.array('B', pcm),
    )
    message.header.frame_id = 'microphone'
    return message
