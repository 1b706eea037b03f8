# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Plays a video file: its pictures, and the sound beside it or in it."""

from __future__ import annotations

import heapq
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import cv2
from sensor_msgs.msg import Image

from av_fusion_ros.nodes.graph import IMAGE
from av_fusion_ros.nodes.image_message import image_message
from av_fusion_ros.nodes.recording import Channel, Due, RecordingError
from av_fusion_ros.nodes.sound_recording import Pcm, SoundRecording, read_pcm
from av_fusion_ros.nodes.stamps import to_stamp
from av_fusion_ros.recognition.features import NS_PER_S

SUFFIXES = ('.mp4', '.avi', '.mkv', '.mov', '.webm', '.mpg')
SIDECARS = ('.wav', '.flac')
EXTRACTED_RATE_HZ = 16000
EXTRACTED_FORMAT = ('-ac', '1', '-ar', str(EXTRACTED_RATE_HZ), '-f', 's16le')


class VideoRecording:
    """A video file with the sound of ``sound``, or without sound.

    Raises RecordingError when OpenCV cannot open the file.
    """

    def __init__(self, path: Path, sound: SoundRecording | None, frame_id: str) -> None:
        self._path = path
        self._sound = sound
        self._frame_id = frame_id
        self._channel = Channel(IMAGE.name, IMAGE.type)
        self._open().release()
        self.channels = (self._channel, *(sound.channels if sound is not None else ()))

    def messages(self, start_ns: int) -> Iterator[Due]:
        """Yield pictures and sound in order of time, beginning at ``start_ns``."""
        sound = self._sound.messages(start_ns) if self._sound is not None else iter(())
        return heapq.merge(self._pictures(start_ns), sound, key=lambda due: due.t_ns)

    def _pictures(self, start_ns: int) -> Iterator[Due]:
        capture = self._open()
        frame_s = 1.0 / (capture.get(cv2.CAP_PROP_FPS) or 25.0)
        position_s = -frame_s
        try:
            while True:
                taken, picture = capture.read()
                if not taken:
                    return
                # A variable frame rate has real positions; where there are none, count on.
                stated_s = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000.0
                position_s = stated_s if stated_s > position_s else position_s + frame_s
                t_ns = start_ns + round(position_s * NS_PER_S)
                message: Image = image_message(picture, 'bgr8')
                message.header.stamp = to_stamp(t_ns)
                message.header.frame_id = self._frame_id
                yield Due(t_ns, self._channel, message)
        finally:
            capture.release()

    def _open(self) -> cv2.VideoCapture:
        capture = cv2.VideoCapture(str(self._path))
        if not capture.isOpened():
            raise RecordingError(
                f'{self._path} cannot be read as a video; OpenCV knows {", ".join(SUFFIXES)}'
            )
        return capture


def sound_of_video(path: Path) -> Pcm | None:
    """Return the sound beside the video (.wav, .flac) or its own track; None without either.

    The track is taken out by the ffmpeg program; without it only a file beside the video is found.
    """
    for suffix in SIDECARS:
        if path.with_suffix(suffix).is_file():
            return read_pcm(path.with_suffix(suffix))
    ffmpeg = shutil.which('ffmpeg')
    if ffmpeg is None:
        return None
    track = subprocess.run(
        [ffmpeg, '-v', 'error', '-i', str(path), '-vn', *EXTRACTED_FORMAT, '-'],
        capture_output=True,
        check=False,
        stdin=subprocess.DEVNULL,
    ).stdout
    return Pcm(track, EXTRACTED_RATE_HZ, 1) if track else None
