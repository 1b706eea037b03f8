# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Both packages called audio_common_msgs are understood, told apart by their fields."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from av_fusion_ros.msg import Audio
from av_fusion_ros.nodes.audio_messages import PcmFormat, has_capture_time, reader_of
from av_fusion_ros.nodes.message_types import MessageTypeError, message_class

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]


@pytest.fixture(scope='session')
def printed_by(audio_common_msgs):
    """`printed_by(dialect, script, ...)`: the JSON that a script prints where it is installed."""

    def run(dialect, script, *arguments):
        environment = audio_common_msgs(dialect)
        environment['PYTHONPATH'] = os.pathsep.join([str(ROOT), environment['PYTHONPATH']])
        environment.pop('_ROS_WHEELS_BOOTSTRAP_COMPLETE', None)
        done = subprocess.run(
            [sys.executable, str(FOLDER / script), *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


@pytest.mark.slow
def test_the_dialect_of_ros_drivers_takes_its_format_from_parameters_or_audio_info(printed_by):
    read = printed_by('ros_drivers', 'dialect_reader.py', 'ros_drivers')
    assert read['AudioData'] == {
        'rate': 8000,
        'channels': 2,
        'encoding': 'S16LE',
        'stamp_ns': 77_000_000_000,  # no stamp of its own: the time of arrival
        'frame_id': '',
        'samples': [0.5] * 4,
    }
    # Stamped with its first of four samples at 8 kHz: the last is 375 us later.
    assert read['AudioDataStamped']['stamp_ns'] == 5_000_375_000
    assert read['AudioDataStamped']['frame_id'] == 'mic'
    assert read['info'] == [44100, 1, 'F32LE']
    assert 'mp3' in read['refusal']


@pytest.mark.slow
def test_the_dialect_of_mgonzs13_states_its_format_in_every_message(printed_by):
    read = printed_by('mgonzs13', 'dialect_reader.py', 'mgonzs13')
    for encoding in ('F32LE', 'S32LE', 'S16LE', 'S8', 'U8'):
        block = read[encoding]
        assert (block['encoding'], block['rate'], block['channels']) == (encoding, 16000, 1)
        assert block['samples'] == [0.5] * 4
        assert block['stamp_ns'] == 5_000_187_500
    assert 'format is 4' in read['refusal']
    assert read['AudioData']['samples'] == [0.5] * 2  # two channels, as the parameters say


@pytest.mark.slow
@pytest.mark.parametrize(
    ('dialect', 'type_name'),
    [
        ('ros_drivers', 'audio_common_msgs/msg/AudioData'),
        ('ros_drivers', 'audio_common_msgs/msg/AudioDataStamped'),
        ('mgonzs13', 'audio_common_msgs/msg/AudioStamped'),
    ],
)
def test_the_node_finds_the_type_on_the_topic_and_hears_it(
    printed_by, checkpoint, dialect, type_name
):
    heard = printed_by(dialect, 'dialect_node.py', str(checkpoint), type_name)
    assert heard['refused'] == 0
    assert 27 <= heard['published'] <= 29  # 1.2 s
    assert heard['values']['audio_type'] == type_name
    assert heard['values']['format'] == '8000 Hz, 1 channels, S16LE'
    assert ('no capture time' in heard['message']) == type_name.endswith('AudioData')


def test_our_own_message_keeps_its_sample_numbers_and_stamp():
    message = Audio(sample_rate_hz=48000, channels=2, encoding='S16LE', first_sample=960)
    message.header.stamp.nanosec = 5
    message.data = bytes(8)
    block = reader_of('av_fusion_ros/msg/Audio')(message, PcmFormat(1, 1, ''), 99)
    assert (block.first_sample, block.stamp_ns, block.data) == (960, 5, bytes(8))
    assert has_capture_time('av_fusion_ros/Audio')


def test_a_type_that_is_no_sound_is_refused_with_what_is_accepted():
    with pytest.raises(MessageTypeError, match='audio_common_msgs/AudioStamped'):
        reader_of('sensor_msgs/msg/Image')


@pytest.mark.parametrize('name', ['nowhere_msgs/msg/Sound', 'Sound', 'std_msgs/msg/Nothing'])
def test_a_type_that_is_not_installed_is_named(name):
    with pytest.raises(MessageTypeError, match=name):
        message_class(name)
