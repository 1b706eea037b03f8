# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Runs nodes in this process until Ctrl-C, SIGTERM or the end of ROS."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any

import rclpy
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor

from av_fusion_ros.nodes.managed_node import ManagedNode
from av_fusion_ros.nodes.message_types import MessageTypeError
from av_fusion_ros.nodes.parameters import ParameterError

EXIT_OK = 0
EXIT_REFUSED = 2
SPIN_S = 0.5


def make_executor() -> Any:
    """Return the cheapest executor there is: by events, which needs half the processor time."""
    try:
        from rclpy.experimental import EventsExecutor
    except ImportError:
        return SingleThreadedExecutor()
    return EventsExecutor()


def run_nodes(make_nodes: Callable[[], Sequence[ManagedNode]], args: list[str] | None) -> int:
    """Spin what ``make_nodes`` returns; the exit code is 0, or 2 with bad arguments of ROS."""
    try:
        rclpy.init(args=args)
    except Exception as error:  # no file of parameters there, no remapping: RCLError and others
        print(f'error: {str(error).partition(", at ")[0]}', file=sys.stderr)
        return EXIT_REFUSED
    nodes: Sequence[ManagedNode] = ()
    try:
        nodes = make_nodes()
        executor = make_executor()
        for node in nodes:
            executor.add_node(node)
        # With a limit: without one the executor of ROS 2 Kilted's wheels never sleeps.
        while rclpy.ok():
            try:
                executor.spin_once(timeout_sec=SPIN_S)
            except RuntimeError:  # RCLError is one
                # A signal ends ROS at any moment, also in the middle of a callback.
                if rclpy.ok():
                    raise
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    except (ParameterError, MessageTypeError) as error:
        print(f'error: {error}', file=sys.stderr)
        return EXIT_REFUSED
    except Exception:
        # While the nodes are made as well, and what fails then is of any kind.
        if rclpy.ok():
            raise
    finally:
        # A second Ctrl-C must not cut the clean-up short and leave shared memory behind.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for node in nodes:
            node.destroy_node()
        rclpy.try_shutdown()
    return EXIT_OK
