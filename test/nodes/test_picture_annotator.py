# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The annotator in this process: pictures in, annotated pictures out, over real DDS."""

import numpy as np
import pytest
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile
from sensor_msgs.msg import Image

from av_fusion_ros.msg import FaceFeatures, ModalityWeights, RecognizedCommand, VisualFeatures
from av_fusion_ros.nodes import qos
from av_fusion_ros.nodes.graph import FUSION, IMAGE, VISUAL_FEATURES
from av_fusion_ros.nodes.image_message import image_message
from av_fusion_ros.nodes.picture_annotator import PictureAnnotator
from av_fusion_ros.nodes.stamps import to_stamp
from av_fusion_ros.reporting.annotation import STRIP_PX

START_NS = 1_700_000_000_000_000_000
MS = 1_000_000
GREY = np.full((120, 160, 3), 120, np.uint8)


class Bench:
    """The annotator, its inputs, and what it publishes."""

    def __init__(self, executor, spin_until, **settings):
        self.executor, self.spin_until = executor, spin_until
        overrides = [Parameter(name, value=value) for name, value in settings.items()]
        self.node = PictureAnnotator(parameter_overrides=overrides)
        self.driver = Node('driver')
        for node in (self.node, self.driver):
            executor.add_node(node)
        self.got = []
        self._publishers = {
            topic.name: self.driver.create_publisher(kind, name, qos.source_profile(topic))
            for topic, name, kind in (
                (IMAGE, 'image', Image),
                (VISUAL_FEATURES, 'visual_features', VisualFeatures),
                (FUSION.topic('~/weights'), 'fusion/weights', ModalityWeights),
                (FUSION.topic('~/command'), 'fusion/command', RecognizedCommand),
            )
        }
        self.subscription = None
        assert self.node.trigger_configure() == TransitionCallbackReturn.SUCCESS
        assert self.node.trigger_activate() == TransitionCallbackReturn.SUCCESS
        spin_until(
            executor,
            lambda: all(p.get_subscription_count() for p in self._publishers.values()),
        )

    def look(self):
        """Subscribe to what it publishes."""
        self.subscription = self.driver.create_subscription(
            Image, 'annotated_image', self.got.append, QoSProfile(depth=50)
        )
        self.spin_until(self.executor, lambda: self.subscription.get_publisher_count() > 0)
        self.spin_until(self.executor, lambda: self.node._out.get_subscription_count() > 0)

    def send(self, name, message, at_ms):
        message.header.stamp = to_stamp(START_NS + at_ms * MS)
        self._publishers[name].publish(message)

    def picture(self, at_ms, picture=GREY, **fields):
        message = image_message(picture, 'bgr8')
        for field, value in fields.items():
            setattr(message, field, value)
        before = self.node.task.counted('received')
        self.send('image', message, at_ms)
        self.spin_until(self.executor, lambda: self.node.task.counted('received') > before)

    def heard(self, count):
        """The pictures published, once there are so many."""
        self.spin_until(self.executor, lambda: len(self.got) >= count)
        return [np.frombuffer(m.data, np.uint8).reshape(m.height, m.width, 3) for m in self.got]


@pytest.fixture
def bench(executor, spin_until):
    return lambda **settings: Bench(executor, spin_until, **settings)


def test_the_box_the_bars_and_the_words_are_in_the_picture_with_its_own_stamp(bench):
    b = bench(max_rate_hz=100.0)
    b.look()
    b.picture(0)
    box = np.array([40, 50, 30, 20], np.float32)
    b.send('~/weights', ModalityWeights(audio=0.5, visual=0.5), 40)
    b.send('visual_features', VisualFeatures(face_id=1, mouth_box=box), 40)
    words = RecognizedCommand()
    words.best.text = 'turn left'
    b.send('~/command', words, 40)
    known = lambda: {'weights', 'visual_features', 'command'} <= set(b.node._newest)  # noqa: E731
    b.spin_until(b.executor, known)
    b.picture(40)
    plain, drawn = b.heard(2)
    assert drawn.shape == (120 + STRIP_PX, 160, 3)
    assert (plain[:120] == 120).all()
    assert (drawn[50:70, 40:42] != 120).any(axis=(1, 2)).all()  # the box's left side
    assert (drawn[95:120, :60] != 120).any()  # the words
    assert (drawn[120:] != plain[120:]).any()
    assert [m.header.stamp for m in b.got] == [to_stamp(START_NS), to_stamp(START_NS + 40 * MS)]


def test_of_several_faces_the_one_that_is_read_stands_out(bench):
    b = bench(max_rate_hz=100.0)
    b.look()
    one, two = np.array([20, 50, 30, 20], np.float32), np.array([100, 50, 30, 20], np.float32)
    faces = VisualFeatures(face_id=1, mouth_box=one)
    faces.others = [FaceFeatures(face_id=2, mouth_box=two)]
    b.send('visual_features', faces, 0)
    b.send('~/weights', ModalityWeights(visual=1.0, face_id=2), 0)
    b.spin_until(b.executor, lambda: {'weights', 'visual_features'} <= set(b.node._newest))
    b.picture(0)
    drawn = b.heard(1)[0][:120].astype(int)
    colourful = np.ptp(drawn, axis=2) > 40
    assert colourful[50:70, 99:102].any(axis=1).all()  # the left side of the one that is read
    assert not colourful[50:70, :90].any()
    assert (drawn[50:70, 20] != 120).all()  # the other is there, in grey


def test_what_is_old_is_not_drawn(bench):
    b = bench()
    b.look()
    box = np.array([40, 50, 30, 20], np.float32)
    b.send('visual_features', VisualFeatures(face_id=1, mouth_box=box), 0)
    b.spin_until(b.executor, lambda: 'visual_features' in b.node._newest)
    b.picture(2000)
    assert (b.heard(1)[0][:120] == 120).all()


def test_nothing_is_drawn_while_nobody_looks(bench):
    b = bench()
    for k in range(3):
        b.picture(200 * k)
    assert b.node.task.counted('published') == 0


def test_the_rate_is_limited_by_the_stamps_and_a_loop_in_time_begins_anew(bench):
    b = bench(max_rate_hz=10.0)
    b.look()
    for k in range(11):
        b.picture(40 * k)
    assert b.node.task.counted('published') == 4  # at 0, 120, 240, 360 ms
    b.picture(0)
    assert b.node.task.counted('published') == 5


def test_a_picture_that_cannot_be_read_is_refused_and_the_next_one_shown(bench):
    b = bench(max_rate_hz=100.0)
    b.look()
    b.picture(0, encoding='nonsense')
    assert b.node.task.counted('refused') == 1
    b.picture(40)
    assert len(b.heard(1)) == 1


def test_a_box_that_cannot_be_drawn_costs_its_picture_and_not_the_node(bench, executor, spin_until):
    made = bench()
    made.look()
    absurd = VisualFeatures(face_id=1, mouth_box=np.full(4, 1e30, np.float32))
    made.send('visual_features', absurd, at_ms=0)
    spin_until(executor, lambda: made.node.task.counted('received') == 1)
    made.picture(at_ms=0)
    assert made.node.task.counted('failed') == 1
    made.picture(at_ms=2000)  # the face is too old to be drawn
    assert len(made.heard(1)) == 1
