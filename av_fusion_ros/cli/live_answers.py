# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Asks running nodes for their lifecycle state and clock, and hears how old messages are."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from lifecycle_msgs.srv import GetState
from rcl_interfaces.srv import GetParameters
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rosgraph_msgs.msg import Clock

from av_fusion_ros.nodes.message_types import MessageTypeError, message_class
from av_fusion_ros.nodes.stamps import to_ns
from av_fusion_ros.recognition.features import NS_PER_S

SPIN_S = 0.05


def lifecycle_states(
    node: Node, executor: SingleThreadedExecutor, names: list[str], limit_s: float
) -> dict[str, str]:
    """Return the label of each node's state; one that does not answer has 'no answer'."""
    answers = _answers(node, executor, names, 'get_state', GetState, GetState.Request(), limit_s)
    return {n: answers[n].current_state.label if n in answers else 'no answer' for n in names}


def simulated_times(
    node: Node, executor: SingleThreadedExecutor, names: list[str], limit_s: float
) -> dict[str, bool]:
    """Return use_sim_time of each node that answers."""
    request = GetParameters.Request(names=['use_sim_time'])
    answers = _answers(node, executor, names, 'get_parameters', GetParameters, request, limit_s)
    return {name: bool(a.values[0].bool_value) for name, a in answers.items() if a.values}


def ages_s(
    node: Node,
    executor: SingleThreadedExecutor,
    topics: dict[str, str],
    simulated: bool,
    limit_s: float,
) -> dict[str, float]:
    """Return how old one message of each topic was when it came, in seconds; negative = ahead.

    ``topics`` are types by name; those without a header or an installed type, or on which nothing
    comes within ``limit_s``, are left out. With ``simulated``, /clock says what time it is.
    """
    found: dict[str, float] = {}
    clock_ns: list[int] = []

    def receiver(topic: str) -> Callable[[Any], None]:
        def receive(message: Any) -> None:
            if simulated and not clock_ns:
                return
            now_ns = clock_ns[-1] if simulated else node.get_clock().now().nanoseconds
            found[topic] = (now_ns - to_ns(message.header.stamp)) / NS_PER_S

        return receive

    profile = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
    subscriptions = [
        node.create_subscription(kind, topic, receiver(topic), profile)
        for topic, kind in _stamped(topics).items()
    ]
    wanted = len(subscriptions)
    if simulated:
        subscriptions.append(
            node.create_subscription(
                Clock, '/clock', lambda message: clock_ns.append(to_ns(message.clock)), profile
            )
        )
    spin(executor, limit_s, lambda: len(found) == wanted)
    for subscription in subscriptions:
        node.destroy_subscription(subscription)
    return found


def spin(executor: SingleThreadedExecutor, limit_s: float, done: Callable[[], bool]) -> None:
    """Spin until ``done`` or the time is over."""
    end_s = time.monotonic() + limit_s
    while not done() and time.monotonic() < end_s:
        executor.spin_once(timeout_sec=SPIN_S)


def _stamped(topics: dict[str, str]) -> dict[str, Any]:
    """The classes of the topics whose messages have a header."""
    classes = {}
    for topic, type_name in topics.items():
        try:
            kind = message_class(type_name)
        except MessageTypeError:
            continue
        if 'header' in kind.get_fields_and_field_types():
            classes[topic] = kind
    return classes


def _answers(
    node: Node,
    executor: SingleThreadedExecutor,
    names: list[str],
    service: str,
    kind: Any,
    request: Any,
    limit_s: float,
) -> dict[str, Any]:
    """What each node answers; a node is asked as soon as its service is there."""
    clients = {name: node.create_client(kind, f'{name}/{service}') for name in names}
    futures: dict[str, Any] = {}

    def all_answered() -> bool:
        for name, client in clients.items():
            if name not in futures and client.service_is_ready():
                futures[name] = client.call_async(request)
        return len(futures) == len(names) and all(f.done() for f in futures.values())

    spin(executor, limit_s, all_answered)
    for client in clients.values():
        node.destroy_client(client)
    return {name: future.result() for name, future in futures.items() if future.done()}
