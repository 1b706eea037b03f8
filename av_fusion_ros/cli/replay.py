# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`av-fusion replay`: a bag, a video or a sound file into the running graph."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from av_fusion_ros.cli import DONE, FAILED, INTERRUPTED

HELP = """
    Play a rosbag2 folder (sqlite3 or mcap), a video or a sound file into the running graph, with
    /clock, and wait until the graph has worked it off. Start the graph with
    `av-fusion up --use-sim-time`.

    Results and features that a bag holds are not played, as the running graph makes them anew.
"""

FAILURE = 'no weights came, so no graph is at work here'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    from av_fusion_ros.cli.ros_arguments import add_namespace_argument, remapping
    from av_fusion_ros.cli.ros_session import add_network_argument

    parser.add_argument('path', type=Path, help='rosbag2 folder, video or sound file')
    parser.add_argument('--rate', type=float, default=1.0, help='speed, 0.01 to 100')
    parser.add_argument('--output', type=Path, metavar='BAG', help='record the results there')
    parser.add_argument(
        '--storage', choices=('mcap', 'sqlite3'), default='mcap', help='format of the bag'
    )
    parser.add_argument('--loop', action='store_true', help='begin again at the end')
    parser.add_argument(
        '-r',
        '--remap',
        type=remapping,
        action='append',
        default=[],
        metavar='FROM:=TO',
        help='play topic FROM as TO; may be repeated',
    )
    add_namespace_argument(parser, 'the graph')
    parser.add_argument('--no-clock', action='store_true', help='do not publish /clock')
    parser.add_argument(
        '--wait', type=float, default=30.0, metavar='S', help='wait for subscribers, 0 = do not'
    )
    add_network_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Play to the end; commands are printed as the graph recognises them."""
    from av_fusion_ros.cli.ros_session import ros_session, use_local_network
    from av_fusion_ros.nodes.replay_session import ReplaySession

    if args.local:
        use_local_network()
    remappings = [word for remap in args.remap for word in ('-r', remap)]
    with ros_session(['--ros-args', *remappings] if remappings else ()) as executor:
        session = ReplaySession(
            executor,
            args.path,
            namespace=args.namespace,
            rate=args.rate,
            loop=args.loop,
            publish_clock=not args.no_clock,
            wait_s=args.wait,
            output=args.output,
            storage=args.storage,
            on_command=lambda message: print(
                f'{message.best.text}  (confidence {message.best.confidence:.2f})', flush=True
            ),
        )
        interrupted = False
        try:
            session.run()
        except KeyboardInterrupt:
            interrupted = True
        finally:
            session.close()
        print(f'{session.sent} messages played, {session.heard_weights} weights received')
    if interrupted and not args.loop:  # a loop has no other end
        return INTERRUPTED
    if not session.heard_weights:
        print(
            'no graph answered: is one up (`av-fusion up --use-sim-time`), in this namespace, '
            'and is --local given to both or to neither?',
            file=sys.stderr,
        )
        return FAILED
    return DONE
