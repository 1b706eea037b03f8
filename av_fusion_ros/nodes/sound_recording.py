# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Plays a sound file as av_fusion_ros/Audio messages."""

from __future__ import annotations

import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import soundfile

from av_fusion_ros.msg import Audio
from av_fusion_ros.nodes.graph import AUDIO
from av_fusion_ros.nodes.recording import Channel, Due, RecordingError
from av_fusion_ros.nodes.stamps import to_stamp
from av_fusion_ros.recognition.features import NS_PER_S

SUFFIXES = ('.wav', '.flac', '.ogg', '.mp3', '.aiff')


@dataclass(frozen=True, slots=True)
class Pcm:
    """Interleaved little-endian signed 16-bit samples."""

    data: bytes
    sample_rate_hz: int
    channels: int

    @property
    def frames(self) -> int:
        """Number of samples of each channel."""
        return len(self.data) // (2 * self.channels)


class SoundRecording:
    """A sound file cut into blocks of ``block_s`` seconds.

    Raises RecordingError when the file cannot be read.
    """

    channels = (Channel(AUDIO.name, AUDIO.type),)

    def __init__(self, pcm: Pcm, block_s: float, frame_id: str) -> None:
        self._pcm = pcm
        self._block = max(1, round(block_s * pcm.sample_rate_hz))
        self._frame_id = frame_id

    def messages(self, start_ns: int) -> Iterator[Due]:
        """Yield the blocks; the first sample is captured at ``start_ns``."""
        pcm = self._pcm
        width = 2 * pcm.channels
        for first in range(0, pcm.frames, self._block):
            end = min(first + self._block, pcm.frames)
            last_sample_ns = start_ns + (end - 1) * NS_PER_S // pcm.sample_rate_hz
            message = Audio(
                sample_rate_hz=pcm.sample_rate_hz,
                channels=pcm.channels,
                encoding=Audio.ENCODING_S16LE,
                first_sample=first,
                data=array.array('B', pcm.data[first * width : end * width]),
            )
            message.header.stamp = to_stamp(last_sample_ns)
            message.header.frame_id = self._frame_id
            yield Due(last_sample_ns, self.channels[0], message)


def read_pcm(path: Path) -> Pcm:
    """Read any sound file that libsndfile knows; raises RecordingError."""
    try:
        samples, rate = soundfile.read(str(path), dtype='int16', always_2d=True)
    except (soundfile.SoundFileError, OSError) as error:
        raise RecordingError(
            f'{path} cannot be read as sound ({error}); accepted: {", ".join(SUFFIXES)}'
        ) from error
    return Pcm(samples.astype('<i2').tobytes(), int(rate), int(samples.shape[1]))
