# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""An encoder node under test, and the sound and pictures that it is sent."""

import numpy as np
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile, ReliabilityPolicy

from av_fusion_ros.msg import Audio
from av_fusion_ros.nodes.image_message import image_message
from av_fusion_ros.nodes.inference_worker import InferenceWorker
from av_fusion_ros.nodes.stamps import to_stamp

SUCCESS, FAILURE = TransitionCallbackReturn.SUCCESS, TransitionCallbackReturn.FAILURE
START_NS = 1_700_000_000_000_000_000
MS = 1_000_000
RELIABLE = QoSProfile(depth=500, reliability=ReliabilityPolicy.RELIABLE)


class Bench:
    """A node under test, its input publishers, and what it publishes."""

    def __init__(self, executor, spin_until, kind, inputs, output, **settings):
        self.executor, self.spin_until = executor, spin_until
        overrides = [Parameter(name, value=value) for name, value in settings.items()]
        self.node = kind(worker=InferenceWorker(inline=True), parameter_overrides=overrides)
        self.driver = Node('driver')
        for node in (self.node, self.driver):
            executor.add_node(node)
        self.inputs = {
            topic: self.driver.create_publisher(message, topic, RELIABLE)
            for topic, message in inputs.items()
        }
        self.got = []
        self.subscription = self.driver.create_subscription(
            output[1], output[0], self.got.append, RELIABLE
        )

    def activate(self):
        assert self.node.trigger_configure() == SUCCESS
        assert self.node.trigger_activate() == SUCCESS
        for publisher in self.inputs.values():
            self.spin_until(self.executor, lambda p=publisher: p.get_subscription_count() == 1)
        features = self.driver.count_publishers
        self.spin_until(self.executor, lambda: features(self.subscription.topic_name) == 1)
        return self

    def send(self, topic, *messages):
        """Send one by one, each when the one before was received: sensor queues are short."""
        before = self.counted('received')
        for sent, message in enumerate(messages, start=1):
            self.inputs[topic].publish(message)
            self.spin_until(self.executor, lambda n=sent: self.counted('received') == before + n)

    def settle(self):
        """Wait until all that was published has arrived here."""
        self.spin_until(self.executor, lambda: len(self.got) == self.counted('published'))

    def counted(self, name):
        return self.node.task.counted(name)

    def report(self):
        return self.node.task.report('node', 'here')


def sound(k, rate=16000, encoding='S16LE', channels=1, start_ns=START_NS, data=None):
    """Block k of 20 ms."""
    frames = rate // 50
    message = Audio(sample_rate_hz=rate, channels=channels, encoding=encoding)
    message.first_sample = k * frames
    message.header.stamp = to_stamp(start_ns + 20 * MS * (k + 1))
    message.header.frame_id = 'mic'
    noise = np.random.default_rng(k).normal(0, 0.1, frames * channels)
    message.data = data or (noise * 32767).astype('<i2').tobytes()
    return message


def picture(k, start_ns=START_NS, size=(120, 160)):
    grey = np.random.default_rng(k).integers(60, 190, (*size, 3), dtype=np.uint8)
    message = image_message(grey, 'bgr8')
    message.header.stamp = to_stamp(start_ns + 40 * MS * k)
    message.header.frame_id = 'cam'
    return message


def stamped(message, stamp_ns):
    message.header.stamp = to_stamp(stamp_ns)
    return message
