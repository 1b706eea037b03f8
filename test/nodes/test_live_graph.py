# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What `av-fusion doctor` sees of running nodes, over real DDS."""

import gc

import pytest
from rclpy.context import Context
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image
from std_msgs.msg import String

from av_fusion_ros.cli.finding import FAILED, PASSED, WARNING
from av_fusion_ros.cli.graph_checks import check_graph
from av_fusion_ros.cli.live_graph import Link, LiveGraph, observe
from av_fusion_ros.msg import ModalityWeights
from av_fusion_ros.nodes.picture_annotator import PictureAnnotator
from av_fusion_ros.nodes.stamps import to_ns, to_stamp

WAIT_S = 0.5
NS_PER_S = 1_000_000_000


@pytest.fixture
def look(executor):
    """`look()`: what the doctor sees."""
    gc.collect()  # what is left of the nodes of the test before would be seen as well
    doctor = Node('doctor')
    executor.add_node(doctor)
    return lambda: observe(doctor, executor, WAIT_S)


@pytest.fixture
def annotator(executor):
    """`annotator(**settings)`: our cheapest node, active."""

    def start(**settings):
        overrides = [Parameter(name, value=value) for name, value in settings.items()]
        node = PictureAnnotator(parameter_overrides=overrides)
        executor.add_node(node)
        node.trigger_configure()
        node.trigger_activate()
        return node

    return start


def test_nothing_running_is_no_failure(look):
    found = check_graph(look())
    assert list(found) == ['graph']
    assert found['graph'].state == PASSED


@pytest.fixture
def camera(executor):
    """`camera(late_s)`: pictures on `image` that are stamped so long ago."""

    def start(late_s):
        node = Node('camera')
        executor.add_node(node)
        pictures = node.create_publisher(Image, 'image', 1)

        def publish():
            message = Image()
            now_ns = to_ns(node.get_clock().now().to_msg())
            message.header.stamp = to_stamp(now_ns - round(late_s * NS_PER_S))
            pictures.publish(message)

        node.create_timer(0.05, publish)

    return start


def test_a_sound_graph_passes(look, annotator, camera):
    annotator()
    camera(0.0)
    graph = look()
    assert graph.states == {'/picture_annotator': 'active'}
    assert graph.simulated == {'/picture_annotator': False}
    assert 0 <= graph.age_s['/image'] < 0.5
    assert {finding.state for finding in check_graph(graph).values()} == {PASSED}


@pytest.mark.parametrize(('late_s', 'told'), [(7.0, '7.0 s old'), (-3.0, '3.0 s ahead')])
def test_stamps_of_another_clock_fail(look, annotator, camera, late_s, told):
    annotator()
    camera(late_s)
    finding = check_graph(look())['stamps']
    assert finding.state == FAILED
    assert finding.found == f'/image: {told}'


def test_a_publisher_that_cannot_reach_us_fails_with_the_policy(look, annotator, executor):
    annotator()
    other = Node('careless')
    executor.add_node(other)
    profile = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
    other.create_publisher(ModalityWeights, 'fusion/weights', profile)
    finding = check_graph(look())['QoS']
    assert finding.state == FAILED
    assert '/careless' in finding.found
    assert 'Best effort publisher' in finding.found
    assert 'qos_overrides' in finding.mend


def test_a_publisher_of_another_type_fails_with_both_types(look, annotator, ros):
    import rclpy

    annotator()
    context = Context()
    rclpy.init(context=context)
    other = Node('driver', context=context)  # a participant has one type for a topic
    other.create_publisher(String, 'image', 1)
    finding = check_graph(look())['QoS']
    other.destroy_node()
    rclpy.shutdown(context=context)
    assert finding.state == FAILED
    assert 'std_msgs/msg/String, not sensor_msgs/msg/Image' in finding.found


def test_simulated_time_without_a_clock_fails(look, annotator):
    annotator(use_sim_time=True)
    finding = check_graph(look())['clock']
    assert finding.state == FAILED
    assert 'nobody publishes /clock' in finding.found


def test_a_node_that_rests_fails_with_its_state(look, executor):
    executor.add_node(PictureAnnotator())
    finding = check_graph(look())['nodes']
    assert finding.state == FAILED
    assert finding.found == '/picture_annotator is unconfigured'


def graph(**values):
    return LiveGraph(states={'/r/audio_encoder': 'active', '/r/fusion': 'active'}, **values)


@pytest.mark.parametrize(
    ('check', 'seen', 'state', 'told'),
    [
        ('nodes', {'twice': ['/r/fusion']}, FAILED, 'running twice: /r/fusion'),
        ('clock', {'simulated': {'/a': True, '/b': False}}, FAILED, 'only in /a'),
        ('clock', {'simulated': {'/a': False}, 'clock_publishers': 1}, WARNING, 'no node uses it'),
        ('clock', {'simulated': {'/a': True}, 'clock_publishers': 2}, FAILED, '2 publish /clock'),
        ('clock', {'simulated': {'/a': True}, 'clock_publishers': 1}, PASSED, '/clock'),
        (
            'clock',
            {'simulated': {'/a': True, '/media_player': False}, 'clock_publishers': 1},
            PASSED,
            '/clock',
        ),
        (
            'inputs',
            {'links': [Link('/r/audio', '/r/audio_encoder', True, ['x'], 0)]},
            WARNING,
            'sound: nobody publishes /r/audio',
        ),
        (
            'inputs',
            {'links': [Link('/r/audio', '/r/audio_encoder', True, ['x'], 1)]},
            PASSED,
            'published',
        ),
    ],
)
def test_what_is_made_of_it(check, seen, state, told):
    finding = check_graph(graph(**seen))[check]
    assert finding.state == state
    assert told in finding.found
    assert bool(finding.mend) == (state != PASSED)
