# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Node: commands as the live speech of a voice, for ROS4HRI (REP-155), where hri_msgs is installed.

The voice's id is the one in the topic's name, `/humans/voices/ID/speech`: remap it for another.
"""

from __future__ import annotations

from typing import Any

from rclpy.publisher import Publisher
from rclpy.timer import Timer
from std_msgs.msg import Bool

from av_fusion_ros.nodes.graph import (
    AUDIO_FEATURES,
    HRI_BRIDGE,
    HRI_SPEAKING,
    HRI_SPEECH,
    HRI_VOICES,
)
from av_fusion_ros.nodes.managed_node import ManagedNode
from av_fusion_ros.nodes.message_types import message_class
from av_fusion_ros.nodes.running import run_nodes

TRACKED_PERIOD_S = 1.0


class HriBridge(ManagedNode):
    """Repeats what the fusion recognises; stamps stay those of the capture."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(HRI_BRIDGE, **arguments)
        self.task.declare_counters('published')
        self._out: dict[str, Publisher[Any]] = {}
        self._ticker: Timer | None = None
        self._language = ''
        self._speaking: bool | None = None
        self._frame_id = ''

    def load(self) -> None:
        """Announce the topics; fails where hri_msgs is not installed."""
        for topic in (HRI_VOICES, HRI_SPEECH, HRI_SPEAKING):
            self._out[topic.name] = self.endpoints.announce(topic.name)

    def start(self) -> None:
        """Subscribe, and say which voice there is, again and again: the topic is not latched."""
        self.endpoints.listen('fusion/command', self._hear_command)
        self.endpoints.listen('fusion/vocabulary', self._hear_vocabulary)
        self.endpoints.listen(AUDIO_FEATURES.name, self._hear_features)
        self._ticker = self.ros_timer(TRACKED_PERIOD_S, self._tell_voices)

    def stop(self) -> None:
        """Forget what was heard."""
        if self._ticker is not None:
            self.destroy_timer(self._ticker)
            self._ticker = None
        self._speaking = None
        self._language = ''

    def unload(self) -> None:
        """Forget the topics."""
        self._out.clear()

    def _tell_voices(self) -> None:
        voice = self._out[HRI_SPEECH.name].topic_name.split('/')[-2]
        tracked = message_class(HRI_VOICES.type)(ids=[voice])
        tracked.header.stamp = self.get_clock().now().to_msg()
        tracked.header.frame_id = self._frame_id
        self._out[HRI_VOICES.name].publish(tracked)

    def _hear_vocabulary(self, message: Any) -> None:
        self._language = message.language

    def _hear_command(self, message: Any) -> None:
        text = message.best.text
        speech = message_class(HRI_SPEECH.type)(
            header=message.header,
            incremental=text,
            final='' if message.partial else text,
            confidence=message.best.confidence,
        )
        field, value = language_of(speech.get_fields_and_field_types(), self._language)
        if field:
            setattr(speech, field, value)
        self._out[HRI_SPEECH.name].publish(speech)
        self.task.count('published')

    def _hear_features(self, message: Any) -> None:
        self._frame_id = message.header.frame_id
        speaking = message.speech_probability >= self.parameters.number('speech_threshold')
        if speaking != self._speaking:
            self._speaking = speaking
            self._out[HRI_SPEAKING.name].publish(Bool(data=speaking))


def language_of(fields: dict[str, str], tag: str) -> tuple[str, str]:
    """Return the field of a LiveSpeech that takes the language, and ``tag`` as it is written there.

    hri_msgs 0.9 has `language`, an IETF tag; later ones `locale` (en_US), earlier ones neither.
    """
    if 'locale' in fields:
        return 'locale', tag.replace('-', '_')
    return ('language', tag) if 'language' in fields else ('', '')


def main(args: list[str] | None = None) -> int:
    """Run the node."""
    return run_nodes(lambda: [HriBridge()], args)


if __name__ == '__main__':
    raise SystemExit(main())
