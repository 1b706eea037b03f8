# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The launch files, run for real where launch_ros is installed."""

import importlib.util
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from rclpy.node import Node

from av_fusion_ros.nodes.graph import GRAPH, topics_of_graph
from av_fusion_ros.nodes.lifecycle_client import ACTIVATE, CONFIGURE, LifecycleClient

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
LIMIT_S = 120.0

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec('launch_ros') is None,
    reason='launch_ros is not installed: it comes with a ROS 2 installation, not as a wheel',
)


@contextmanager
def launched(name, *arguments):
    environment = dict(os.environ)
    environment['PYTHONPATH'] = os.pathsep.join([str(ROOT), *sys.path])
    process = subprocess.Popen(
        [sys.executable, str(FOLDER / 'launch_runner.py'), str(ROOT / 'launch' / name), *arguments],
        env=environment,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.wait(30.0)


@pytest.fixture
def states(executor):
    """`states(namespace)`: the lifecycle state of each node of the graph."""
    node = Node('asker')
    executor.add_node(node)

    def ask(namespace=''):
        clients = [LifecycleClient(node, executor, e.name, namespace) for e in GRAPH]
        return {client.name: client.state(LIMIT_S) for client in clients}

    return ask


def settled(states, spin_until, executor, namespace, state):
    found = {}

    def all_are():
        found.update(states(namespace))
        return set(found.values()) == {state}

    spin_until(executor, all_are, timeout_s=LIMIT_S)
    return found


def description(name):
    path = ROOT / 'launch' / name
    spec = importlib.util.spec_from_file_location(path.stem.replace('.', '_'), path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.generate_launch_description()


def test_every_topic_of_the_table_is_an_argument_with_its_name_as_default():
    from launch import LaunchContext

    arguments = {
        each.name: ''.join(part.perform(LaunchContext()) for part in each.default_value)
        for each in description('fusion.launch.py').get_launch_arguments()
    }
    for name, topic in topics_of_graph().items():
        assert arguments.pop(topic.argument) == name
    assert set(arguments) == {
        'namespace',
        'params_file',
        'log_level',
        'use_sim_time',
        'composed',
        'autostart',
    }


@pytest.mark.slow
@pytest.mark.parametrize('composed', ['false', 'true'])
def test_the_graph_comes_up_active_in_its_namespace_with_its_topics_remapped(
    executor, states, spin_until, composed
):
    arguments = ('namespace:=robot', f'composed:={composed}', 'image_topic:=/cam/raw')
    with launched('fusion.launch.py', *arguments, 'command_topic:=spoken') as process:
        found = settled(states, spin_until, executor, 'robot', 'active')
        assert set(found) == {f'/robot/{entry.name}' for entry in GRAPH}
        watcher = Node('watcher')
        executor.add_node(watcher)
        spin_until(executor, lambda: watcher.count_subscribers('/cam/raw') == 1)
        spin_until(executor, lambda: watcher.count_publishers('/robot/spoken') == 1)
        assert watcher.count_subscribers('/robot/image') == 0
    assert process.returncode == 0


@pytest.mark.slow
def test_without_autostart_the_nodes_wait_and_a_later_configure_does_not_activate(
    executor, states, spin_until
):
    with launched('fusion.launch.py', 'autostart:=false'):
        settled(states, spin_until, executor, '', 'unconfigured')
        node = Node('manager')
        executor.add_node(node)
        client = LifecycleClient(node, executor, 'v2x_gateway')
        client.change(CONFIGURE, LIMIT_S)
        assert client.state(LIMIT_S) == 'inactive'
        client.change(ACTIVATE, LIMIT_S)
        assert client.state(LIMIT_S) == 'active'


@pytest.mark.parametrize(
    ('name', 'wanted'),
    [('replay.launch.py', {'path', 'rate', 'output'}), ('demo.launch.py', set())],
)
def test_the_other_launch_files_describe_their_arguments(name, wanted):
    arguments = {each.name for each in description(name).get_launch_arguments()}
    assert wanted <= arguments
