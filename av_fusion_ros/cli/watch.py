# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`av-fusion watch`: what the graph hears, sees and trusts, live in the terminal."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from typing import Any

HELP = """
    Show the trust in each sense, the mode, SNR, picture quality, the last commands and alarms of
    the running graph, until Ctrl-C.

    With --once, print what holds now as JSON and end.
"""

EXIT_NOTHING_HEARD = 1
FAILURE = 'with --once: no weights came, so no graph is at work here'
REFRESH_S = 0.125
SPIN_S = 0.05


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    from av_fusion_ros.cli.ros_arguments import add_namespace_argument
    from av_fusion_ros.cli.ros_session import add_network_argument

    parser.add_argument('--once', action='store_true', help='print a snapshot as JSON and end')
    parser.add_argument(
        '--wait', type=float, default=5.0, metavar='S', help='for the snapshot, at most'
    )
    add_namespace_argument(parser, 'the graph')
    add_network_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Listen and show."""
    from rich.console import Console

    from av_fusion_ros.cli.live_view import LiveState
    from av_fusion_ros.cli.ros_session import ros_session, use_local_network

    if args.local:
        use_local_network()
    state = LiveState(args.namespace)
    with ros_session() as executor:
        import rclpy

        node = rclpy.create_node('av_fusion_watch', namespace=args.namespace)
        executor.add_node(node)
        listen(node, state)
        try:
            if args.once:
                return _snapshot(executor, state, args.wait)
            _show(executor, state, Console())
        except KeyboardInterrupt:
            return 0
        finally:
            node.destroy_node()
    return 0


def listen(node: Any, state: Any) -> None:
    """Subscribe ``node`` to the fusion's results, for ``state``."""
    from av_fusion_ros.nodes import qos
    from av_fusion_ros.nodes.graph import FUSION
    from av_fusion_ros.nodes.message_types import message_class

    def timed(take: Callable[[Any, float], None]) -> Callable[[Any], None]:
        return lambda message: take(message, time.monotonic())

    for name, take in (
        ('~/weights', state.take_weights),
        ('~/mode', state.take_mode),
        ('~/command', state.take_command),
        ('~/alarm', state.take_alarm),
    ):
        topic = FUSION.topic(name)
        node.create_subscription(
            message_class(topic.type), topic.resolved(FUSION.name), timed(take), qos.profile(topic)
        )


def _snapshot(executor: Any, state: Any, wait_s: float) -> int:
    """Print what is known once weights and mode have come, or at the latest after ``wait_s``."""
    limit_s = time.monotonic() + wait_s
    while (state.weights is None or state.mode is None) and time.monotonic() < limit_s:
        executor.spin_once(timeout_sec=SPIN_S)
    print(json.dumps(state.snapshot(), indent=1))
    if state.weights is None:
        why = (
            'is a graph up, in this namespace, and is --local given to both or to neither?'
            if state.mode is None
            else 'a graph is up, but no picture or sound reaches it; see `av-fusion doctor`'
        )
        print(f'no weights came: {why}', file=sys.stderr)
        return EXIT_NOTHING_HEARD
    return 0


def _show(executor: Any, state: Any, console: Any) -> None:
    from rich.live import Live

    from av_fusion_ros.cli.live_view import panel

    with Live(console=console, screen=console.is_terminal, auto_refresh=False) as live:
        due_s = 0.0
        while True:
            executor.spin_once(timeout_sec=SPIN_S)
            if time.monotonic() >= due_s:
                due_s = time.monotonic() + REFRESH_S
                live.update(panel(state, time.monotonic()), refresh=True)
