# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The player and the recorder, as nodes."""

import pytest
from bags import write_bag
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.node import Node
from rclpy.parameter import Parameter
from rosbags.rosbag2 import StoragePlugin, Writer
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import Image
from std_msgs.msg import String

from av_fusion_ros.generation.bag_types import bag_types
from av_fusion_ros.msg import Audio, ModalityWeights, V2xVisual
from av_fusion_ros.nodes.media_file import open_recording
from av_fusion_ros.nodes.media_player import MediaPlayer
from av_fusion_ros.nodes.playback import Playback
from av_fusion_ros.nodes.recording import RecordingError
from av_fusion_ros.nodes.stamps import to_ns, to_stamp
from av_fusion_ros.reporting.bag_reader import read_run
from av_fusion_ros.reporting.errors import ReportError

SUCCESS, FAILURE = TransitionCallbackReturn.SUCCESS, TransitionCallbackReturn.FAILURE
START_NS = 1_700_000_000_000_000_000
MS = 1_000_000


def sensor_rows(blocks=30):
    rows = []
    for k in range(blocks):
        t_ns = START_NS + 20 * MS * k
        sound = Audio(sample_rate_hz=16000, channels=1, encoding='S16LE', first_sample=320 * k)
        sound.header.stamp = to_stamp(t_ns)
        sound.data = bytes([k] * 640)
        rows.append(('/audio', 'av_fusion_ros/msg/Audio', t_ns, sound))
        picture = Image(height=2, width=2, step=6, encoding='bgr8', data=bytes([k] * 12))
        picture.header.stamp = to_stamp(t_ns)
        rows.append(('/image', 'sensor_msgs/msg/Image', t_ns, picture))
    return rows


def player(executor, path, **settings):
    settings = {
        'path': str(path),
        'rate': 50.0,
        'wait_for_subscribers_s': 10.0,
        'settle_s': 0.0,
    } | settings
    node = MediaPlayer(parameter_overrides=[Parameter(k, value=v) for k, v in settings.items()])
    executor.add_node(node)
    return node


@pytest.fixture
def listener(executor):
    node = Node('listener')
    executor.add_node(node)
    node.heard = {'/audio': [], '/image': [], '/clock': []}
    for topic, kind in (('/audio', Audio), ('/image', Image), ('/clock', Clock)):
        node.create_subscription(kind, topic, node.heard[topic].append, 1000)
    return node


@pytest.mark.parametrize('storage', ['sqlite3', 'mcap'])
def test_every_message_of_a_bag_is_played_unchanged_with_its_clock(
    executor, listener, spin_until, tmp_path, storage
):
    rows = sensor_rows()
    node = player(executor, write_bag(tmp_path / 'bag', storage, rows), publish_clock=True)
    assert node.trigger_configure() == SUCCESS
    assert node.trigger_activate() == SUCCESS
    spin_until(executor, lambda: len(listener.heard['/audio']) == 30)
    spin_until(executor, lambda: len(listener.heard['/image']) == 30)
    assert listener.heard['/audio'] == [row[3] for row in rows if row[0] == '/audio']
    assert listener.heard['/image'] == [row[3] for row in rows if row[0] == '/image']
    ticks = [to_ns(tick.clock) for tick in listener.heard['/clock']]
    assert ticks == sorted(ticks)
    assert START_NS <= ticks[0] < START_NS + 580 * MS
    assert node.task.counted('sent') == 60


