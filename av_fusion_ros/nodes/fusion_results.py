# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the fusion node tells: commands, weights, alarms, modes, vocabulary, and /diagnostics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rclpy.lifecycle import LifecycleNode
from rclpy.publisher import Publisher

from av_fusion_ros.nodes.diagnostics import ERROR, WARN, Task
from av_fusion_ros.nodes.endpoints import Endpoints
from av_fusion_ros.nodes.message_conversion import (
    alarm_message,
    command_message,
    mode_message,
    vocabulary_message,
    weights_message,
)
from av_fusion_ros.recognition.features import Weights
from av_fusion_ros.recognition.fusion_engine import FusionEngine, Step
from av_fusion_ros.recognition.modes import Mode, ModeChange
from av_fusion_ros.recognition.vocabulary import Vocabulary

TOPICS = ('command', 'weights', 'alarm', 'mode', 'vocabulary')
COUNTERS = ('commands', 'weights', 'alarms', 'mode_switches')


class FusionResults:
    """The publishers of the fusion node; ``model_id`` is that of the loaded network."""

    def __init__(
        self, node: LifecycleNode, endpoints: Endpoints, task: Task, model_id: str
    ) -> None:
        self._node, self._task, self._model_id = node, task, model_id
        self._publishers: dict[str, Publisher[Any]] = {
            name: endpoints.announce(f'~/{name}') for name in TOPICS
        }

    def begin(self, vocabulary: Vocabulary | None) -> None:
        """Say what is listened for, and which mode is in force before anything is heard or seen."""
        if vocabulary is not None:
            self.vocabulary(vocabulary)
        now_ns = self._node.get_clock().now().nanoseconds
        begin = ModeChange(now_ns, Mode.BLIND, Mode.BLIND, 'nothing heard or seen yet')
        self._publishers['mode'].publish(mode_message(begin))
        self._task.value('mode', begin.mode.name)

    def vocabulary(self, vocabulary: Vocabulary) -> None:
        """Say which phrases are listened for."""
        stamp = self._node.get_clock().now().to_msg()
        self._publishers['vocabulary'].publish(
            vocabulary_message(vocabulary, self._model_id, stamp)
        )

    def weights(self, weights: Weights) -> None:
        """Say how far each sense is trusted."""
        self._publishers['weights'].publish(weights_message(weights))
        self._task.count('weights')
        self._task.value('face', weights.face_id)

    def publish(self, steps: Sequence[Step], frame_id: str) -> None:
        """Publish what hops brought; ``frame_id`` goes with the commands."""
        for step in steps:
            self.weights(step.weights)
            for command in step.commands:
                self._publishers['command'].publish(
                    command_message(command, self._model_id, frame_id)
                )
                self._task.count('commands')
                self._node.get_logger().info(f'"{command.best.text}"')
            if step.mode_change is not None:
                self.mode(step.mode_change)
            if step.alarm is not None:
                self._publishers['alarm'].publish(alarm_message(step.alarm))
                self._task.count('alarms')

    def tell_of(self, engine: FusionEngine) -> None:
        """Show in /diagnostics what the engine counts and measures."""
        self._task.value('rejected', engine.rejected)
        self._task.value('av_offset_s', f'{engine.av_offset_s:+.3f}')
        self._task.value('av_offset_corrected_s', f'{engine.corrected_s:+.3f}')

    def mode(self, change: ModeChange) -> None:
        """Say which mode is in force; in /diagnostics it is a warning, BLIND an error."""
        self._publishers['mode'].publish(mode_message(change))
        self._task.value('mode', change.mode.name)
        self._task.count('mode_switches')
        if change.mode is Mode.NOMINAL:
            self._task.clear('mode')
        else:
            level = ERROR if change.mode is Mode.BLIND else WARN
            self._task.lasting_fault('mode', level, f'{change.mode.name}: {change.reason}')
