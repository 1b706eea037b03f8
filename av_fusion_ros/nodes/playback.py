# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Paces a recording: each message is handed out when it is due, with a clock between them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

from av_fusion_ros.nodes.recording import Due
from av_fusion_ros.recognition.features import NS_PER_S

CLOCK_STEP_NS = 10_000_000  # /clock runs at 100 Hz of played time


class Playback:
    """Hands out messages and clock ticks at ``rate`` times their own speed until stopped.

    ``rate`` is asked for before every wait, so that it may change while playing.
    """

    def __init__(
        self,
        send: Callable[[Due], None],
        tick: Callable[[int], None],
        rate: Callable[[], float],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._send = send
        self._tick = tick
        self._rate = rate
        self._monotonic = monotonic
        self._stopped = threading.Event()

    def stop(self) -> None:
        """End ``play``, also while it waits."""
        self._stopped.set()

    @property
    def stopped(self) -> bool:
        """True once stop was called."""
        return self._stopped.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait, at most until stopped; return whether it was."""
        return self._stopped.wait(seconds)

    def play(self, messages: Iterable[Due]) -> None:
        """Play to the end, or until stopped."""
        now_ns: int | None = None
        wall_s = self._monotonic()
        for due in messages:
            if now_ns is None:
                now_ns = due.t_ns
                self._tick(now_ns)
            while now_ns + CLOCK_STEP_NS <= due.t_ns:
                now_ns += CLOCK_STEP_NS
                wall_s += CLOCK_STEP_NS / NS_PER_S / self._rate()
                if self._stopped.wait(max(0.0, wall_s - self._monotonic())):
                    return
                self._tick(now_ns)
            if self._stopped.is_set():
                return
            self._send(due)
