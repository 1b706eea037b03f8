# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The visual encoder node in this process: good pictures, and every kind of bad ones."""

import cv2
import numpy as np
import pytest
from encoder_bench import MS, RELIABLE, START_NS, picture, stamped
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CompressedImage, Image

from av_fusion_ros.msg import VisualFeatures
from av_fusion_ros.nodes.diagnostics import ERROR, OK
from av_fusion_ros.nodes.image_message import image_message
from av_fusion_ros.nodes.inference_worker import InferenceWorker
from av_fusion_ros.nodes.stamps import to_stamp
from av_fusion_ros.nodes.visual_encoder import VisualEncoderNode


def test_thirty_pictures_a_second_become_25_ticks(eye):
    bench = eye().activate()
    frames = [picture(k) for k in range(30)]
    for k, frame in enumerate(frames):
        frame.header.stamp = to_stamp(START_NS + k * 1000 * MS // 30)
    bench.send('image', *frames)
    bench.settle()
    assert 24 <= len(bench.got) <= 25
    assert all(message.face_id == 0 for message in bench.got)
    assert all(len(message.embedding) == 0 for message in bench.got)
    assert {message.header.frame_id for message in bench.got} == {'cam'}
    assert all(0 <= message.quality <= 1 for message in bench.got)


def compressed(k, data=None):
    raw = np.frombuffer(picture(k).data, np.uint8).reshape(120, 160, 3)
    message = CompressedImage(format='jpeg')
    message.data = data if data is not None else cv2.imencode('.jpg', raw)[1].tobytes()
    message.header.stamp = to_stamp(START_NS + 40 * MS * k)
    return message


def test_compressed_pictures_are_seen_too(eye):
    bench = eye(image_transport='compressed')
    bench.driver.destroy_publisher(bench.inputs.pop('image'))
    bench.activate()
    bench.send('image/compressed', *(compressed(k) for k in range(10)))
    assert bench.counted('processed') == 10
    assert bench.counted('published') >= 9


def test_what_is_wrong_with_the_camera_is_told_in_the_features_and_in_diagnostics(eye):
    # Time stands still: on a busy machine the pictures would come late, and be STALE as well.
    bench = eye(use_sim_time=True).activate()
    dark = [picture(k) for k in range(20)]
    for k, frame in enumerate(dark):
        frame.data = np.random.default_rng(k).integers(0, 4, 120 * 160 * 3, np.uint8).tobytes()
    bench.send('image', *dark)
    bench.settle()
    assert bench.got[-1].health == VisualFeatures.HEALTH_DARK
    assert bench.got[-1].health_scores[VisualFeatures.HEALTH_DARK] > 0.9
    assert bench.got[-1].health_scores[VisualFeatures.HEALTH_NO_FACE] == 1
    assert bench.got[-1].health_scores[VisualFeatures.HEALTH_OK] < 0.1
    assert {v.key: v.value for v in bench.report().values}['camera'] == 'DARK'


def test_pictures_that_come_later_than_before_are_stale(eye):
    bench = eye(use_sim_time=True).activate()
    clock = bench.driver.create_publisher(Clock, '/clock', RELIABLE)
    for k in range(25):
        late_ns = 700 * MS if k >= 10 else 0
        arrival_ns = START_NS + 40 * MS * k + late_ns
        clock.publish(Clock(clock=to_stamp(arrival_ns)))
        now = bench.node.get_clock().now
        bench.spin_until(bench.executor, lambda n=arrival_ns, now=now: now().nanoseconds == n)
        bench.send('image', picture(k))
    bench.settle()
    assert bench.got[9].health != VisualFeatures.HEALTH_STALE
    assert bench.got[-1].health == VisualFeatures.HEALTH_STALE


def padded(k):
    message = picture(k)
    rows = np.frombuffer(message.data, np.uint8).reshape(120, 480)
    message.data = np.pad(rows, ((0, 0), (0, 7))).tobytes()
    message.step = 487
    return message


def big_endian(k):
    grey = np.random.default_rng(k).integers(0, 65535, (120, 160)).astype('>u2')
    message = image_message(grey, 'mono16')
    message.is_bigendian = 1
    message.header.stamp = to_stamp(START_NS + 40 * MS * k)
    return message


@pytest.mark.parametrize('made', [padded, big_endian], ids=['odd row step', 'big-endian'])
def test_an_unusual_layout_is_read_like_any_other(eye, made):
    bench = eye().activate()
    bench.send('image', *(made(k) for k in range(5)))
    assert (bench.counted('processed'), bench.counted('refused')) == (5, 0)


def changed(**fields):
    def made():
        message = picture(1)
        for name, value in fields.items():
            setattr(message, name, value)
        return message

    return made


@pytest.mark.parametrize(
    ('bad', 'told'),
    [
        (changed(encoding='bayer_nonsense'), 'bayer_nonsense'),
        (changed(height=0, width=0, step=0, data=b''), '0'),
        (changed(data=b'short'), '5'),
        (changed(step=7), '7'),
    ],
    ids=['encoding', 'empty', 'short', 'row step'],
)
def test_a_bad_picture_is_refused_by_name_and_the_next_is_seen(eye, bad, told):
    bench = eye().activate()
    bench.send('image', picture(0), bad(), *(picture(k) for k in range(2, 8)))
    assert bench.counted('refused') == 1
    assert bench.counted('processed') == 7
    report = bench.report()
    assert report.level == ERROR
    assert told in report.message


def test_a_broken_jpeg_is_refused_and_the_next_is_seen(eye):
    bench = eye(image_transport='compressed')
    bench.driver.destroy_publisher(bench.inputs.pop('image'))
    bench.activate()
    bench.send('image/compressed', compressed(0), compressed(1, b'no jpeg'), compressed(2))
    assert (bench.counted('processed'), bench.counted('refused')) == (2, 1)


def test_where_both_kinds_are_published_only_raw_pictures_are_decoded(eye, executor, spin_until):
    bench = eye()
    bench.node.trigger_configure()
    bench.node.trigger_activate()
    compressed_input = bench.inputs['image/compressed']
    spin_until(executor, lambda: compressed_input.get_subscription_count() == 0)
    spin_until(executor, lambda: bench.inputs['image'].get_subscription_count() == 1)
    bench.driver.destroy_publisher(bench.inputs['image'])
    spin_until(executor, lambda: compressed_input.get_subscription_count() == 1)


def test_an_absent_camera_is_told_and_a_late_one_is_seen(eye, executor, spin_until):
    bench = eye().activate()
    spin_until(executor, lambda: 'no picture' in bench.report().message)
    bench.send('image', *(picture(k) for k in range(3)))
    assert bench.report().level == OK


BEST_EFFORT = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)