def test_a_looping_player_begins_again_and_its_clock_jumps_back(
    executor, listener, spin_until, tmp_path
):
    bag = write_bag(tmp_path / 'bag', 'sqlite3', sensor_rows(5))
    node = player(executor, bag, publish_clock=True, loop=True)
    node.trigger_configure()
    node.trigger_activate()
    spin_until(executor, lambda: len(listener.heard['/audio']) >= 12)
    numbers = [message.first_sample // 320 for message in listener.heard['/audio'][:12]]
    assert numbers == [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1]
    assert node.trigger_deactivate() == SUCCESS


def test_recorded_results_are_not_played_over_those_of_the_running_graph(executor, tmp_path):
    rows = [
        *sensor_rows(2),
        ('/fusion/weights', 'av_fusion_ros/msg/ModalityWeights', START_NS, ModalityWeights()),
        ('/v2x/visual', 'av_fusion_ros/msg/V2xVisual', START_NS, V2xVisual()),
    ]
    node = player(executor, write_bag(tmp_path / 'bag', 'mcap', rows))
    node.trigger_configure()
    topics = {publisher.topic_name for publisher in node.publishers}
    assert {'/audio', '/image', '/v2x/visual'} <= topics  # what came over the air is no result
    assert '/fusion/weights' not in topics


@pytest.mark.parametrize('path', ['', '/nowhere/bag'])
def test_a_missing_recording_fails_configure_and_the_node_can_try_again(executor, tmp_path, path):
    node = player(executor, path)
    assert node.trigger_configure() == FAILURE
    assert 'configure failed' in node.task.report('n', 'h').message
    bag = write_bag(tmp_path / 'bag', 'mcap', sensor_rows(2))
    node.set_parameters([Parameter('path', value=str(bag))])
    assert node.trigger_configure() == SUCCESS


def test_a_parameter_out_of_range_is_refused_with_the_reason(executor):
    node = player(executor, '/nowhere')
    result = node.set_parameters([Parameter('rate', value=0.0)])[0]
    assert not result.successful
    assert 'rate' in result.reason


def test_what_configure_reads_is_refused_later_with_the_way_to_change_it(executor, tmp_path):
    node = player(executor, write_bag(tmp_path / 'bag', 'mcap', sensor_rows(2)))
    node.trigger_configure()
    result = node.set_parameters([Parameter('path', value='/elsewhere')])[0]
    assert not result.successful
    assert 'clean the node up' in result.reason


def test_a_topic_that_ros_has_no_room_for_is_skipped_and_the_others_are_played(
    executor, spin_until, tmp_path
):
    rows = [*sensor_rows(5), ('/a-b c', 'std_msgs/msg/String', START_NS, String(data='x'))]
    node = player(executor, write_bag(tmp_path / 'bag', 'mcap', rows), wait_for_subscribers_s=0.0)
    assert node.trigger_configure() == SUCCESS
    assert '/a-b c skipped' in node.task.report('n', 'h').message
    assert node.trigger_activate() == SUCCESS
    spin_until(executor, node.finished.is_set)
    assert node.task.counted('sent') == 10


@pytest.mark.parametrize('loop', [False, True])
def test_a_recording_without_a_message_ends_with_the_reason(executor, spin_until, tmp_path, loop):
    with Writer(tmp_path / 'bag', version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        writer.add_connection('/image', 'sensor_msgs/msg/Image', typestore=bag_types())
    node = player(executor, tmp_path / 'bag', wait_for_subscribers_s=0.0, loop=loop)
    assert (node.trigger_configure(), node.trigger_activate()) == (SUCCESS, SUCCESS)
    spin_until(executor, node.finished.is_set)
    assert 'holds no message' in node.failure
    assert 'holds no message' in node.task.report('n', 'h').message


def test_a_loop_of_one_message_does_not_flood_the_graph(
    executor, listener, spin_until, tmp_path, monkeypatch
):
    waits = []
    wait = Playback.wait
    monkeypatch.setattr(Playback, 'wait', lambda self, s: waits.append(s) or wait(self, s))
    bag = write_bag(tmp_path / 'bag', 'mcap', sensor_rows(1)[:1])
    node = player(executor, bag, loop=True, rate=1.0)
    assert (node.trigger_configure(), node.trigger_activate()) == (SUCCESS, SUCCESS)
    spin_until(executor, lambda: len(listener.heard['/audio']) >= 3)
    assert node.trigger_deactivate() == SUCCESS
    assert sum(0.01 < seconds <= 0.04 for seconds in waits) >= 2


@pytest.mark.parametrize('file', ['metadata.yaml', 'bag.mcap', 'bag.db3'])
@pytest.mark.parametrize(
    'damage', [b'', b'\x00\xff\xfe', b'[' * 3000], ids=['empty', 'bytes', 'deep']
)
def test_a_damaged_bag_is_refused_by_name(tmp_path, file, damage):
    bag = write_bag(tmp_path / 'bag', 'sqlite3' if '.db3' in file else 'mcap', sensor_rows(5))
    (bag / file).write_bytes(damage)
    with pytest.raises(RecordingError, match='cannot be read as a rosbag2 folder'):
        open_recording(bag)
    with pytest.raises(ReportError, match='cannot be read as a bag'):
        read_run([bag])
