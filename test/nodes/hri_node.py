# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Run by test_hri_bridge where hri_msgs is installed: the bridge beside a fusion and a listener.

Prints what the listener got, as JSON.
"""

import json
import sys
import time

import rclpy
from hri_msgs.msg import IdsList, LiveSpeech
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter
from std_msgs.msg import Bool

from av_fusion_ros.msg import (
    AudioFeatures,
    CommandHypothesis,
    CommandVocabulary,
    RecognizedCommand,
)
from av_fusion_ros.nodes import qos
from av_fusion_ros.nodes.graph import AUDIO_FEATURES, FUSION
from av_fusion_ros.nodes.hri_bridge import HriBridge

LIMIT_S = 30.0
VOICE = '/humans/voices/ann/'


def command(text: str, confidence: float, partial: bool, second: int) -> RecognizedCommand:
    """A command captured at ``second``."""
    message = RecognizedCommand(
        best=CommandHypothesis(text=text, confidence=confidence), partial=partial
    )
    message.header.stamp.sec, message.header.frame_id = second, 'microphone'
    return message


def main() -> int:
    """Publish as the fusion does, and print what comes of it."""
    remappings = [
        f'/humans/voices/anonymous_speaker/{name}:={VOICE}{name}'
        for name in ('speech', 'is_speaking')
    ]
    rclpy.init(args=['--ros-args', '-r', remappings[0], '-r', remappings[1]])
    executor = SingleThreadedExecutor()
    fusion = Node('fusion')
    bridge = HriBridge(parameter_overrides=[Parameter('speech_threshold', value=0.6)])
    heard = {'voices': [], 'speech': [], 'speaking': []}
    listener = Node('listener')
    subscriptions = [
        listener.create_subscription(IdsList, '/humans/voices/tracked', heard['voices'].append, 1),
        listener.create_subscription(LiveSpeech, f'{VOICE}speech', heard['speech'].append, 10),
        listener.create_subscription(Bool, f'{VOICE}is_speaking', heard['speaking'].append, 10),
    ]
    senders = {
        name: fusion.create_publisher(kind, topic, qos.profile(entry))
        for name, kind, topic, entry in (
            ('command', RecognizedCommand, 'fusion/command', FUSION.topic('~/command')),
            ('words', CommandVocabulary, 'fusion/vocabulary', FUSION.topic('~/vocabulary')),
            ('features', AudioFeatures, AUDIO_FEATURES.name, AUDIO_FEATURES),
        )
    }
    for node in (fusion, bridge, listener):
        executor.add_node(node)
    senders['words'].publish(CommandVocabulary(language='en-GB'))
    bridge.trigger_configure()
    bridge.trigger_activate()
    limit_s = time.monotonic() + LIMIT_S

    def spin_until(condition: object) -> None:
        while not condition():
            assert time.monotonic() < limit_s, bridge.task.report('node', '').message
            executor.spin_once(timeout_sec=0.05)

    spin_until(lambda: heard['voices'] and bridge.task.counted('received') == 1)
    spin_until(lambda: all(s.get_subscription_count() for s in senders.values()))
    spin_until(lambda: all(s.get_publisher_count() for s in subscriptions))
    for probability in (0.5, 0.7, 0.7, float('nan')):
        senders['features'].publish(AudioFeatures(speech_probability=probability))
    for message in (
        command('turn', 0.25, True, 5),
        command('turn left', 0.75, False, 6),
    ):
        senders['command'].publish(message)
    spin_until(lambda: len(heard['speech']) == 2 and len(heard['speaking']) == 3)
    print(
        json.dumps(
            {
                'voices': heard['voices'][0].ids,
                'speaking': [each.data for each in heard['speaking']],
                'speech': [
                    {
                        'incremental': each.incremental,
                        'final': each.final,
                        'confidence': each.confidence,
                        'locale': each.locale,
                        'stamp_s': each.header.stamp.sec,
                        'frame_id': each.header.frame_id,
                    }
                    for each in heard['speech']
                ],
            }
        )
    )
    sys.stdout.flush()
    for node in (bridge, fusion, listener):
        node.destroy_node()
    rclpy.shutdown()
    return 0


if __name__ == '__main__':
    raise SystemExit(main())
