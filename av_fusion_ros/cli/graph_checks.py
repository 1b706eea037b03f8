# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What `av-fusion doctor` makes of a running graph."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from av_fusion_ros.cli.finding import FAILED, PASSED, WARNING, Finding
from av_fusion_ros.nodes.graph import SOURCES

if TYPE_CHECKING:
    from av_fusion_ros.cli.live_graph import LiveGraph

#: A message may be this old, or this far ahead, before its clock is doubted. Bags and roadside
#: units aside, a driver that stamps with the capture time stays far within.
MAX_AGE_S, MAX_AHEAD_S = 1.0, 0.1
#: Of the inputs, one of each suffices; the others are for other drivers, or optional.
SENSES = {'visual_encoder': 'picture', 'audio_encoder': 'sound'}


def check_graph(graph: LiveGraph) -> dict[str, Finding]:
    """Return the findings by the name of the check; one alone where no node of ours runs."""
    if not graph.states:
        domain = os.environ.get('ROS_DOMAIN_ID', '0')
        return {'graph': Finding(PASSED, f'none runs in domain {domain}; nothing to check')}
    return {
        'nodes': nodes(graph),
        'inputs': inputs(graph),
        'QoS': qos(graph),
        'clock': clock(graph),
        'stamps': stamps(graph),
    }


def nodes(graph: LiveGraph) -> Finding:
    """Every node is there once, and active."""
    if graph.twice:
        mend = 'end one graph, or start it with another --namespace or ROS_DOMAIN_ID'
        return Finding(FAILED, f'running twice: {", ".join(graph.twice)}', mend)
    resting = [f'{name} is {state}' for name, state in graph.states.items() if state != 'active']
    if resting:
        mend = (
            'configure and activate it: `ros2 lifecycle set NODE configure`, then activate; '
            '/diagnostics says why a transition failed'
        )
        return Finding(FAILED, '; '.join(resting), mend)
    return Finding(PASSED, f'{len(graph.states)} active')


def inputs(graph: LiveGraph) -> Finding:
    """Somebody publishes pictures and sound."""
    lacking = []
    for node in graph.states:
        read = [link for link in graph.links if link.node == node and link.reads]
        sense = SENSES.get(node.rpartition('/')[2])
        if sense and read and not any(link.partners for link in read):
            lacking.append(f'{sense}: nobody publishes {" or ".join(link.topic for link in read)}')
    if lacking:
        mend = (
            'start the driver, or say what its topic is called: `av-fusion up -r '
            'image:=/camera/image_raw`, launch argument image_topic:=...'
        )
        return Finding(WARNING, '; '.join(lacking), mend)
    return Finding(PASSED, 'pictures and sound are published')


def qos(graph: LiveGraph) -> Finding:
    """Whoever shares a topic with us can talk to us."""
    problems = [f'{link.topic}: {text}' for link in graph.links for text in link.problems]
    if problems:
        mend = (
            'change the other node, or in our parameter file '
            'qos_overrides./TOPIC.subscription.reliability (durability, depth; publisher)'
        )
        return Finding(FAILED, '; '.join(problems), mend)
    pairs = sum(link.partners for link in graph.links)
    return Finding(PASSED, f'{pairs} connections compatible')


def clock(graph: LiveGraph) -> Finding:
    """All nodes take the time from one clock, and it runs."""
    sources = {entry.name for entry in SOURCES}  # a player makes the time that others take
    takers = {n: v for n, v in graph.simulated.items() if n.rpartition('/')[2] not in sources}
    simulated = [name for name, value in takers.items() if value]
    if simulated and len(simulated) < len(takers):
        mend = 'start all nodes with the same use_sim_time'
        return Finding(FAILED, f'use_sim_time only in {", ".join(simulated)}', mend)
    if simulated and not graph.clock_publishers:
        mend = 'play with `av-fusion replay` or start the simulator, or use_sim_time:=false'
        return Finding(FAILED, 'use_sim_time is set, but nobody publishes /clock', mend)
    if graph.clock_publishers > 1:
        return Finding(FAILED, f'{graph.clock_publishers} publish /clock', 'end all but one')
    if graph.clock_publishers and takers and not simulated:
        mend = 'if a simulator or a bag drives the graph, start it with use_sim_time:=true'
        return Finding(WARNING, '/clock is published, but no node uses it', mend)
    return Finding(PASSED, '/clock' if simulated else 'system time')


def stamps(graph: LiveGraph) -> Finding:
    """Stamps are near the time at which the messages come."""
    far = [
        f'{topic}: {abs(age):.1f} s {"old" if age > 0 else "ahead"}'
        for topic, age in graph.age_s.items()
        if not -MAX_AHEAD_S <= age <= MAX_AGE_S
    ]
    if far:
        mend = (
            "set the clock of the driver's machine (NTP, PTP), have the driver stamp with the "
            'capture time, or correct a known delay with stamp_offset_s; play a bag with /clock '
            'and use_sim_time'
        )
        return Finding(FAILED, '; '.join(far), mend)
    if not graph.age_s:
        return Finding(PASSED, 'no message came to judge by')
    return Finding(PASSED, f'{len(graph.age_s)} topics, at most {max(graph.age_s.values()):.2f} s')
