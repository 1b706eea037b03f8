# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C and SIGTERM end a sub-command's loop between two callbacks."""

import signal

import pytest
from rclpy.node import Node

from av_fusion_ros.cli.ros_session import ros_session


def spin(executor, times=20):
    for _ in range(times):
        executor.spin_once(timeout_sec=1.0)


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_a_callback_runs_to_its_end_before_the_loop_is_interrupted(number):
    done = []
    with ros_session() as executor:
        node = Node('interrupted')
        executor.add_node(node)

        def callback():
            signal.raise_signal(number)
            done.append(True)

        node.create_timer(0.01, callback)
        with pytest.raises(KeyboardInterrupt):
            spin(executor)
        node.destroy_node()
    assert done == [True]


def test_the_clean_up_after_an_interrupt_is_not_interrupted():
    with ros_session() as executor:
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            spin(executor)
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)


def test_a_second_interrupt_ends_work_that_does_not_spin():
    with ros_session():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_an_interrupt_after_the_last_spin_is_not_lost():
    with pytest.raises(KeyboardInterrupt), ros_session():
        signal.raise_signal(signal.SIGINT)


def test_the_signals_are_given_back():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with ros_session():
        pass
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
