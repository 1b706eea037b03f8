# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Loads the checkpoint that a node's parameters name."""

from __future__ import annotations

from pathlib import Path

from av_fusion_ros.model.checkpoint_file import read_specification
from av_fusion_ros.model.graph_files import PARTS, Part
from av_fusion_ros.model.specification import Specification
from av_fusion_ros.nodes.installed_files import package_file, shipped_model
from av_fusion_ros.nodes.managed_node import ManagedNode
from av_fusion_ros.nodes.parameters import NodeParameters
from av_fusion_ros.recognition.backend import Backend, open_backend


def checkpoint_path(parameters: NodeParameters) -> Path:
    """Return ``model_path``, else where the installed checkpoint is."""
    given = parameters.text('model_path')
    return Path(given).expanduser() if given else shipped_model()


def load_for_node(node: ManagedNode, *parts: Part) -> tuple[Backend, Specification]:
    """Return what runs these parts of the network (all without any) and their specification.

    The checkpoint is that of ``model_path``, else the installed one. Raises CheckpointError,
    InstalledFileError, or RecognitionError for a backend that is impossible here.
    """
    path = checkpoint_path(node.parameters)
    backend, spec = open_backend(
        path,
        node.parameters.text('backend'),
        parts=parts or PARTS,
        graph_folders=[package_file('models')],
        threads=node.parameters.integer('threads'),
        tell=node.get_logger().info,
    )
    _tell_of(node, spec, path)
    node.task.value('backend', backend.name)
    return backend, spec


def specification_for_node(node: ManagedNode) -> Specification:
    """Return the specification of the node's checkpoint, without loading it; raises the same."""
    path = checkpoint_path(node.parameters)
    spec = read_specification(path)
    _tell_of(node, spec, path)
    return spec


def _tell_of(node: ManagedNode, spec: Specification, path: Path) -> None:
    node.task.value('model', spec.model_id)
    node.get_logger().info(f'model {spec.model_id} from {path}')
