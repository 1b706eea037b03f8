# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The graph without its work: the same nodes, topics, threads and rates, but nothing is computed.

What `python3 -m av_fusion_ros.measuring.transport_floor` costs is what ROS costs: receiving
pictures and sound, passing them to the inference thread, 25 features of each sense and 25 weights
a second, diagnostics. It is started by `av-fusion benchmark` in place of fusion_container.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from av_fusion_ros.nodes.audio_encoder import AudioEncoderNode
from av_fusion_ros.nodes.audio_messages import Reader
from av_fusion_ros.nodes.feature_messages import audio_features_message, visual_features_message
from av_fusion_ros.nodes.fusion import FusionNode
from av_fusion_ros.nodes.fusion_results import FusionResults
from av_fusion_ros.nodes.graph import AUDIO_FEATURES, VISUAL_FEATURES
from av_fusion_ros.nodes.inference_worker import InferenceWorker
from av_fusion_ros.nodes.managed_node import ManagedNode
from av_fusion_ros.nodes.network_loading import specification_for_node
from av_fusion_ros.nodes.running import run_nodes
from av_fusion_ros.nodes.stamps import to_ns
from av_fusion_ros.nodes.v2x_gateway import V2xGatewayNode
from av_fusion_ros.nodes.visual_encoder import VisualEncoderNode
from av_fusion_ros.recognition.features import HOP_NS, AudioFeature, VisualFeature, Weights


class IdleEar(AudioEncoderNode):
    """Sends an empty feature for each 40 ms of sound."""

    def load(self) -> None:
        """Announce the features."""
        spec = specification_for_node(self)
        self._model_id, self._silence = spec.model_id, np.zeros(spec.feature_size, np.float32)
        self._features = self.endpoints.announce(AUDIO_FEATURES.name)
        self._hop = -1

    def _hear(self, received: tuple[Any, Any, Reader]) -> None:
        message, _, _ = received
        stamp_ns = to_ns(message.header.stamp)
        if stamp_ns // HOP_NS == self._hop or self._features is None:
            return
        self._hop = stamp_ns // HOP_NS
        feature = AudioFeature(stamp_ns - HOP_NS, stamp_ns, self._hop, self._silence)
        self._features.publish(audio_features_message(feature, self._model_id, ''))
        self.task.count('published')


class IdleEye(VisualEncoderNode):
    """Sends an empty feature for each 40 ms of pictures."""

    def load(self) -> None:
        """Announce the features."""
        spec = specification_for_node(self)
        self._model_id, self._darkness = spec.model_id, np.zeros(spec.feature_size, np.float32)
        self._features = self.endpoints.announce(VISUAL_FEATURES.name)
        self._hop = -1

    def _see(self, received: tuple[Any, int]) -> None:
        message, _ = received
        stamp_ns = to_ns(message.header.stamp)
        if stamp_ns // HOP_NS == self._hop or self._features is None:
            return
        self._hop = stamp_ns // HOP_NS
        feature = VisualFeature(stamp_ns, self._hop, self._darkness)
        self._features.publish(visual_features_message(feature, self._model_id, ''))
        self.task.count('published')


class IdleFusion(FusionNode):
    """Sends weights for each feature of sound."""

    def load(self) -> None:
        """Announce the results."""
        self._results = FusionResults(self, self.endpoints, self.task, '')

    def _take(self, topic: str, message: Any, arrival_ns: int) -> None:
        if topic == AUDIO_FEATURES.name and self._results is not None:
            self._results.weights(Weights(to_ns(message.header.stamp), 0.5, 0.5, 0.0))


def make_nodes() -> list[ManagedNode]:
    """Return the nodes, sharing one thread as in fusion_container."""
    worker = InferenceWorker()
    return [
        IdleEar(worker=worker),
        IdleEye(worker=worker),
        V2xGatewayNode(worker=worker),
        IdleFusion(worker=worker),
    ]


def main(args: list[str] | None = None) -> int:
    """Run the nodes."""
    return run_nodes(make_nodes, args)


if __name__ == '__main__':
    raise SystemExit(main())
