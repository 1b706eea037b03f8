# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Page's cumulative sum test (Page 1954, Biometrika 41): has something changed, and since when?

Log-likelihood ratios of a change are summed hop by hop, never below 0. The sum stays near 0 as
long as nothing has changed and climbs when it has; where it last left 0 is when the change began.
It needs the least time to raise for a given rate of false alarms (Lorden 1971). What was raised is
cleared by the same test the other way round.
"""

from __future__ import annotations


class SequentialTest:
    """Raised when the sum for a change reaches ``raise_at``, cleared at ``clear_at`` against it.

    Both are in nats. One hop counts ``hop_limit`` nats at most: a single wild one proves nothing.
    """

    def __init__(self, raise_at: float, clear_at: float, hop_limit: float) -> None:
        self.raise_at, self.clear_at, self._hop_limit = raise_at, clear_at, hop_limit
        self.reset()

    def reset(self) -> None:
        """Forget everything; nothing is raised."""
        self.raised = False
        self.evidence = 0.0  # for a change while none is raised, else against it
        self.since_ns = 0  # when the sum last left 0

    def update(self, log_ratio: float, stamp_ns: int) -> None:
        """Take the log-likelihood ratio of "changed" over "not changed" of one hop."""
        step = max(-self._hop_limit, min(self._hop_limit, log_ratio))
        if self.evidence == 0.0 and not self.raised:
            self.since_ns = stamp_ns
        self.evidence = max(0.0, self.evidence + (-step if self.raised else step))
        if self.evidence >= (self.clear_at if self.raised else self.raise_at):
            self.raised = not self.raised
            self.evidence = 0.0
