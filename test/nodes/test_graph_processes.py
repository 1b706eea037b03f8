# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The graph as processes, as `av-fusion up` starts it."""

import os
import signal
from pathlib import Path

import pytest
from rclpy.node import Node

from av_fusion_ros.nodes.graph import CONTAINER, DEVICE_SOURCE, GRAPH, MEDIA_PLAYER, V2X_GATEWAY
from av_fusion_ros.nodes.graph_processes import GraphOptions, GraphProcesses
from av_fusion_ros.nodes.lifecycle_client import LifecycleClient, TransitionError
from av_fusion_ros.nodes.running import run_nodes

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def checkout_first(monkeypatch):
    """The processes run the checkout, whatever is installed."""
    monkeypatch.setenv(
        'PYTHONPATH', os.pathsep.join(filter(None, [str(ROOT), os.environ.get('PYTHONPATH')]))
    )


@pytest.fixture
def driver(executor):
    node = Node('driver')
    executor.add_node(node)
    return node


def test_options_become_ros_arguments_for_every_process():
    options = GraphOptions(
        namespace='/robot/',
        params_file=Path('p.yaml'),
        log_level='warn',
        use_sim_time=True,
        remappings=('image:=/camera',),
        parameters=('fusion:commands_file:=c.yaml',),
    )
    given = ' '.join(options.arguments())
    for part in (
        '-r __ns:=/robot',
        '--params-file p.yaml',
        '--log-level warn',
        '-p use_sim_time:=true',
        '-r image:=/camera',
        '-p fusion:commands_file:=c.yaml',
    ):
        assert part in given


def test_composed_is_one_process_beside_any_source():
    separate = GraphOptions(nodes=(*GRAPH, DEVICE_SOURCE))
    composed = GraphOptions(nodes=(*GRAPH, DEVICE_SOURCE), composed=True)
    assert separate.executables() == tuple(node.name for node in (*GRAPH, DEVICE_SOURCE))
    assert composed.executables() == (CONTAINER, 'device_source')


@pytest.mark.slow
@pytest.mark.parametrize('composed', [False, True])
def test_the_graph_comes_up_in_its_namespace_and_ends_cleanly(
    driver, executor, checkpoint, composed
):
    options = GraphOptions(
        namespace='robot', composed=composed, parameters=(f'model_path:={checkpoint}',)
    )
    with GraphProcesses(options) as processes:
        processes.bring_up(driver, executor)
        for entry in GRAPH:
            client = LifecycleClient(driver, executor, entry.name, 'robot')
            assert client.state(10.0) == 'active'
        assert processes.ended() == []
    assert [process.returncode for process in processes.running.values()] == (
        [0] if composed else [0] * len(GRAPH)
    )


@pytest.mark.slow
def test_a_node_that_cannot_be_configured_is_named_and_lives_on(driver, executor):
    options = GraphOptions(nodes=(MEDIA_PLAYER,), parameters=('path:=/nowhere',))
    with GraphProcesses(options) as processes:
        with pytest.raises(TransitionError, match='/media_player failed to configure'):
            processes.bring_up(driver, executor)
        client = LifecycleClient(driver, executor, 'media_player')
        assert client.state(10.0) == 'unconfigured'
        assert processes.ended() == []


@pytest.mark.slow
def test_a_process_that_ends_at_start_up_is_told_at_once(driver, executor):
    options = GraphOptions(nodes=(MEDIA_PLAYER,), parameters=('rate:=1000.0',))
    with (
        GraphProcesses(options) as processes,
        pytest.raises(TransitionError, match=r'media_player \(exit code 2\)'),
    ):
        processes.bring_up(driver, executor)


@pytest.mark.slow
def test_a_node_ends_cleanly_on_sigterm(driver, executor):
    options = GraphOptions(nodes=(V2X_GATEWAY,))
    with GraphProcesses(options) as processes:
        processes.bring_up(driver, executor)
        process = processes.running['v2x_gateway']
        process.send_signal(signal.SIGTERM)
        assert process.wait(20.0) == 0


def test_ctrl_c_while_a_process_still_imports_shows_no_traceback(tmp_path, monkeypatch, capfd):
    begun = tmp_path / 'begun'
    os.mkfifo(begun)
    (tmp_path / 'slow_to_import.py').write_text(
        f"import signal\nopen({str(begun)!r}, 'w').close()\nsignal.pause()\n"
    )
    monkeypatch.setenv('PYTHONPATH', str(tmp_path))
    options = GraphOptions(nodes=GRAPH, composed=True, container='slow_to_import')
    with GraphProcesses(options) as processes:
        begun.read_text()  # until it is there
    assert processes.running[CONTAINER].returncode == -signal.SIGTERM
    assert 'Traceback' not in capfd.readouterr().err


def test_arguments_that_ros_cannot_read_are_told_without_a_traceback(capfd):
    assert run_nodes(lambda: (), ['--ros-args', '-r', 'foo']) == 2
    told = capfd.readouterr().err
    assert "Couldn't parse remap rule: '-r foo'" in told
    assert 'Traceback' not in told


def test_an_absent_node_is_told_with_what_to_check(driver, executor):
    client = LifecycleClient(driver, executor, 'nobody')
    with pytest.raises(TransitionError, match='ROS_DOMAIN_ID'):
        client.state(0.2)
