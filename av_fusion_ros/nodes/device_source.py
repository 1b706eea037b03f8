# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Node that publishes a local camera and microphone, for people without drivers."""

from __future__ import annotations

import threading
from typing import Any

from rclpy.publisher import Publisher

from av_fusion_ros.msg import Audio
from av_fusion_ros.nodes.diagnostics import ERROR, WARN
from av_fusion_ros.nodes.graph import DEVICE_SOURCE
from av_fusion_ros.nodes.image_message import image_message
from av_fusion_ros.nodes.managed_node import ManagedNode
from av_fusion_ros.nodes.microphone import Microphone
from av_fusion_ros.nodes.running import run_nodes
from av_fusion_ros.nodes.stamps import to_stamp

RETRY_S = 1.0


class DeviceError(ValueError):
    """A local device, or the library that opens it, is missing."""


class DeviceSource(ManagedNode):
    """Publishes pictures and sound from activation on; an unplugged device is retried."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(DEVICE_SOURCE, **arguments)
        self.task.declare_counters('images', 'audio_blocks', 'overruns')
        self._image: Publisher[Any] | None = None
        self._audio: Publisher[Any] | None = None
        self._microphone: Microphone | None = None
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def load(self) -> None:
        """Find the libraries and announce the topics."""
        if self.parameters.text('camera'):
            _camera_library()
            self._image = self.endpoints.announce('image', reliable_source=True)
        name = self.parameters.text('microphone')
        if name:
            self._microphone = Microphone(
                name,
                self.parameters.integer('sample_rate_hz'),
                self.parameters.integer('channels'),
                self.parameters.number('audio_block_s'),
            )
            self._audio = self.endpoints.announce('audio', reliable_source=True)
        if self._image is None and self._audio is None:
            raise DeviceError('camera and microphone are both empty; name at least one')

    def start(self) -> None:
        """Open the devices."""
        self._ending.clear()
        if self._microphone is not None:
            self._microphone.open(self._hear, lambda: self.get_clock().now().nanoseconds)
        if self._image is not None:
            self._thread = threading.Thread(target=self._look, name='camera', daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Close the devices."""
        self._ending.set()
        if self._microphone is not None:
            self._microphone.close()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def unload(self) -> None:
        """Forget the devices."""
        self._image = self._audio = self._microphone = None

    def _hear(
        self, data: bytes, channels: int, first_sample: int, stamp_ns: int, overrun: bool
    ) -> None:
        if self._audio is None:
            return
        message = Audio(
            sample_rate_hz=self.parameters.integer('sample_rate_hz'),
            channels=channels,
            encoding=Audio.ENCODING_S16LE,
            first_sample=first_sample,
            data=data,
        )
        message.header.stamp = to_stamp(stamp_ns)
        message.header.frame_id = self.parameters.text('audio_frame_id')
        self._audio.publish(message)
        self.task.count('audio_blocks')
        if overrun:
            self.task.count('overruns')
            self.task.passing_fault('overrun', WARN, 'the sound device overran; samples are lost')

    def _look(self) -> None:
        capture: Any = None
        while not self._ending.is_set():
            if capture is None:
                capture = self._open_camera()
                if capture is None:
                    self._ending.wait(RETRY_S)
                    continue
            taken = capture.grab()
            stamp = self.get_clock().now().to_msg()  # before decoding, which takes its time
            picture = capture.retrieve()[1] if taken else None
            if picture is None:
                self.task.lasting_fault('camera', ERROR, 'the camera stopped delivering; retrying')
                capture.release()
                capture = None
                continue
            message = image_message(picture, 'bgr8')
            message.header.stamp = stamp
            message.header.frame_id = self.parameters.text('image_frame_id')
            if self._image is not None:
                self._image.publish(message)
            self.task.count('images')
        if capture is not None:
            capture.release()

    def _open_camera(self) -> Any:
        cv2 = _camera_library()
        name = self.parameters.text('camera')
        capture = cv2.VideoCapture(int(name) if name.isdigit() else name)
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, self.parameters.integer('width'))
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, self.parameters.integer('height'))
        capture.set(cv2.CAP_PROP_FPS, self.parameters.number('fps'))
        if capture.isOpened():
            self.task.clear('camera')
            return capture
        text = f'camera {name!r} cannot be opened; is it plugged in, and are you in group video?'
        self.get_logger().error(text, throttle_duration_sec=5.0)
        self.task.lasting_fault('camera', ERROR, text)
        return None


def _camera_library() -> Any:
    try:
        import cv2
    except ImportError as error:
        raise DeviceError(
            'OpenCV is not installed, which opens the camera; install opencv-python-headless, or '
            "set camera:=''"
        ) from error
    return cv2


def main(args: list[str] | None = None) -> int:
    """Run the node."""
    return run_nodes(lambda: [DeviceSource()], args)


if __name__ == '__main__':
    raise SystemExit(main())
