# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a running graph looks like from outside: its nodes, connections, clocks and stamps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSCompatibility, qos_check_compatible

from av_fusion_ros.cli.live_answers import ages_s, lifecycle_states, simulated_times, spin
from av_fusion_ros.nodes.graph import NODES

#: Topics that every node has.
COMMON = ('/clock', '/parameter_events', '/rosout', '/diagnostics')


@dataclass(slots=True)
class Link:
    """A topic that one of our nodes reads or writes; ``problems`` are pairs that cannot talk."""

    topic: str
    node: str
    reads: bool
    types: list[str]
    partners: int
    problems: list[str] = field(default_factory=list)


@dataclass(slots=True)
class LiveGraph:
    """What was found. Nodes by full name; ages are receive time less stamp, in seconds."""

    states: dict[str, str] = field(default_factory=dict)
    twice: list[str] = field(default_factory=list)
    simulated: dict[str, bool] = field(default_factory=dict)
    clock_publishers: int = 0
    links: list[Link] = field(default_factory=list)
    age_s: dict[str, float] = field(default_factory=dict)


def observe(node: Node, executor: SingleThreadedExecutor, wait_s: float) -> LiveGraph:
    """Look for our nodes, in whatever namespace, for ``wait_s``; then ask and hear each of them."""
    spin(executor, wait_s, lambda: False)
    ours = {entry.name for entry in NODES}
    met = [each for each in node.get_node_names_and_namespaces() if each[0] in ours]
    names = {_full(*each): each for each in sorted(set(met))}
    found = LiveGraph()
    found.twice = [full for full, each in names.items() if met.count(each) > 1]
    found.clock_publishers = node.count_publishers('/clock')
    found.links = [link for full, each in names.items() for link in _links(node, full, *each)]
    found.states = lifecycle_states(node, executor, list(names), 2 * wait_s)
    found.simulated = simulated_times(node, executor, list(names), 2 * wait_s)
    heard = {link.topic: link.types[0] for link in found.links if link.reads and link.partners}
    found.age_s = ages_s(node, executor, heard, any(found.simulated.values()), wait_s)
    return found


def _full(name: str, space: str) -> str:
    return f'{space.rstrip("/")}/{name}'


def _links(node: Node, full: str, name: str, space: str) -> Iterator[Link]:
    for reads, mine, others in (
        (True, node.get_subscriptions_info_by_topic, node.get_publishers_info_by_topic),
        (False, node.get_publishers_info_by_topic, node.get_subscriptions_info_by_topic),
    ):
        of_node = (
            node.get_subscriber_names_and_types_by_node
            if reads
            else node.get_publisher_names_and_types_by_node
        )
        for topic, types in of_node(name, space):
            if topic in COMMON:
                continue
            own = [e for e in mine(topic) if (e.node_name, e.node_namespace) == (name, space)]
            far = others(topic)
            link = Link(topic, full, reads, list(types), len(far))
            for end in own:
                link.problems += filter(None, (_problem(end, other, reads) for other in far))
            link.problems = list(dict.fromkeys(link.problems))
            yield link


def _problem(own: Any, other: Any, reads: bool) -> str:
    """Why two ends of a topic cannot talk; empty where they can."""
    far = _full(other.node_name, other.node_namespace)
    if own.topic_type != other.topic_type:
        return f'{far} has it as {other.topic_type}, not {own.topic_type}'
    sender, receiver = (other, own) if reads else (own, other)
    compatible, reason = qos_check_compatible(sender.qos_profile, receiver.qos_profile)
    if compatible == QoSCompatibility.ERROR:
        return f'{far}: {reason.removeprefix("ERROR: ").rstrip(";")}'
    return ''
