# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The parameter `backend`: what it chooses, and that the graph then runs without torch."""

import os
from pathlib import Path

import pytest
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.node import Node
from rclpy.parameter import Parameter

from av_fusion_ros.nodes.audio_encoder import AudioEncoderNode
from av_fusion_ros.nodes.fusion import FusionNode
from av_fusion_ros.nodes.graph_processes import GraphOptions, GraphProcesses
from av_fusion_ros.nodes.visual_encoder import VisualEncoderNode

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / 'models' / 'av_fusion.safetensors'
NODES = (AudioEncoderNode, VisualEncoderNode, FusionNode)


def configured(executor, kind, **settings):
    overrides = [Parameter(name, value=value) for name, value in settings.items()]
    node = kind(parameter_overrides=overrides)
    executor.add_node(node)
    return node, node.trigger_configure() == TransitionCallbackReturn.SUCCESS


def reported(node, name):
    return {pair.key: pair.value for pair in node.task.report('node', 'here').values}[name]


@pytest.mark.parametrize('kind', NODES)
@pytest.mark.parametrize('choice', ['auto', 'onnxruntime', 'torch'])
def test_each_node_tells_what_runs_its_network(executor, kind, choice):
    node, succeeded = configured(executor, kind, backend=choice, model_path=str(SHIPPED))
    assert succeeded
    expected = 'torch' if choice == 'torch' else 'onnxruntime'
    assert reported(node, 'backend').startswith(expected)


@pytest.mark.parametrize('kind', NODES)
def test_a_backend_that_cannot_run_the_checkpoint_is_told_and_auto_can(executor, kind, tmp_path):
    from av_fusion_ros.model.checkpoint import save_network
    from av_fusion_ros.model.network import AVNetwork
    from av_fusion_ros.model.specification import Specification

    other = tmp_path / 'other.safetensors'
    save_network(other, AVNetwork(Specification(deformable='plain')))
    node, succeeded = configured(executor, kind, backend='onnxruntime', model_path=str(other))
    assert not succeeded
    assert 'another architecture' in node.task.report('node', 'here').message
    node.set_parameters([Parameter('backend', value='auto')])
    assert node.trigger_configure() == TransitionCallbackReturn.SUCCESS
    assert reported(node, 'backend').startswith('torch')


@pytest.mark.slow
def test_the_composed_graph_runs_without_torch(executor, monkeypatch):
    """Torch's library is not even mapped into the process, in which all networks have run once."""
    monkeypatch.setenv('PYTHONPATH', os.pathsep.join([str(ROOT), os.environ.get('PYTHONPATH', '')]))
    driver = Node('driver')
    executor.add_node(driver)
    with GraphProcesses(GraphOptions(composed=True)) as processes:
        processes.bring_up(driver, executor)
        [process] = processes.running.values()
        mapped = Path(f'/proc/{process.pid}/maps').read_text()
        status = Path(f'/proc/{process.pid}/status').read_text()
    assert 'onnxruntime' in mapped
    assert 'libtorch' not in mapped
    resident_kib = next(int(line.split()[1]) for line in status.splitlines() if 'VmRSS' in line)
    assert resident_kib <= 350 * 1024
