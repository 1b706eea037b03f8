# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""When the results of a running graph arrive, and what its nodes count."""

from __future__ import annotations

from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.node import Node

from av_fusion_ros.msg import ModalityWeights, RecognizedCommand
from av_fusion_ros.nodes.graph import FUSION
from av_fusion_ros.nodes.stamps import to_ns
from av_fusion_ros.recognition.features import NS_PER_S


class ResultListener:
    """Commands with their arrival (ns), ages of weights (s), and each node's counters by task."""

    def __init__(self, node: Node) -> None:
        self.commands: list[tuple[int, Any]] = []
        self.weights_s: list[float] = []
        self.counters: dict[str, dict[str, str]] = {}
        self._node = node
        for name, kind, callback in (
            ('~/command', RecognizedCommand, self._command),
            ('~/weights', ModalityWeights, self._weights),
        ):
            topic = FUSION.topic(name)
            node.create_subscription(kind, topic.resolved(FUSION.name), callback, topic.depth)
        node.create_subscription(DiagnosticArray, '/diagnostics', self._diagnosed, 50)

    def _now_ns(self) -> int:
        return int(self._node.get_clock().now().nanoseconds)

    def _command(self, message: Any) -> None:
        if not message.partial:
            self.commands.append((self._now_ns(), message))

    def _weights(self, message: Any) -> None:
        self.weights_s.append((self._now_ns() - to_ns(message.header.stamp)) / NS_PER_S)

    def _diagnosed(self, message: Any) -> None:
        for status in message.status:
            self.counters[status.name.split('/')[-1]] = {v.key: v.value for v in status.values}
