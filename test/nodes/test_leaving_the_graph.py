# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Nodes that end are gone from the graph, whoever still holds them."""

import subprocess
import sys

import pytest
from rclpy.context import Context
from rclpy.node import Node
from rclpy.parameter import Parameter

from av_fusion_ros.nodes.picture_annotator import PictureAnnotator

HELD = []


@pytest.fixture
def names_seen(executor, spin_until):
    """`names_seen(condition)`: wait until the names of the others' nodes are as wanted."""
    import rclpy

    context = Context()
    rclpy.init(context=context)
    looker = Node('looker', context=context)

    def wait(condition):
        spin_until(executor, lambda: condition(set(looker.get_node_names()) - {'looker'}))

    yield wait
    looker.destroy_node()
    rclpy.shutdown(context=context)


def test_a_destroyed_node_leaves_the_graph_while_it_is_held(names_seen):
    held = PictureAnnotator()
    names_seen(lambda names: names == {'picture_annotator'})
    held.destroy_node()
    names_seen(lambda names: not names)


def test_a_test_may_leave_its_nodes_to_the_fixture(ros):
    HELD.extend([PictureAnnotator(), *(Node(f'left_{number}') for number in range(3))])


def test_and_finds_none_of_an_earlier_test_in_the_graph(names_seen):
    marker = Node('marker')
    names_seen(lambda names: 'marker' in names)
    names_seen(lambda names: names == {'marker'})
    marker.destroy_node()


@pytest.mark.parametrize('made', ['[]', '[PictureAnnotator()]'])
def test_a_signal_while_the_nodes_are_made_is_a_quiet_end(made):
    """ROS ends within the signal handler, and whatever is made after that fails."""
    program = f"""
import os, signal, rclpy
from av_fusion_ros.nodes.picture_annotator import PictureAnnotator
from av_fusion_ros.nodes.running import run_nodes

def make():
    os.kill(os.getpid(), signal.SIGTERM)
    while rclpy.ok():
        pass
    return {made}

raise SystemExit(run_nodes(make, None))
"""
    done = subprocess.run(
        [sys.executable, '-c', program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert 'Traceback' not in done.stderr


@pytest.mark.parametrize(
    ('arguments', 'told'),
    [
        (['--params-file', '/nowhere.yaml'], '/nowhere.yaml'),
        (['-r', 'nothing'], 'nothing'),
        (['--nonsense'], '--nonsense'),
    ],
)
def test_arguments_that_ros_cannot_read_are_refused_without_a_traceback(arguments, told):
    command = [sys.executable, '-m', 'av_fusion_ros.nodes.picture_annotator', '--ros-args']
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert '\nerror: ' in f'\n{done.stderr}'
    assert told in done.stderr
    assert 'Traceback' not in done.stderr


def test_a_parameter_that_no_node_has_is_named_at_start(ros, capfd):
    overrides = {'widht': 320, 'min_confidence': 0.5, 'use_sim_time': True}
    PictureAnnotator(parameter_overrides=[Parameter(k, value=v) for k, v in overrides.items()])
    told = capfd.readouterr().err
    assert 'unknown parameters are ignored: widht; picture_annotator has' in told


def test_a_configuration_cut_short_by_a_signal_is_no_fault():
    program = """
import os, signal, rclpy
from rclpy.parameter import Parameter
from av_fusion_ros.nodes.picture_annotator import PictureAnnotator
from av_fusion_ros.nodes.running import run_nodes

class CutShort(PictureAnnotator):
    def load(self):
        os.kill(os.getpid(), signal.SIGTERM)
        while rclpy.ok():
            pass
        super().load()

itself = [Parameter('autostart', value=True)]
raise SystemExit(run_nodes(lambda: [CutShort(parameter_overrides=itself)], None))
"""
    done = subprocess.run(
        [sys.executable, '-c', program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert 'configure failed' not in done.stderr
