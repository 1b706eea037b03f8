# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The real nodes in processes of their own, fed in real time: latency, CPU, memory, start-up."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

from av_fusion_ros.measuring.errors import MeasuringError
from av_fusion_ros.measuring.live_source import LiveSource, Spoken
from av_fusion_ros.measuring.process_usage import Usage, UsageMeter
from av_fusion_ros.measuring.result_listener import ResultListener
from av_fusion_ros.measuring.takes import Take
from av_fusion_ros.nodes.graph import AUDIO_ENCODER, GRAPH, VISUAL_ENCODER
from av_fusion_ros.nodes.graph_processes import (
    ACTIVATE_LIMIT_S,
    CONFIGURE_LIMIT_S,
    GraphOptions,
    GraphProcesses,
)
from av_fusion_ros.nodes.lifecycle_client import ACTIVATE, CONFIGURE, LifecycleClient
from av_fusion_ros.nodes.stamps import to_ns
from av_fusion_ros.recognition.features import NS_PER_S

LOOK_S = 0.5  # between two looks at CPU and memory
SETTLE_S = 2.0  # until every subscriber knows its publisher, and until the last result is in
DISCOVERY_LIMIT_S = 30.0


@dataclass(frozen=True, slots=True)
class StartUp:
    """Seconds until every node answered, and of the two transitions of all nodes in turn."""

    answer_s: float
    configure_s: float
    activate_s: float


@dataclass(slots=True)
class GraphRun:
    """What one run gave. ``latencies_s``: end of the last word to the arrival of its command.

    ``weights_s``: newest sample used to the arrival of the weights. ``lost``: messages sent that a
    node did not count, and those it dropped.
    """

    spoken: list[Spoken]
    start_up: StartUp
    usage: dict[str, Usage]
    seconds: float = 0.0
    latencies_s: list[float] = field(default_factory=list)
    right: int = 0
    weights_s: list[float] = field(default_factory=list)
    sent: dict[str, int] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Picture:
    """What the camera sends."""

    width: int = 640
    height: int = 480
    fps: float = 25.0


def run_graph(
    executor: SingleThreadedExecutor,
    options: GraphOptions,
    takes: tuple[Take, ...],
    picture: Picture | None = None,
    *,
    reliable: bool = False,
) -> GraphRun:
    """Start the graph, play ``takes`` into it and end it.

    Raises MeasuringError when nobody subscribes, TransitionError when a node does not start.
    """
    picture = picture or Picture()
    node = rclpy.create_node('av_fusion_benchmark')
    executor.add_node(node)
    began_s = time.monotonic()
    try:
        with GraphProcesses(options) as processes:
            start_up = _bring_up(processes, node, executor, began_s)
            listener = ResultListener(node)
            source = LiveSource(node, picture.width, picture.height, picture.fps, reliable)
            _spin_until_heard(executor, source)
            _spin(executor, SETTLE_S)
            meter = UsageMeter({name: p.pid for name, p in processes.running.items()})
            listener.weights_s.clear()
            spoken = source.start(takes)
            run = GraphRun(spoken, start_up, meter.usage)
            began_s = time.monotonic()
            meter.look()
            while not source.done:
                _spin(executor, LOOK_S)
                meter.look()
            run.seconds = time.monotonic() - began_s
            run.weights_s = list(listener.weights_s)
            _spin(executor, SETTLE_S)
            _conclude(run, listener, source)
            return run
    finally:
        executor.remove_node(node)
        node.destroy_node()


def _bring_up(
    processes: GraphProcesses, node: Node, executor: SingleThreadedExecutor, began_s: float
) -> StartUp:
    clients = [LifecycleClient(node, executor, entry.name) for entry in GRAPH]
    try:
        for client in clients:
            client.state(CONFIGURE_LIMIT_S)
        answered_s = time.monotonic()
        for client in clients:
            client.change(CONFIGURE, CONFIGURE_LIMIT_S)
        configured_s = time.monotonic()
        for client in clients:
            client.change(ACTIVATE, ACTIVATE_LIMIT_S)
    finally:
        for client in clients:
            client.destroy()
    active_s = time.monotonic()
    return StartUp(answered_s - began_s, configured_s - answered_s, active_s - configured_s)


def _spin(executor: SingleThreadedExecutor, seconds: float) -> None:
    end_s = time.monotonic() + seconds
    while (left_s := end_s - time.monotonic()) > 0:
        executor.spin_once(timeout_sec=left_s)


def _spin_until_heard(executor: SingleThreadedExecutor, source: LiveSource) -> None:
    limit_s = time.monotonic() + DISCOVERY_LIMIT_S
    while not source.is_heard:
        if time.monotonic() > limit_s:
            raise MeasuringError(
                f'no node subscribed to image and audio within {DISCOVERY_LIMIT_S:g} s; is the '
                'quality of service compatible?'
            )
        executor.spin_once(timeout_sec=0.1)


def _conclude(run: GraphRun, listener: ResultListener, source: LiveSource) -> None:
    run.sent = dict(source.sent)
    for topic, entry in (('image', VISUAL_ENCODER), ('audio', AUDIO_ENCODER)):
        told = listener.counters.get(f'{entry.name}: {entry.task}', {})
        missing = source.sent[topic] - int(told.get('received', 0))
        run.lost[topic] = missing + int(told.get('dropped', 0))
    for spoken in run.spoken:
        for arrived_ns, command in listener.commands:
            middle_ns = (to_ns(command.start) + to_ns(command.end)) // 2
            if not spoken.start_ns <= middle_ns < spoken.end_ns:
                continue
            run.latencies_s.append((arrived_ns - spoken.last_word_end_ns) / NS_PER_S)
            run.right += command.best.text == spoken.text
            break


def reliable_inputs() -> tuple[str, ...]:
    """Parameters with which the nodes ask for reliable pictures and sound."""
    return tuple(
        f'qos_overrides./{topic}.subscription.reliability:=reliable' for topic in ('image', 'audio')
    )
