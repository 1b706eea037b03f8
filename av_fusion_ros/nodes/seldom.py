# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How often to say what happens again and again."""

from __future__ import annotations

import time
from collections.abc import Callable


class Seldom:
    """Says at most every ``period_s`` of steady time, for each name by itself, that it is time.

    rclpy's own throttle looks up the caller's source file before it finds that it is to be
    silent: 0.4 ms for every message of a flood.
    """

    def __init__(self, period_s: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._period_s = period_s
        self._monotonic = monotonic
        self._last_s: dict[str, float] = {}

    def due(self, name: str) -> bool:
        """Whether it is time to say ``name``, which counts as said then."""
        now_s = self._monotonic()
        last_s = self._last_s.get(name)
        if last_s is not None and now_s - last_s < self._period_s:
            return False
        self._last_s[name] = now_s
        return True
