# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Watches whether an input comes, and who publishes it, several times a second."""

from __future__ import annotations

from collections.abc import Callable

from av_fusion_ros.nodes.diagnostics import WARN
from av_fusion_ros.nodes.managed_node import ManagedNode

PERIOD_S = 0.25
SILENT_PERIODS = 4  # one second


class InputWatch:
    """Raises a fault while nothing has been heard for a second; calls ``look`` each period.

    ``look`` examines the graph: a driver may come late, go, or change what it publishes.
    """

    def __init__(self, node: ManagedNode, absent: str, look: Callable[[], None]) -> None:
        self._node = node
        self._absent = absent
        self._look = look
        self._silent_periods = 0
        self._timer = node.steady_timer(PERIOD_S, self.check)

    def heard(self) -> None:
        """Note that a message came."""
        if self._silent_periods >= SILENT_PERIODS:
            self._node.task.clear('absent')
        self._silent_periods = 0

    def check(self) -> None:
        """Do one period's work."""
        self._silent_periods += 1
        if self._silent_periods == SILENT_PERIODS:
            self._node.task.lasting_fault('absent', WARN, f'{self._absent} for a second')
        self._look()

    def end(self) -> None:
        """Stop watching."""
        self._node.destroy_timer(self._timer)
        self._node.task.clear('absent')
