# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Run by test_audio_dialects: the encoder node beside a driver of another dialect.

python3 dialect_node.py CHECKPOINT TYPE; prints what the node made of a second of it, as JSON.
"""

import array
import json
import sys
import time

import rclpy
from builtin_interfaces.msg import Time
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile
from rosgraph_msgs.msg import Clock

from av_fusion_ros.nodes.audio_encoder import AudioEncoderNode
from av_fusion_ros.nodes.inference_worker import InferenceWorker
from av_fusion_ros.nodes.message_types import message_class

LIMIT_S = 30.0
RATE_HZ, BLOCK, BLOCKS = 8000, 160, 60


def filled(type_name: str, k: int) -> object:
    """Block k of a dialect's message."""
    message = message_class(type_name)()
    samples = array.array('h', [1000 * (-1) ** n for n in range(BLOCK)])
    if hasattr(message, 'header'):
        message.header.stamp.sec, message.header.stamp.nanosec = 100 + k // 50, k % 50 * 20_000_000
    if type_name.endswith('AudioStamped'):
        message.audio.info.format, message.audio.info.rate = 8, RATE_HZ
        message.audio.info.channels = 1
        message.audio.audio_data.int16_data = samples
    elif type_name.endswith('AudioDataStamped'):
        message.audio.data = array.array('B', samples.tobytes())
    else:
        message.data = array.array('B', samples.tobytes())
    return message


def main(checkpoint: str, type_name: str) -> int:
    """Play and print."""
    rclpy.init()
    # A participant has one type for a topic, so the driver needs one of its own.
    context = Context()
    rclpy.init(context=context)
    driver = Node('driver', context=context)
    sound = driver.create_publisher(message_class(type_name), 'audio', 100)
    clock = driver.create_publisher(Clock, '/clock', 10)
    if not type_name.endswith('AudioStamped'):
        latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        kind = message_class('audio_common_msgs/msg/AudioInfo')
        info = driver.create_publisher(kind, 'audio_info', latched)
        info.publish(
            kind(sample_rate=RATE_HZ, channels=1, sample_format='S16LE', coding_format='wave')
        )
    node = AudioEncoderNode(
        worker=InferenceWorker(inline=True),
        parameter_overrides=[
            Parameter('model_path', value=checkpoint),
            Parameter('use_sim_time', value=True),
        ],
    )
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    node.trigger_configure()
    node.trigger_activate()
    limit_s = time.monotonic() + LIMIT_S

    def spin_until(condition: object) -> None:
        while not condition():
            assert time.monotonic() < limit_s, node.task.report('node', '').message
            executor.spin_once(timeout_sec=0.05)

    spin_until(lambda: sound.get_subscription_count() == 1)
    if not type_name.endswith('AudioStamped'):
        spin_until(lambda: node.task.counted('received') == 1)
    before = node.task.counted('received')
    for k in range(BLOCKS):
        # AudioData is stamped with its arrival, so time has to go on as it does in earnest.
        now = Time(sec=100 + k // 50, nanosec=k % 50 * 20_000_000)
        clock.publish(Clock(clock=now))
        spin_until(lambda t=now: node.get_clock().now().to_msg() == t)
        sound.publish(filled(type_name, k))
        spin_until(lambda n=k: node.task.counted('received') == before + n + 1)
    report = node.task.report('node', '')
    print(
        json.dumps(
            {
                'published': node.task.counted('published'),
                'refused': node.task.counted('refused'),
                'message': report.message,
                'values': {value.key: value.value for value in report.values},
            }
        )
    )
    sys.stdout.flush()
    node.destroy_node()
    driver.destroy_node()
    rclpy.shutdown(context=context)
    rclpy.shutdown()
    return 0


if __name__ == '__main__':
    raise SystemExit(main(*sys.argv[1:]))
