# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""When a finding is said: once it has held, when it changes, and at 1 Hz while it is a fault."""

from __future__ import annotations

from av_fusion_ros.recognition.consistency_alarm import Kind, Level
from av_fusion_ros.recognition.features import HOP_NS, NS_PER_S

Finding = tuple[Level, Kind]
_REPEAT_NS = NS_PER_S


class Announcement:
    """``current`` is the finding in force, None before the first; ``since_ns`` when it began."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Nothing has been said yet."""
        self.current: Finding | None = None
        self.since_ns = 0
        self._candidate: Finding | None = None
        self._candidate_ns = 0
        self._said_ns = 0

    def is_due(self, finding: Finding, hold_s: float, stamp_ns: int) -> bool:
        """Take a hop's finding; it is in force once it has held for ``hold_s``."""
        if finding == self.current:
            self._candidate = None
        else:
            if finding != self._candidate:
                self._candidate, self._candidate_ns = finding, stamp_ns
            if stamp_ns - self._candidate_ns >= round(hold_s * NS_PER_S) - HOP_NS:
                self.current, self.since_ns = finding, self._candidate_ns
                self._candidate, self._said_ns = None, stamp_ns
                return True
        raised = self.current is not None and self.current[1] is not Kind.NONE
        if raised and stamp_ns - self._said_ns >= _REPEAT_NS:
            self._said_ns = stamp_ns
            return True
        return False
