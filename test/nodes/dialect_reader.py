# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Run by test_audio_dialects in an environment that holds one audio_common_msgs.

Prints what each message of the dialect is read as, as JSON.
"""

import array
import json
import struct
import sys

from av_fusion_ros.nodes.audio_messages import PcmFormat, format_from_info, reader_of
from av_fusion_ros.nodes.message_types import message_class
from av_fusion_ros.signals.pcm import decode_pcm

ASSUMED = PcmFormat(8000, 2, 'S16LE', 'start')
ARRIVAL_NS = 77_000_000_000
HALF = {'S16LE': 1 << 14, 'S32LE': 1 << 30, 'F32LE': 0.5, 'S8': 64, 'U8': 192}


def block(type_name, message):
    read = reader_of(type_name)(message, ASSUMED, ARRIVAL_NS)
    return {
        'rate': read.sample_rate_hz,
        'channels': read.channels,
        'encoding': read.encoding,
        'stamp_ns': read.stamp_ns,
        'frame_id': read.frame_id,
        'samples': decode_pcm(read.data, read.encoding, read.channels).tolist(),
    }


def ros_drivers():
    pcm = struct.pack('<8h', *[HALF['S16LE']] * 8)
    name = 'audio_common_msgs/msg/AudioData'
    data = message_class(name)(data=array.array('B', pcm))
    stamped = message_class('audio_common_msgs/msg/AudioDataStamped')(audio=data)
    stamped.header.stamp.sec = 5
    stamped.header.frame_id = 'mic'
    info = message_class('audio_common_msgs/msg/AudioInfo')
    told = format_from_info(
        info(channels=1, sample_rate=44100, sample_format='F32LE', coding_format='wave'), 'end'
    )
    try:
        format_from_info(info(coding_format='mp3'), 'end')
        refusal = ''
    except ValueError as error:
        refusal = str(error)
    return {
        'AudioData': block(name, data),
        'AudioDataStamped': block('audio_common_msgs/AudioDataStamped', stamped),
        'info': [told.sample_rate_hz, told.channels, told.encoding],
        'refusal': refusal,
    }


def mgonzs13():
    result = {}
    name = 'audio_common_msgs/msg/AudioStamped'
    for number, encoding, field, code in (
        (1, 'F32LE', 'float32_data', 'f'),
        (2, 'S32LE', 'int32_data', 'i'),
        (8, 'S16LE', 'int16_data', 'h'),
        (16, 'S8', 'int8_data', 'b'),
        (32, 'U8', 'uint8_data', 'B'),
    ):
        message = message_class(name)()
        message.header.stamp.sec = 5
        setattr(message.audio.audio_data, field, array.array(code, [HALF[encoding]] * 4))
        message.audio.info.format, message.audio.info.rate = number, 16000
        message.audio.info.channels = 1
        result[encoding] = block(name, message)
    message.audio.info.format = 4
    try:
        block(name, message)
        result['refusal'] = ''
    except ValueError as error:
        result['refusal'] = str(error)
    data = message_class('audio_common_msgs/msg/AudioData')()
    data.int16_data = array.array('h', [HALF['S16LE']] * 4)
    result['AudioData'] = block('audio_common_msgs/AudioData', data)
    return result


if __name__ == '__main__':
    print(json.dumps(globals()[sys.argv[1]]()))
