# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Plays a recording into the running graph and waits until the graph has worked it off."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rclpy.executors import SingleThreadedExecutor
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.node import Node
from rclpy.parameter import Parameter

from av_fusion_ros.nodes import qos
from av_fusion_ros.nodes.graph import FUSION
from av_fusion_ros.nodes.media_player import MediaPlayer
from av_fusion_ros.nodes.message_types import message_class
from av_fusion_ros.nodes.recording import RecordingError
from av_fusion_ros.nodes.result_recorder import RecordError, ResultRecorder, result_topics

QUIET_S = 1.5  # the graph has worked everything off when no weights come for this long
SPIN_S = 0.1

Listener = Callable[[Any], None]


def _ignore(message: Any) -> None:
    pass


class ReplaySession:
    """A player, an optional recorder, and listeners to the fusion's results.

    Raises RecordingError when ``path`` cannot be played, RecordError when ``output`` exists.
    """

    def __init__(
        self,
        executor: SingleThreadedExecutor,
        path: Path,
        *,
        namespace: str = '',
        rate: float = 1.0,
        loop: bool = False,
        publish_clock: bool = True,
        wait_s: float = 30.0,
        output: Path | None = None,
        storage: str = 'mcap',
        on_command: Listener = _ignore,
        on_weights: Listener = _ignore,
        on_mode: Listener = _ignore,
        on_alarm: Listener = _ignore,
    ) -> None:
        self._executor = executor
        self.heard_weights = 0
        self._heard_s = time.monotonic()
        settings: dict[str, Any] = {
            'path': str(path),
            'rate': rate,
            'loop': loop,
            'publish_clock': publish_clock,
            'wait_for_subscribers_s': wait_s,
        }
        self.player = MediaPlayer(
            namespace=namespace,
            parameter_overrides=[Parameter(name, value=value) for name, value in settings.items()],
        )
        self._listener = Node(
            'av_fusion_replay',
            namespace=namespace,
            parameter_overrides=[Parameter('use_sim_time', value=publish_clock)],
        )
        executor.add_node(self.player)
        executor.add_node(self._listener)
        self._wait_s = wait_s
        self._subscriptions: list[Any] = []
        self._recorder: ResultRecorder | None = None
        if self.player.trigger_configure() != TransitionCallbackReturn.SUCCESS:
            self.close()
            raise RecordingError(f'{path} cannot be played; the line above says why')
        if output is not None:
            try:
                self._recorder = ResultRecorder(
                    self._listener, output, storage=storage, topics=result_topics()
                )
            except RecordError:
                self.close()
                raise
        for name, listener in (
            ('~/command', on_command),
            ('~/weights', self._hear_weights(on_weights)),
            ('~/mode', on_mode),
            ('~/alarm', on_alarm),
        ):
            topic = FUSION.topic(name)
            self._subscriptions.append(
                self._listener.create_subscription(
                    message_class(topic.type),
                    topic.resolved(FUSION.name),
                    listener,
                    qos.profile(topic),
                )
            )

    @property
    def sent(self) -> int:
        """Messages played so far."""
        return self.player.task.counted('sent')

    def run(self) -> None:
        """Play to the end and until the graph is quiet; raises RecordingError if that fails."""
        self._wait_for_results()
        self.player.trigger_activate()
        while not self.player.finished.is_set():
            self._executor.spin_once(timeout_sec=SPIN_S)
        self._heard_s = time.monotonic()
        while time.monotonic() - self._heard_s < QUIET_S:
            self._executor.spin_once(timeout_sec=SPIN_S)
        if self.player.failure:
            raise RecordingError(f'playing ended before the end: {self.player.failure}')

    def _wait_for_results(self) -> None:
        """Wait until the fusion's publishers have found us, or the first results would be lost."""
        limit_s = time.monotonic() + self._wait_s
        while not all(each.get_publisher_count() for each in self._subscriptions):
            if time.monotonic() > limit_s:
                self._listener.get_logger().warning('nobody publishes results; is the graph up?')
                return
            self._executor.spin_once(timeout_sec=SPIN_S)

    def close(self) -> None:
        """End the player and the recording; raises RecordError when that cannot be ended."""
        recorder, self._recorder = self._recorder, None
        try:
            if recorder is not None:
                recorder.close()
        finally:
            for node in (self.player, self._listener):
                self._executor.remove_node(node)
                node.destroy_node()

    def _hear_weights(self, listener: Listener) -> Listener:
        def hear(message: Any) -> None:
            self.heard_weights += 1
            self._heard_s = time.monotonic()
            listener(message)

        return hear
