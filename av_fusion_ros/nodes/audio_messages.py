# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Sound messages of every known dialect as one kind of block.

Two unrelated packages are called audio_common_msgs: that of ros-drivers (AudioData{uint8[] data},
AudioDataStamped, AudioInfo) and that of mgonzs13 (AudioStamped{Audio{AudioData, AudioInfo}}, with
one typed array per sample format and PortAudio's numbers for the formats). Which one is installed
is found by looking at the fields of its messages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from av_fusion_ros.nodes.message_types import MessageTypeError, full_name, message_class
from av_fusion_ros.nodes.stamps import capture_ns
from av_fusion_ros.recognition.features import NS_PER_S
from av_fusion_ros.signals.pcm import PORTAUDIO_ENCODINGS, bytes_per_sample


class AudioMessageError(ValueError):
    """A sound message cannot be understood."""


@dataclass(frozen=True, slots=True)
class PcmFormat:
    """What a message does not say by itself; ``stamp_is`` is start or end."""

    sample_rate_hz: int
    channels: int
    encoding: str
    stamp_is: str = 'end'


@dataclass(frozen=True, slots=True)
class AudioBlock:
    """Interleaved little-endian samples; ``stamp_ns`` is the capture time of the last one.

    ``first_sample`` is None where the dialect does not number its samples.
    """

    data: bytes
    encoding: str
    channels: int
    sample_rate_hz: int
    stamp_ns: int
    frame_id: str = ''
    first_sample: int | None = None


Reader = Callable[[Any, PcmFormat, int], AudioBlock]

#: Array of mgonzs13's AudioData that holds samples of an encoding.
ARRAY_OF = {
    'F32LE': 'float32_data',
    'S32LE': 'int32_data',
    'S16LE': 'int16_data',
    'S8': 'int8_data',
    'U8': 'uint8_data',
}
#: AudioInfo.coding_format of ros-drivers; anything else is compressed sound.
UNCOMPRESSED = ('', 'wave', 'wav', 'raw', 'pcm')


def reader_of(type_name: str) -> Reader:
    """Return the function that turns a message of this type into a block.

    It takes the message, the format to assume and the time of arrival in nanoseconds, and raises
    AudioMessageError. Raises MessageTypeError when the type is not installed or not known.
    """
    name = full_name(type_name)
    fields = message_class(name).get_fields_and_field_types()
    if name == 'av_fusion_ros/msg/Audio':
        return _read_own
    if 'header' in fields and 'audio' in fields:
        inner = message_class(f'{name.split("/")[0]}/msg/AudioData')
        if name.endswith('/AudioStamped'):
            return _read_portaudio_stamped
        if 'data' in inner.get_fields_and_field_types():
            return _read_gstreamer_stamped
    elif fields == {'data': 'sequence<uint8>'}:
        return _read_gstreamer
    elif 'int16_data' in fields:
        return _read_portaudio
    raise MessageTypeError(
        f'{type_name} is no sound message that is understood here; its fields are '
        f'{sorted(fields)}. Accepted: av_fusion_ros/Audio, audio_common_msgs/AudioData, '
        'audio_common_msgs/AudioDataStamped, audio_common_msgs/AudioStamped'
    )


def has_capture_time(type_name: str) -> bool:
    """Tell whether messages of this type say when they were captured."""
    return 'header' in message_class(type_name).get_fields_and_field_types()


def format_from_info(info: Any, stamp_is: str) -> PcmFormat:
    """Return the format that an AudioInfo of ros-drivers states; raises AudioMessageError."""
    if info.coding_format.lower() not in UNCOMPRESSED:
        raise AudioMessageError(
            f'AudioInfo says coding_format {info.coding_format!r}; only uncompressed sound is '
            "understood: set the capturing node's format to wave"
        )
    return PcmFormat(
        int(info.sample_rate), int(info.channels), str(info.sample_format).upper(), stamp_is
    )


def _read_own(message: Any, assumed: PcmFormat, arrival_ns: int) -> AudioBlock:
    return AudioBlock(
        bytes(message.data),
        message.encoding,
        message.channels,
        message.sample_rate_hz,
        capture_ns(message.header.stamp),
        message.header.frame_id,
        message.first_sample,
    )


def _read_gstreamer(message: Any, assumed: PcmFormat, arrival_ns: int) -> AudioBlock:
    return _block(bytes(message.data), assumed, arrival_ns, '', 'end')


def _read_gstreamer_stamped(message: Any, assumed: PcmFormat, arrival_ns: int) -> AudioBlock:
    header = message.header
    data = bytes(message.audio.data)
    return _block(data, assumed, capture_ns(header.stamp), header.frame_id, assumed.stamp_is)


def _read_portaudio(message: Any, assumed: PcmFormat, arrival_ns: int) -> AudioBlock:
    for encoding, array in ARRAY_OF.items():
        samples = getattr(message, array)
        if len(samples):
            told = PcmFormat(assumed.sample_rate_hz, assumed.channels, encoding)
            return _block(samples.tobytes(), told, arrival_ns, '', 'end')
    raise AudioMessageError('AudioData holds no samples in any of its arrays')


def _read_portaudio_stamped(message: Any, assumed: PcmFormat, arrival_ns: int) -> AudioBlock:
    info = message.audio.info
    encoding = PORTAUDIO_ENCODINGS.get(info.format, '')
    if encoding not in ARRAY_OF:
        raise AudioMessageError(
            f"AudioInfo.format is {info.format}; accepted of PortAudio's formats: 1 (float32), "
            '2 (int32), 8 (int16), 16 (int8), 32 (uint8)'
        )
    data = getattr(message.audio.audio_data, ARRAY_OF[encoding]).tobytes()
    told = PcmFormat(info.rate, info.channels, encoding)
    header = message.header
    return _block(data, told, capture_ns(header.stamp), header.frame_id, assumed.stamp_is)


def _block(data: bytes, told: PcmFormat, stamp_ns: int, frame_id: str, stamp_is: str) -> AudioBlock:
    if stamp_is == 'start' and told.sample_rate_hz > 0 and told.channels > 0:
        width = bytes_per_sample(told.encoding) * told.channels
        frames = len(data) // width
        stamp_ns += max(0, frames - 1) * NS_PER_S // told.sample_rate_hz
    return AudioBlock(data, told.encoding, told.channels, told.sample_rate_hz, stamp_ns, frame_id)
