# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a node tells /diagnostics once a second: a level, a sentence, and its counters."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.node import Node

PERIOD_S = 1.0
HELD_REPORTS = 5  # a passing fault is shown this often, so that nobody can miss it

OK: bytes = DiagnosticStatus.OK
WARN: bytes = DiagnosticStatus.WARN
ERROR: bytes = DiagnosticStatus.ERROR


class Task:
    """One line of /diagnostics; safe to use from any thread.

    A fault is named; while several are raised the worst is shown, all are listed. Passing faults
    vanish after HELD_REPORTS reports, lasting ones when ``clear`` is called or what they last for
    is over.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._lock = threading.Lock()
        self._counters: Counter[str] = Counter()
        self._values: dict[str, str] = {}
        self._groups: dict[str, tuple[str, ...]] = {}
        self._faults: dict[str, tuple[bytes, str, int | None]] = {}
        self._lasts: dict[str, Callable[[], bool]] = {}

    def declare_counters(self, *names: str) -> None:
        """Show these counters from the first report on, at 0."""
        with self._lock:
            for name in names:
                self._counters[name] += 0

    def count(self, name: str, times: int = 1) -> None:
        """Add to a counter; counters only grow until the node ends."""
        with self._lock:
            self._counters[name] += times

    def counted(self, name: str) -> int:
        """Return a counter."""
        with self._lock:
            return self._counters[name]

    def value(self, name: str, value: object) -> None:
        """Show a value under ``name``."""
        with self._lock:
            self._values[name] = str(value)

    def values(self, group: str, values: Mapping[str, object]) -> None:
        """Show these values, and no longer those that ``group`` had before."""
        with self._lock:
            for name in self._groups.get(group, ()):
                self._values.pop(name, None)
            self._groups[group] = tuple(values)
            self._values |= {name: str(value) for name, value in values.items()}

    def passing_fault(self, name: str, level: bytes, text: str) -> None:
        """Raise a fault that lapses by itself."""
        with self._lock:
            self._faults[name] = (level, text, HELD_REPORTS)
            self._lasts.pop(name, None)

    def lasting_fault(
        self, name: str, level: bytes, text: str, lasts: Callable[[], bool] = lambda: True
    ) -> None:
        """Raise a fault that stays until cleared, or until ``lasts`` says no before a report."""
        with self._lock:
            self._faults[name] = (level, text, None)
            self._lasts[name] = lasts

    def clear(self, name: str) -> None:
        """Take a fault back, if it is raised."""
        with self._lock:
            self._faults.pop(name, None)
            self._lasts.pop(name, None)

    def report(self, node_name: str, hardware_id: str) -> DiagnosticStatus:
        """Return the status message and let passing faults age by one report."""
        for name, lasts in list(self._lasts.items()):
            if not lasts():
                self.clear(name)
        with self._lock:
            raised = sorted(self._faults.values(), key=lambda fault: fault[0], reverse=True)
            level = raised[0][0] if raised else OK
            text = '; '.join(fault[1] for fault in raised) or 'ok'
            self._faults = {
                name: (fault[0], fault[1], None if fault[2] is None else fault[2] - 1)
                for name, fault in self._faults.items()
                if fault[2] is None or fault[2] > 1
            }
            shown = {name: str(count) for name, count in self._counters.items()} | self._values
        return DiagnosticStatus(
            level=level,
            name=f'{node_name}: {self.name}',
            message=text,
            hardware_id=hardware_id,
            values=[KeyValue(key=key, value=value) for key, value in shown.items()],
        )


class Diagnostics:
    """Publishes the tasks of one node on /diagnostics, once a second of steady time.

    Steady, not ROS time: a simulation that stands still must not silence the diagnostics.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._tasks: list[Task] = []
        self._publisher = node.create_publisher(DiagnosticArray, '/diagnostics', 10)
        self._timer = node.create_timer(
            PERIOD_S, self.publish, clock=Clock(clock_type=ClockType.STEADY_TIME)
        )

    def task(self, name: str) -> Task:
        """Return a new task."""
        task = Task(name)
        self._tasks.append(task)
        return task

    def publish(self) -> None:
        """Publish one report of every task."""
        name = self._node.get_fully_qualified_name().lstrip('/')
        array = DiagnosticArray(status=[task.report(name, 'av_fusion_ros') for task in self._tasks])
        array.header.stamp = self._node.get_clock().now().to_msg()
        self._publisher.publish(array)
