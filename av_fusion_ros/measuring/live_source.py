# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A camera and a microphone that play takes in real time, stamped as drivers stamp them."""

from __future__ import annotations

import array
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rclpy.node import Node
from rclpy.qos import HistoryPolicy, QoSProfile, ReliabilityPolicy
from rclpy.time import Time
from sensor_msgs.msg import Image

from av_fusion_ros.measuring.takes import FPS, RATE_HZ, Picture, Take, shown_at
from av_fusion_ros.msg import Audio
from av_fusion_ros.nodes.image_message import image_message
from av_fusion_ros.nodes.parameter_table import DEVICE_SOURCE
from av_fusion_ros.recognition.features import NS_PER_S

#: What our own microphone source sends.
BLOCK_S = {p.name: p.default for p in DEVICE_SOURCE}['audio_block_s']
BLOCK_SAMPLES = round(float(BLOCK_S) * RATE_HZ)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A phrase that was played: its words, begin and end of the take, end of its last word."""

    text: str
    start_ns: int
    end_ns: int
    last_word_end_ns: int


class LiveSource:
    """Publishes takes one after another, until ``done``; nothing is sent before its capture."""

    def __init__(
        self, node: Node, width: int, height: int, fps: float, reliable: bool = False
    ) -> None:
        self._node, self._size, self._fps = node, (width, height), fps
        profile = QoSProfile(
            history=HistoryPolicy.KEEP_LAST,
            depth=10,
            reliability=ReliabilityPolicy.RELIABLE if reliable else ReliabilityPolicy.BEST_EFFORT,
        )
        self.images = node.create_publisher(Image, 'image', profile)
        self.sound = node.create_publisher(Audio, 'audio', profile)
        self.sent = {'image': 0, 'audio': 0}
        self._threads: list[threading.Thread] = []
        self._stopping = threading.Event()

    @property
    def is_heard(self) -> bool:
        """Whether both topics have a subscriber."""
        return bool(self.images.get_subscription_count() and self.sound.get_subscription_count())

    @property
    def done(self) -> bool:
        """Whether everything has been sent."""
        return not any(thread.is_alive() for thread in self._threads)

    def start(self, takes: tuple[Take, ...]) -> list[Spoken]:
        """Begin to play ``takes``; return what will be said when, in ROS time."""
        begin_s, begin_ns = time.monotonic(), self._node.get_clock().now().nanoseconds
        spoken, at_ns = [], begin_ns
        for take in takes:
            end_ns = at_ns + round(take.duration_s * NS_PER_S)
            last_word_ns = at_ns + round(take.end_s * NS_PER_S)
            spoken.append(Spoken(take.text, at_ns, end_ns, last_word_ns))
            at_ns = end_ns
        for work in (self._show, self._play):
            thread = threading.Thread(target=work, args=(takes, begin_s, begin_ns), daemon=True)
            self._threads.append(thread)
            thread.start()
        return spoken

    def stop(self) -> None:
        """End early."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _show(self, takes: tuple[Take, ...], begin_s: float, begin_ns: int) -> None:
        for k, picture in enumerate(at_rate(takes, self._fps)):
            message = image_message(shown_at(picture, *self._size), 'bgr8')
            if not self._wait_until(begin_s + k / self._fps):
                return
            message.header.stamp = Time(
                nanoseconds=begin_ns + round(k / self._fps * NS_PER_S)
            ).to_msg()
            self.images.publish(message)
            self.sent['image'] += 1

    def _play(self, takes: tuple[Take, ...], begin_s: float, begin_ns: int) -> None:
        for first, block in _blocks(takes):
            last = first + len(block) - 1
            if not self._wait_until(begin_s + (last + 1) / RATE_HZ):
                return
            message = Audio(
                sample_rate_hz=RATE_HZ,
                channels=1,
                encoding=Audio.ENCODING_S16LE,
                first_sample=first,
                data=array.array('B', block.tobytes()),
            )
            message.header.stamp = Time(nanoseconds=begin_ns + last * NS_PER_S // RATE_HZ).to_msg()
            self.sound.publish(message)
            self.sent['audio'] += 1

    def _wait_until(self, at_s: float) -> bool:
        return not self._stopping.wait(max(0.0, at_s - time.monotonic()))


def at_rate(takes: tuple[Take, ...], fps: float) -> Iterator[Picture]:
    """The takes' pictures at another rate: each moment shows the one taken nearest to it.

    A camera of that rate shows the lips of the moment. The newest so far would be late by up to a
    period, and make words late that the camera does not.
    """
    shown = 0
    pictures = (picture for take in takes for picture in take.pictures())
    count = round(sum(take.duration_s for take in takes) * FPS)
    for index, picture in enumerate(pictures):
        until = index + 1 - 1e-6 if index + 1 == count else index + 0.5
        while shown / fps <= until / FPS:
            yield picture
            shown += 1


def _blocks(takes: tuple[Take, ...]) -> Iterator[tuple[int, NDArray[np.int16]]]:
    """Number of the first sample, and the samples as 16 bit integers, block by block."""
    whole = np.concatenate([take.samples for take in takes])
    pcm = np.clip(whole * 32768, -32768, 32767).astype('<i2')
    for first in range(0, len(pcm) - BLOCK_SAMPLES + 1, BLOCK_SAMPLES):
        yield first, pcm[first : first + BLOCK_SAMPLES]
