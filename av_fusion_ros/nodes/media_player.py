# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Node that plays a rosbag2 folder, a video file or a sound file into the graph."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

from rclpy.exceptions import InvalidTopicNameException
from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.publisher import Publisher
from rclpy.qos import DurabilityPolicy
from rosgraph_msgs.msg import Clock

from av_fusion_ros.nodes import qos
from av_fusion_ros.nodes.diagnostics import ERROR, WARN
from av_fusion_ros.nodes.graph import GRAPH, IN, MEDIA_PLAYER, OUT, V2X_VISUAL, Topic
from av_fusion_ros.nodes.managed_node import ManagedNode
from av_fusion_ros.nodes.media_file import open_recording
from av_fusion_ros.nodes.message_types import MessageTypeError, full_name, message_class
from av_fusion_ros.nodes.playback import Playback
from av_fusion_ros.nodes.recording import Channel, Due, Recording, RecordingError
from av_fusion_ros.nodes.running import run_nodes
from av_fusion_ros.nodes.stamps import to_stamp

POLL_S = 0.02
LEAST_ROUND_S = 0.04  # of a loop: what has but one message must not flood the graph
RCLError = rclpy_implementation.RCLError  # a second type under the name of one topic
#: Results of a recorded run, which the running graph makes anew. Not what is on the air: only a
#: roadside unit sends that, and in a vehicle's bag it was received.
RESULTS = frozenset(
    '/' + topic.resolved(node.name)
    for node in GRAPH
    for topic in node.topics
    if topic.direction == OUT and topic != V2X_VISUAL
)
LISTENED_TYPES = frozenset(
    full_name(topic.type) for node in GRAPH for topic in node.topics if topic.direction == IN
)


class MediaPlayer(ManagedNode):
    """Plays from activation on; ``finished`` is set at the end.

    Counters: sent (per topic in the values), skipped topics of types that are not installed.
    """

    def __init__(self, **arguments: Any) -> None:
        super().__init__(MEDIA_PLAYER, **arguments)
        self.task.declare_counters('sent')
        self.finished = threading.Event()
        self.newest_ns = 0
        self.failure = ''  # why the playing ended before the end
        self._recording: Recording | None = None
        self._publishers_of: dict[str, Publisher[Any]] = {}
        self._clock_publisher: Publisher[Any] | None = None
        self._playback: Playback | None = None
        self._thread: threading.Thread | None = None

    def load(self) -> None:
        """Open the recording and announce its topics."""
        path = self.parameters.text('path')
        if not path:
            raise RecordingError('the parameter path is empty; set it to a bag, video or sound')
        self._recording = open_recording(
            Path(path).expanduser(),
            audio_block_s=self.parameters.number('audio_block_s'),
            image_frame_id=self.parameters.text('image_frame_id'),
            audio_frame_id=self.parameters.text('audio_frame_id'),
            without=RESULTS,
        )
        self.task.value('path', path)
        for channel in self._recording.channels:
            try:
                self._publishers_of[channel.topic] = self._announce_channel(channel)
            except (MessageTypeError, InvalidTopicNameException, RCLError) as error:
                self.task.count('skipped_topics')
                self.task.lasting_fault(channel.topic, WARN, f'{channel.topic} skipped: {error}')
                self.get_logger().warning(f'{channel.topic} is not played: {error}')
        if not self._publishers_of:
            raise RecordingError(f'{path} holds no topic that can be played')
        if self.parameters.flag('publish_clock'):
            self._clock_publisher = self.create_publisher(Clock, '/clock', 10)

    def start(self) -> None:
        """Play in a thread of its own: pacing must not hold up the executor."""
        self.finished.clear()
        self.failure = ''
        self._playback = Playback(self._send, self._tick, lambda: self.parameters.number('rate'))
        self._thread = threading.Thread(target=self._play, name='playback', daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the playing."""
        if self._playback is not None:
            self._playback.stop()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        self._playback = self._thread = None

    def unload(self) -> None:
        """Forget the recording."""
        self._recording = None
        self._publishers_of.clear()
        if self._clock_publisher is not None:
            self.destroy_publisher(self._clock_publisher)
            self._clock_publisher = None

    def _announce_channel(self, channel: Channel) -> Publisher[Any]:
        topic = Topic(channel.topic, channel.type, OUT, '', 50, '')
        profile = qos.source_profile(topic)
        if channel.latched:
            profile.durability = DurabilityPolicy.TRANSIENT_LOCAL
        return self.endpoints.adopt(
            self.create_lifecycle_publisher(
                message_class(channel.type),
                channel.topic,
                profile,
                qos_overriding_options=qos.overridable(),
            )
        )

    def _play(self) -> None:
        playback, recording = self._playback, self._recording
        if playback is None or recording is None:
            return
        try:
            self._wait_for_subscribers(playback, recording)
            while not playback.stopped:
                before, begin_s = self.task.counted('sent'), time.monotonic()
                playback.play(
                    recording.messages(
                        self.get_clock().now().nanoseconds
                        if self._clock_publisher is None
                        else time.time_ns()
                    )
                )
                if self.task.counted('sent') == before and not playback.stopped:
                    path = self.parameters.text('path')
                    raise RecordingError(f'{path} holds no message that can be played')
                if not self.parameters.flag('loop'):
                    break
                least_s = LEAST_ROUND_S / self.parameters.number('rate')
                playback.wait(max(0.0, begin_s + least_s - time.monotonic()))
        except Exception as error:  # a damaged file ends the playing alone
            self.refuse(error)
            self.failure = str(error)
            self.task.lasting_fault('playing', ERROR, f'playing ended: {error}')
        self.task.value('playing', 'finished')
        self.finished.set()

    def _wait_for_subscribers(self, playback: Playback, recording: Recording) -> None:
        """Wait for those that can be expected: topics of a type that the graph listens to."""
        expected = [
            self._publishers_of[channel.topic]
            for channel in recording.channels
            if channel.topic in self._publishers_of and full_name(channel.type) in LISTENED_TYPES
        ]
        limit_s = time.monotonic() + self.parameters.number('wait_for_subscribers_s')
        self.task.value('playing', 'waiting for subscribers')
        while not playback.stopped:
            missing = [p.topic_name for p in expected if p.get_subscription_count() == 0]
            if not missing:
                playback.wait(self.parameters.number('settle_s') if expected else 0.0)
                break
            if time.monotonic() >= limit_s:
                self.get_logger().warning(f'nobody subscribes to {", ".join(missing)}')
                break
            playback.wait(POLL_S)
        self.task.value('playing', 'yes')

    def _send(self, due: Due) -> None:
        publisher = self._publishers_of.get(due.channel.topic)
        if publisher is None:
            return
        self.newest_ns = due.t_ns
        publisher.publish(due.payload)
        self.task.count('sent')
        self.task.count(f'sent {due.channel.topic}')

    def _tick(self, t_ns: int) -> None:
        if self._clock_publisher is not None:
            self._clock_publisher.publish(Clock(clock=to_stamp(t_ns)))


def main(args: list[str] | None = None) -> int:
    """Run the node."""
    return run_nodes(lambda: [MediaPlayer()], args)


if __name__ == '__main__':
    raise SystemExit(main())
