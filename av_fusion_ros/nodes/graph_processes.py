# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Starts the graph of nodes/graph.py as processes, without launch_ros, and ends it cleanly."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

from av_fusion_ros.nodes.graph import CONTAINER, GRAPH, NodeEntry
from av_fusion_ros.nodes.lifecycle_client import (
    ACTIVATE,
    CONFIGURE,
    LifecycleClient,
    TransitionError,
)

CONFIGURE_LIMIT_S = 120.0  # loads PyTorch and warms the networks up, on a busy machine
ACTIVATE_LIMIT_S = 30.0
END_LIMIT_S = 5.0


@dataclass(frozen=True, slots=True)
class GraphOptions:
    """How the graph is started; ``remappings`` are FROM:=TO, ``parameters`` NAME:=VALUE.

    ``container`` is the module that runs all nodes when ``composed``.
    """

    namespace: str = ''
    params_file: Path | None = None
    log_level: str = 'info'
    use_sim_time: bool = False
    composed: bool = False
    nodes: tuple[NodeEntry, ...] = GRAPH
    remappings: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    container: str = f'av_fusion_ros.nodes.{CONTAINER}'

    def arguments(self) -> list[str]:
        """Return the ROS arguments of every process."""
        given = ['--ros-args', '--log-level', self.log_level]
        if self.namespace:
            given += ['-r', f'__ns:=/{self.namespace.strip("/")}']
        if self.params_file is not None:
            given += ['--params-file', str(self.params_file)]
        for remapping in self.remappings:
            given += ['-r', remapping]
        for parameter in (*self.parameters, f'use_sim_time:={str(self.use_sim_time).lower()}'):
            given += ['-p', parameter]
        return given

    def executables(self) -> tuple[str, ...]:
        """Return the modules to run: one for each node, or the container."""
        alone = tuple(n.executable for n in self.nodes if not (self.composed and n in GRAPH))
        return (CONTAINER, *alone) if self.composed else alone

    def module(self, executable: str) -> str:
        """Return the module that is run as ``executable``."""
        return self.container if executable == CONTAINER else f'av_fusion_ros.nodes.{executable}'


@dataclass
class GraphProcesses:
    """The running graph; a context manager that ends every process it started."""

    options: GraphOptions
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __enter__(self) -> GraphProcesses:
        """Start the processes."""
        for executable in self.options.executables():
            command = [sys.executable, '-m', self.options.module(executable)]
            # A session of their own: Ctrl-C reaches us alone, and we end them in order.
            self.running[executable] = subprocess.Popen(
                command + self.options.arguments(), start_new_session=True
            )
        return self

    def __exit__(self, *_: object) -> None:
        """End the processes: first politely, then by force."""
        # Not SIGINT: a process that is still importing would answer it with a traceback.
        for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGKILL):
            alive = [process for process in self.running.values() if process.poll() is None]
            for process in alive:
                process.send_signal(number)
            for process in alive:
                try:
                    process.wait(END_LIMIT_S)
                except subprocess.TimeoutExpired:
                    continue

    def bring_up(self, node: Node, executor: SingleThreadedExecutor) -> None:
        """Configure every node, then activate every node; raises TransitionError."""
        clients = [
            LifecycleClient(
                node, executor, entry.name, self.options.namespace, still_there=self._all_run
            )
            for entry in self.options.nodes
        ]
        try:
            for client in clients:
                client.change(CONFIGURE, CONFIGURE_LIMIT_S)
            for client in clients:
                client.change(ACTIVATE, ACTIVATE_LIMIT_S)
        finally:
            for client in clients:
                client.destroy()

    def _all_run(self) -> None:
        if self.ended():
            raise TransitionError(f'{", ".join(self.ended())} ended at start-up; its log says why')

    def ended(self) -> list[str]:
        """Return what has ended by itself, as ``executable (exit code)``."""
        return [
            f'{name} (exit code {process.returncode})'
            for name, process in self.running.items()
            if process.poll() is not None
        ]
