# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""An executor that Ctrl-C and SIGTERM end between two callbacks, never within one."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from rclpy.executors import SingleThreadedExecutor

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class InterruptibleExecutor(SingleThreadedExecutor):
    """``spin_once`` raises KeyboardInterrupt once SIGINT or SIGTERM has come.

    Python raises at whatever instruction it is at when a signal comes: in a callback, in the
    binding to rcl, in somebody's ``finally`` or ``__del__``, where the exception is changed or
    lost. Here the signal is only noted, and raised by the loop that spins. A second one is raised
    at once, for whoever computes instead of spinning; but not after the loop has ended, when it
    would cut the clean-up short.
    """

    def __init__(self) -> None:
        super().__init__()
        self._asked = False
        self._told = False

    @contextmanager
    def taking_signals(self) -> Iterator[None]:
        """Note the signals meanwhile; one that nobody has been told of is raised at the end."""
        before = {number: signal.signal(number, self._note) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        self._tell()

    def spin_once(self, timeout_sec: float | None = None) -> None:
        """Run one callback; raises KeyboardInterrupt when a signal has come."""
        self._tell()
        super().spin_once(timeout_sec=timeout_sec)
        self._tell()

    def _note(self, number: int, frame: object) -> None:
        self._tell()  # of the one before
        self._asked = True

    def _tell(self) -> None:
        if self._asked and not self._told:
            self._told = True
            raise KeyboardInterrupt
