# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One rclpy context, node and executor for the length of a sub-command."""

from __future__ import annotations

import argparse
import gc
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from av_fusion_ros.nodes.installed_files import package_file

if TYPE_CHECKING:
    from av_fusion_ros.cli.interruptible_executor import InterruptibleExecutor


def add_network_argument(parser: argparse.ArgumentParser) -> None:
    """Offer --local, for sub-commands that take part in a graph."""
    parser.add_argument(
        '--local',
        action='store_true',
        help='talk to this machine alone, with shared memory large enough for raw images '
        '(config/fastdds_local.xml); give it to every process of the graph',
    )


def use_local_network() -> None:
    """Set the environment of --local for this process and those it starts; before rclpy.init."""
    profile = str(package_file('config/fastdds_local.xml'))
    os.environ[_profile_variable()] = profile
    os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'


def _profile_variable() -> str:
    """Return the variable that names the profile; Fast DDS 2, called fastrtps, has another."""
    from ament_index_python.packages import get_packages_with_prefixes

    before = 'fastrtps' in get_packages_with_prefixes()
    return 'FASTRTPS_DEFAULT_PROFILES_FILE' if before else 'FASTDDS_DEFAULT_PROFILES_FILE'


@contextmanager
def ros_session(ros_arguments: Sequence[str] = ()) -> Iterator[InterruptibleExecutor]:
    """Initialise ROS and yield an executor, which Ctrl-C and SIGTERM end by KeyboardInterrupt."""
    import rclpy
    from rclpy.signals import SignalHandlerOptions

    from av_fusion_ros.cli.interruptible_executor import InterruptibleExecutor

    # Nodes of an earlier session that are held in cycles keep their participant, and beside a
    # handful of participants a process is not found by the others of its machine.
    gc.collect()
    # rclpy's own handlers would end ROS at once, before the nodes here are taken down in order.
    rclpy.init(args=list(ros_arguments), signal_handler_options=SignalHandlerOptions.NO)
    executor = InterruptibleExecutor()
    with executor.taking_signals():
        try:
            yield executor
        finally:
            executor.shutdown()
            rclpy.try_shutdown()
