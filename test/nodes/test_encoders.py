# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What both encoder nodes have in common, in this process: lifecycle, models, time, stamps."""

import pytest
from encoder_bench import FAILURE, MS, START_NS, SUCCESS, picture, sound, stamped
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rclpy.parameter import Parameter

from av_fusion_ros.nodes.diagnostics import ERROR, OK


@pytest.mark.parametrize('kind', ['ear', 'eye'])
def test_every_transition_can_be_walked_twice_back_to_back(request, kind):
    node = request.getfixturevalue(kind)().node
    for _ in range(2):
        for step in ('configure', 'activate', 'deactivate', 'activate', 'deactivate', 'cleanup'):
            assert getattr(node, f'trigger_{step}')() == SUCCESS
    assert node.trigger_shutdown() == SUCCESS


def test_an_illegal_transition_fails_and_the_node_goes_on(ear, executor, spin_until):
    bench = ear()
    client = bench.driver.create_client(ChangeState, '/audio_encoder/change_state')
    spin_until(executor, client.service_is_ready)

    def change(transition):
        future = client.call_async(ChangeState.Request(transition=Transition(id=transition)))
        spin_until(executor, future.done)
        return future.result().success

    assert not change(Transition.TRANSITION_ACTIVATE)
    assert not change(Transition.TRANSITION_DEACTIVATE)
    assert not change(99)
    assert change(Transition.TRANSITION_CONFIGURE)
    assert not change(Transition.TRANSITION_CONFIGURE)
    assert change(Transition.TRANSITION_ACTIVATE)


def test_a_transition_that_rclpy_raises_for_is_refused_and_the_node_goes_on(
    monkeypatch, ear, executor, spin_until
):
    def raising(self, transition):  # as rclpy does in ROS 2 Jazzy
        raise RuntimeError('Transition is not registered., at /rcl_lifecycle.c:355')

    name = 'rclpy.lifecycle.node.LifecycleNodeMixin._LifecycleNodeMixin__change_state'
    monkeypatch.setattr(name, raising)
    bench = ear()
    change = bench.driver.create_client(ChangeState, '/audio_encoder/change_state')
    state = bench.driver.create_client(GetState, '/audio_encoder/get_state')
    spin_until(executor, lambda: change.service_is_ready() and state.service_is_ready())

    request = ChangeState.Request(transition=Transition(id=Transition.TRANSITION_ACTIVATE))
    refused = change.call_async(request)
    spin_until(executor, refused.done)
    assert not refused.result().success
    told = state.call_async(GetState.Request())
    spin_until(executor, told.done)
    assert told.result().current_state.label == 'unconfigured'


def test_with_autostart_a_node_becomes_active_by_itself(ear, executor, spin_until):
    bench = ear(autostart=True)
    spin_until(executor, lambda: bench.inputs['audio'].get_subscription_count() == 1)


@pytest.mark.parametrize('kind', ['ear', 'eye'])
@pytest.mark.parametrize('content', [None, b'', b'no weights'])
def test_a_missing_or_corrupt_model_is_told_and_a_good_one_can_follow(
    request, kind, content, tmp_path, checkpoint
):
    path = tmp_path / 'model.safetensors'
    if content is not None:
        path.write_bytes(content)
    bench = request.getfixturevalue(kind)(model_path=str(path))
    assert bench.node.trigger_configure() == FAILURE
    report = bench.report()
    assert report.level == ERROR
    assert 'model.safetensors' in report.message
    bench.node.set_parameters([Parameter('model_path', value=str(checkpoint))])
    bench.activate()
    assert bench.report().level == OK


def test_diagnostics_come_by_themselves_while_simulated_time_stands_still(
    ear, executor, spin_until
):
    from diagnostic_msgs.msg import DiagnosticArray

    bench = ear(use_sim_time=True)
    heard = []
    bench.driver.create_subscription(DiagnosticArray, '/diagnostics', heard.append, 10)
    spin_until(executor, lambda: len(heard) >= 2)
    status = heard[0].status[0]
    assert (status.name, status.hardware_id) == ('audio_encoder: hearing', 'av_fusion_ros')
    assert 'received' in {value.key for value in status.values}


@pytest.mark.parametrize('kind', ['ear', 'eye'])
def test_time_that_jumps_back_begins_anew(request, kind):
    bench = request.getfixturevalue(kind)().activate()
    made, topic = (sound, 'audio') if kind == 'ear' else (picture, 'image')
    for start_ns in (START_NS, START_NS - 3600 * 1000 * MS):
        bench.send(topic, *(made(k, start_ns=start_ns) for k in range(30)))
    bench.settle()
    assert bench.counted('resets') == 2
    sequences = [message.sequence for message in bench.got]
    assert sequences.count(0) == 2
    assert sequences == [*range(len(sequences) // 2)] * 2


@pytest.mark.parametrize('kind', ['ear', 'eye'])
def test_without_a_stamp_nothing_is_used_and_it_is_told(request, kind):
    bench = request.getfixturevalue(kind)().activate()
    made, topic = (sound, 'audio') if kind == 'ear' else (picture, 'image')
    bench.send(topic, *(stamped(made(k), 0) for k in range(5)))
    assert (bench.counted('refused'), bench.counted('published')) == (5, 0)
    report = bench.report()
    assert report.level == ERROR
    assert 'header.stamp' in report.message
    bench.send(topic, *(made(k) for k in range(5, 15)))
    assert bench.counted('published') >= 4
