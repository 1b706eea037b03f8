# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`av-fusion up`: the same graph as launch/fusion.launch.py, started without launch_ros."""

from __future__ import annotations

import argparse
import sys

HELP = """
    Start the nodes, configure and activate them, and run until Ctrl-C.

    It reads the same table of nodes as launch/fusion.launch.py and the same parameter file, so
    that both start the same graph. With --source, a local camera and microphone are published
    as well.
"""

EXIT_NODE_ENDED = 1
FAILURE = 'a node ended by itself'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options; they are the launch file's arguments."""
    from av_fusion_ros.cli.ros_arguments import (
        add_namespace_argument,
        parameter,
        parameter_file,
        remapping,
    )
    from av_fusion_ros.cli.ros_session import add_network_argument

    add_namespace_argument(parser, 'every node')
    parser.add_argument('--params-file', type=parameter_file, help='default: config/fusion.yaml')
    parser.add_argument(
        '--log-level',
        default='info',
        choices=('debug', 'info', 'warn', 'error', 'fatal'),
        help='of every node',
    )
    parser.add_argument(
        '--use-sim-time', action='store_true', help='take time from /clock (bags, simulation)'
    )
    parser.add_argument('--composed', action='store_true', help='all nodes in one process')
    parser.add_argument(
        '--source', choices=('device',), help='device: publish the local camera and microphone'
    )
    parser.add_argument(
        '--annotate',
        action='store_true',
        help='publish annotated_image too: the picture with face, trust and words, for RViz, rqt',
    )
    parser.add_argument(
        '--hri',
        action='store_true',
        help='publish commands for ROS4HRI too: /humans/voices/*/speech; needs hri_msgs',
    )
    parser.add_argument(
        '-r',
        '--remap',
        type=remapping,
        action='append',
        default=[],
        metavar='FROM:=TO',
        help='remap a topic, e.g. image:=/camera/image_raw; may be repeated',
    )
    parser.add_argument(
        '-p',
        '--param',
        type=parameter,
        action='append',
        default=[],
        metavar='NAME:=VALUE',
        help='set a parameter, e.g. fusion:commands_file:=mine.yaml; may be repeated',
    )
    add_network_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Start the graph; the status is 1 when a node ends by itself."""
    from av_fusion_ros.cli.ros_session import ros_session, use_local_network
    from av_fusion_ros.nodes.graph import DEVICE_SOURCE, GRAPH, HRI_BRIDGE, PICTURE_ANNOTATOR
    from av_fusion_ros.nodes.graph_processes import GraphOptions, GraphProcesses
    from av_fusion_ros.nodes.installed_files import package_file

    if args.local:
        use_local_network()
    extra = [DEVICE_SOURCE] if args.source == 'device' else []
    extra += [PICTURE_ANNOTATOR] if args.annotate else []
    extra += [HRI_BRIDGE] if args.hri else []
    options = GraphOptions(
        namespace=args.namespace,
        params_file=args.params_file or package_file('config/fusion.yaml'),
        log_level=args.log_level,
        use_sim_time=args.use_sim_time,
        composed=args.composed,
        nodes=(*GRAPH, *extra),
        remappings=tuple(args.remap),
        parameters=tuple(args.param),
    )
    with ros_session() as executor, GraphProcesses(options) as processes:
        import rclpy

        node = rclpy.create_node('av_fusion_up')
        executor.add_node(node)
        try:
            processes.bring_up(node, executor)
            print('the graph is active; Ctrl-C ends it', flush=True)
            while not processes.ended():
                executor.spin_once(timeout_sec=0.5)
        except KeyboardInterrupt:
            return 0
        finally:
            node.destroy_node()
        print(f'ended by itself: {", ".join(processes.ended())}', file=sys.stderr)
        return EXIT_NODE_ENDED
