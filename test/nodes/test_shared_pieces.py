# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Times, diagnostics, QoS, recordings."""

import cv2
import numpy as np
import pytest
import soundfile
from builtin_interfaces.msg import Time

from av_fusion_ros.nodes import graph
from av_fusion_ros.nodes.diagnostics import ERROR, HELD_REPORTS, OK, WARN, Task
from av_fusion_ros.nodes.image_message import image_message
from av_fusion_ros.nodes.media_file import open_recording
from av_fusion_ros.nodes.qos import policy_name, profile
from av_fusion_ros.nodes.recording import RecordingError
from av_fusion_ros.nodes.seldom import Seldom
from av_fusion_ros.nodes.stamps import shifted_ns, to_ns, to_stamp


@pytest.mark.parametrize('ns', [0, 1, 999_999_999, 1_000_000_000, 1_792_000_000_123_456_789])
def test_a_time_survives_the_way_to_a_stamp_and_back(ns):
    assert to_ns(to_stamp(ns)) == ns


def test_a_time_before_1970_becomes_zero_and_an_offset_is_in_seconds():
    assert to_stamp(-5) == Time()
    assert shifted_ns(2_000_000_000, -0.25) == 1_750_000_000


def levels(task, reports):
    return [task.report('n', 'h').level for _ in range(reports)]


def test_a_passing_fault_is_shown_in_several_reports_and_then_lapses():
    task = Task('input')
    task.passing_fault('encoding', ERROR, 'wrong encoding')
    assert levels(task, HELD_REPORTS + 1) == [ERROR] * HELD_REPORTS + [OK]


def test_a_lasting_fault_stays_until_cleared_and_the_worst_gives_the_level():
    task = Task('input')
    task.lasting_fault('model', ERROR, 'no model')
    task.passing_fault('slow', WARN, 'slow')
    report = task.report('n', 'h')
    assert report.level == ERROR
    assert report.message == 'no model; slow'
    assert set(levels(task, 20)) == {ERROR}
    task.clear('model')
    assert levels(task, 1) == [OK]


def test_a_report_names_the_node_and_lists_counters_and_values():
    task = Task('hears')
    task.declare_counters('received')
    task.count('refused', 3)
    task.value('rate', 16000)
    report = task.report('robot/audio_encoder', 'av_fusion_ros')
    assert report.name == 'robot/audio_encoder: hears'
    assert {each.key: each.value for each in report.values} == {
        'received': '0',
        'refused': '3',
        'rate': '16000',
    }


def test_sensors_are_best_effort_states_latched_and_the_rest_reliable():
    kinds = {
        topic.qos: (profile(topic).reliability.name, profile(topic).durability.name)
        for topic in graph.topics_of_graph().values()
    }
    assert kinds == {
        graph.SENSOR: ('BEST_EFFORT', 'VOLATILE'),
        graph.STREAM: ('RELIABLE', 'VOLATILE'),
        graph.EVENT: ('RELIABLE', 'VOLATILE'),
        graph.STATE: ('RELIABLE', 'TRANSIENT_LOCAL'),
    }


def test_an_incompatible_policy_is_named_as_people_write_it():
    from rclpy.qos import QoSPolicyKind

    assert policy_name(QoSPolicyKind.RELIABILITY) == 'reliability'


def test_a_picture_message_holds_its_bytes_and_row_step():
    picture = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)
    message = image_message(picture[:, ::2], 'bgr8')  # not contiguous
    assert (message.height, message.width, message.step) == (4, 3, 9)
    assert bytes(message.data) == picture[:, ::2].tobytes()


def test_a_sound_file_becomes_unbroken_blocks_stamped_with_their_last_sample(tmp_path):
    sound = np.linspace(-0.5, 0.5, 8000 * 2).reshape(-1, 2)
    soundfile.write(tmp_path / 'a.wav', sound, 8000, subtype='PCM_16')
    due = list(open_recording(tmp_path / 'a.wav', audio_block_s=0.03).messages(10**9))
    assert [d.payload.first_sample for d in due] == [240 * k for k in range(34)]
    assert sum(len(d.payload.data) for d in due) == 8000 * 4
    last = due[-1].payload
    assert to_ns(last.header.stamp) == due[-1].t_ns == 10**9 + 7999 * 125_000
    assert (last.sample_rate_hz, last.channels, last.encoding) == (8000, 2, 'S16LE')
    whole = np.frombuffer(b''.join(bytes(d.payload.data) for d in due), '<i2').reshape(-1, 2)
    assert np.abs(whole / 32768 - sound).max() < 1e-4


def test_a_video_plays_pictures_and_the_sound_beside_it_in_order_of_time(tmp_path):
    writer = cv2.VideoWriter(
        str(tmp_path / 'v.avi'), cv2.VideoWriter.fourcc(*'MJPG'), 25.0, (64, 48)
    )
    for k in range(25):
        writer.write(np.full((48, 64, 3), 10 * k, np.uint8))
    writer.release()
    soundfile.write(tmp_path / 'v.wav', np.zeros(16000), 16000)
    recording = open_recording(tmp_path / 'v.avi')
    assert [channel.topic for channel in recording.channels] == ['image', 'audio']
    due = list(recording.messages(0))
    assert [d.t_ns for d in due] == sorted(d.t_ns for d in due)
    pictures = [d for d in due if d.channel.topic == 'image']
    assert [d.t_ns for d in pictures] == [40_000_000 * k for k in range(25)]
    assert abs(int(pictures[20].payload.data[0]) - 200) < 6
    assert len(due) - len(pictures) == 50


@pytest.mark.parametrize('name', ['absent.wav', 'notes.txt', 'broken.wav', 'damaged.mp4', 'empty'])
def test_what_cannot_be_played_is_refused_by_name(tmp_path, name):
    (tmp_path / 'empty').mkdir()
    for file in ('notes.txt', 'broken.wav', 'damaged.mp4'):
        (tmp_path / file).write_bytes(b'no media at all')
    with pytest.raises(RecordingError, match=name):
        open_recording(tmp_path / name)


def test_what_happens_often_is_said_at_intervals_each_by_itself():
    now_s = [100.0]
    seldom = Seldom(5.0, lambda: now_s[0])
    said = []
    for now_s[0] in (100.0, 100.1, 104.9, 105.0, 109.0):
        said += [(name, now_s[0]) for name in ('refused',) if seldom.due(name)]
    assert said == [('refused', 100.0), ('refused', 105.0)]
    assert seldom.due('failed')
