# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""All nodes of the graph in one process: one executor, one inference thread."""

from __future__ import annotations

from av_fusion_ros.nodes.audio_encoder import AudioEncoderNode
from av_fusion_ros.nodes.fusion import FusionNode
from av_fusion_ros.nodes.inference_worker import InferenceWorker
from av_fusion_ros.nodes.managed_node import ManagedNode
from av_fusion_ros.nodes.running import run_nodes
from av_fusion_ros.nodes.v2x_gateway import V2xGatewayNode
from av_fusion_ros.nodes.visual_encoder import VisualEncoderNode


def make_nodes() -> list[ManagedNode]:
    """Return the nodes of graph.GRAPH, sharing one inference thread."""
    worker = InferenceWorker()
    return [
        AudioEncoderNode(worker=worker),
        VisualEncoderNode(worker=worker),
        V2xGatewayNode(worker=worker),
        FusionNode(worker=worker),
    ]


def main(args: list[str] | None = None) -> int:
    """Run the nodes."""
    return run_nodes(make_nodes, args)


if __name__ == '__main__':
    raise SystemExit(main())
