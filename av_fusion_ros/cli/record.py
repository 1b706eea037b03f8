# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`av-fusion record`: what the graph publishes, into a bag for Foxglove and `ros2 bag`."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = """
    Write commands, weights, alarms, modes, features and /diagnostics to a rosbag2 folder until
    Ctrl-C. Foxglove opens the .mcap file; `ros2 bag` and `av-fusion replay` read the folder.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    from av_fusion_ros.cli.ros_arguments import add_namespace_argument
    from av_fusion_ros.cli.ros_session import add_network_argument

    parser.add_argument('output', type=Path, help='folder to make')
    parser.add_argument(
        '--storage', choices=('mcap', 'sqlite3'), default='mcap', help='format of the bag'
    )
    add_namespace_argument(parser, 'the graph')
    parser.add_argument(
        '--use-sim-time', action='store_true', help='file messages under the time of /clock'
    )
    parser.add_argument(
        '--inputs', action='store_true', help='record pictures and sound too (large)'
    )
    add_network_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Record until interrupted."""
    from av_fusion_ros.cli.ros_session import ros_session, use_local_network
    from av_fusion_ros.nodes.result_recorder import ResultRecorder, all_topics, result_topics

    if args.local:
        use_local_network()
    topics = all_topics() if args.inputs else result_topics()
    with ros_session() as executor:
        import rclpy
        from rclpy.parameter import Parameter

        node = rclpy.create_node(
            'av_fusion_record',
            namespace=args.namespace,
            parameter_overrides=[Parameter('use_sim_time', value=args.use_sim_time)],
        )
        executor.add_node(node)
        recorder = ResultRecorder(node, args.output, storage=args.storage, topics=topics)
        print(f'recording {len(topics)} topics to {args.output}; Ctrl-C ends it', flush=True)
        try:
            while True:
                executor.spin_once(timeout_sec=1.0)
        except KeyboardInterrupt:
            pass
        finally:
            recorder.close()
            node.destroy_node()
        for topic, count in recorder.counts.items():
            print(f'{count:8d}  {topic}')
    return 0
