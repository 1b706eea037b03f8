# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Loads the checkpoint that a node's parameters name."""

from __future__ import annotations

from pathlib import Path

import torch

from av_fusion_ros.model.checkpoint import load_network
from av_fusion_ros.model.network import AVNetwork
from av_fusion_ros.model.specification import Specification
from av_fusion_ros.nodes.installed_files import package_file
from av_fusion_ros.nodes.managed_node import ManagedNode
from av_fusion_ros.nodes.parameters import NodeParameters

INSTALLED = 'models/av_fusion.safetensors'


def checkpoint_path(parameters: NodeParameters) -> Path:
    """Return ``model_path``, else where the installed checkpoint is."""
    given = parameters.text('model_path')
    return Path(given).expanduser() if given else package_file(INSTALLED)


def load_for_node(node: ManagedNode) -> tuple[AVNetwork, Specification]:
    """Return the network and specification of ``model_path``, else of the installed checkpoint.

    Raises CheckpointError or InstalledFileError.
    """
    path = checkpoint_path(node.parameters)
    torch.set_num_threads(node.parameters.integer('threads'))
    network, spec = load_network(path)
    node.task.value('model', spec.model_id)
    node.get_logger().info(f'model {spec.model_id} from {path}')
    return network, spec