@pytest.fixture
def mismatched(executor, spin_until, checkpoint):
    """An encoder that wants reliable pictures, a camera that promises none, and its publisher."""
    overrides = {
        'qos_overrides./image.subscription.reliability': 'reliable',
        'model_path': str(checkpoint),
    }
    node = VisualEncoderNode(
        worker=InferenceWorker(inline=True),
        parameter_overrides=[Parameter(k, value=v) for k, v in overrides.items()],
    )
    executor.add_node(node)
    node.trigger_configure()
    node.trigger_activate()
    camera = Node('camera')
    executor.add_node(camera)
    publisher = camera.create_publisher(Image, 'image', BEST_EFFORT)
    spin_until(executor, lambda: node.task.counted('incompatible_publishers') == 1)
    return node, camera, publisher


def test_an_incompatible_publisher_is_told_with_the_policy(mismatched):
    node, _, _ = mismatched
    report = node.task.report('n', 'h')
    assert report.level == ERROR
    assert 'reliability' in report.message


def test_when_the_incompatible_publisher_is_gone_its_fault_is_too(mismatched, executor, spin_until):
    node, camera, publisher = mismatched
    assert 'incompatible' in node.task.report('n', 'h').message
    assert 'incompatible' in node.task.report('n', 'h').message  # it lasts as long as that is there
    camera.destroy_publisher(publisher)
    spin_until(executor, lambda: 'incompatible' not in node.task.report('n', 'h').message)
    camera.create_publisher(Image, 'image', BEST_EFFORT)
    spin_until(executor, lambda: node.task.counted('incompatible_publishers') == 2)
    node.trigger_deactivate()
    assert 'incompatible' not in node.task.report('n', 'h').message


def test_stamps_of_pictures_that_stand_still_are_told(eye):
    bench = eye().activate()
    bench.send('image', picture(0))
    bench.send('image', *(stamped(picture(k), START_NS) for k in range(9)))
    assert bench.report().level == OK
    bench.send('image', stamped(picture(9), START_NS))
    report = bench.report()
    assert report.level == ERROR
    assert '10 pictures in a row' in report.message
    assert {v.key: v.value for v in report.values}['frames_duplicate'] == '10'
    bench.send('image', *(picture(k) for k in range(1, 5)))
    bench.settle()
    assert [message.sequence for message in bench.got] == [0, 1, 2, 3, 4]


def test_of_both_kinds_under_other_names_only_raw_pictures_are_decoded(
    executor, spin_until, checkpoint
):
    renamed = ['-r', 'image:=/cam/raw', '-r', 'image/compressed:=/cam/raw/compressed']
    node = VisualEncoderNode(
        worker=InferenceWorker(inline=True),
        cli_args=['--ros-args', *renamed],
        parameter_overrides=[Parameter('model_path', value=str(checkpoint))],
    )
    camera = Node('camera')
    executor.add_node(node)
    executor.add_node(camera)
    raw = camera.create_publisher(Image, '/cam/raw', RELIABLE)
    packed = camera.create_publisher(CompressedImage, '/cam/raw/compressed', RELIABLE)
    node.trigger_configure()
    node.trigger_activate()
    spin_until(executor, lambda: raw.get_subscription_count() == 1)
    spin_until(executor, lambda: packed.get_subscription_count() == 0)
    camera.destroy_publisher(raw)
    spin_until(executor, lambda: packed.get_subscription_count() == 1)
