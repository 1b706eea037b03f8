# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The recorder: what the graph publishes, as a bag that can be read."""

import resource

import pytest
from rclpy.node import Node
from rclpy.parameter import Parameter
from rosbags.rosbag2 import Reader
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import Image

from av_fusion_ros.generation.bag_types import bag_types
from av_fusion_ros.msg import RecognizedCommand
from av_fusion_ros.nodes import result_recorder
from av_fusion_ros.nodes.graph import VISUAL_ENCODER
from av_fusion_ros.nodes.qos import profile
from av_fusion_ros.nodes.result_recorder import (
    RecordError,
    ResultRecorder,
    all_topics,
    result_topics,
)
from av_fusion_ros.nodes.stamps import to_stamp


@pytest.fixture
def files_of_64_kib():
    """No file of this process grows beyond 64 KiB: writing fails as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize('storage', ['sqlite3', 'mcap'])
def test_recorded_results_read_back_as_they_were_published(executor, spin_until, tmp_path, storage):
    source, sink = Node('source'), Node('sink')
    executor.add_node(source)
    executor.add_node(sink)
    recorder = ResultRecorder(sink, tmp_path / 'out', storage=storage, topics=result_topics())
    publisher = source.create_publisher(RecognizedCommand, 'fusion/command', 10)
    spin_until(executor, lambda: publisher.get_subscription_count() == 1)
    for k in range(3):
        command = RecognizedCommand(latency_s=float(k))
        command.best.text = f'stop {k}'
        publisher.publish(command)
    spin_until(executor, lambda: recorder.counts['/fusion/command'] == 3)
    recorder.close()
    store = bag_types()
    with Reader(tmp_path / 'out') as reader:
        assert {c.topic for c in reader.connections} == set(recorder.counts)
        read = [store.deserialize_cdr(data, c.msgtype) for c, _, data in reader.messages()]
        schemas = {c.topic: c.msgtype for c in reader.connections}
    assert [message.best.text for message in read] == ['stop 0', 'stop 1', 'stop 2']
    assert schemas['/fusion/mode'] == 'av_fusion_ros/msg/FusionMode'


def test_pictures_of_a_best_effort_driver_are_recorded_too(executor, spin_until, tmp_path):
    source, sink = Node('source'), Node('sink')
    executor.add_node(source)
    executor.add_node(sink)
    recorder = ResultRecorder(sink, tmp_path / 'out', topics=all_topics())
    publisher = source.create_publisher(Image, 'image', profile(VISUAL_ENCODER.topic('image')))
    spin_until(executor, lambda: publisher.get_subscription_count() == 1)
    publisher.publish(Image())
    spin_until(executor, lambda: recorder.counts['/image'] == 1)
    recorder.close()


def test_an_existing_folder_is_not_recorded_over(executor, tmp_path):
    node = Node('sink')
    executor.add_node(node)
    with pytest.raises(RecordError, match='exists'):
        ResultRecorder(node, tmp_path, topics=result_topics())


@pytest.mark.parametrize('storage', ['sqlite3', 'mcap'])
@pytest.mark.usefixtures('files_of_64_kib')
def test_a_disk_that_is_full_ends_the_recording_with_what_was_lost(
    executor, spin_until, tmp_path, storage
):
    source, sink = Node('source'), Node('sink')
    executor.add_node(source)
    executor.add_node(sink)
    recorder = ResultRecorder(sink, tmp_path / 'out', storage=storage, topics=all_topics())
    publisher = source.create_publisher(Image, 'image', profile(VISUAL_ENCODER.topic('image')))
    spin_until(executor, lambda: publisher.get_subscription_count() == 1)
    picture = Image(height=640, width=640, step=640, encoding='mono8')
    picture.data = bytes(range(256)) * 1600

    def record_four_pictures():
        for _ in range(4):
            publisher.publish(picture)
            executor.spin_once(timeout_sec=5.0)
        recorder.close()

    with pytest.raises(RecordError, match=r'broke off after \d+ messages'):
        record_four_pictures()
    recorder.close()


def test_what_comes_before_simulated_time_does_not_fill_the_memory(
    executor, spin_until, tmp_path, monkeypatch
):
    monkeypatch.setattr(result_recorder, 'MOST_WAITING_BYTES', 1000)
    source = Node('source')
    sink = Node('sink', parameter_overrides=[Parameter('use_sim_time', value=True)])
    executor.add_node(source)
    executor.add_node(sink)
    recorder = ResultRecorder(sink, tmp_path / 'out', topics=result_topics())
    publisher = source.create_publisher(RecognizedCommand, 'fusion/command', 10)
    clock = source.create_publisher(Clock, '/clock', 10)
    spin_until(executor, lambda: publisher.get_subscription_count() == 1)
    spin_until(executor, lambda: clock.get_subscription_count() >= 1)
    command = RecognizedCommand()
    command.best.text = 600 * 'a'
    for _ in range(3):
        publisher.publish(command)
    spin_until(executor, lambda: recorder.left_out == 1)
    clock.publish(Clock(clock=to_stamp(5_000_000_000)))
    spin_until(executor, lambda: sink.get_clock().now().nanoseconds > 0)
    publisher.publish(command)
    spin_until(executor, lambda: recorder.counts['/fusion/command'] == 3)
    recorder.close()
