# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which messages of one key were seen already: a sliding window of sequence numbers.

The anti-replay window of IPsec (RFC 4303, section 3.4.3): what the air delivers out of order is
taken once, what is older than the window is refused. Sequence and generation time must tell the
same order.
"""

from __future__ import annotations

WINDOW = 1024  # sequence numbers; over a second where they are milliseconds


class ReplayWindow:
    """Looking changes nothing, so that an unverified message can be asked about."""

    def __init__(self) -> None:
        self._highest = -1
        self._highest_generated_ns = 0
        self._seen = 0  # bit k: the highest number less k was seen

    def refuses(self, sequence: int, generated_ns: int) -> bool:
        """Whether it was seen, is older than the window, or contradicts the newest one."""
        behind = self._highest - sequence
        if self._highest < 0:
            return False
        if behind < 0:
            return generated_ns < self._highest_generated_ns
        return (
            behind >= WINDOW
            or bool(self._seen >> behind & 1)
            or generated_ns > self._highest_generated_ns
        )

    def take(self, sequence: int, generated_ns: int) -> None:
        """Remember a message that ``refuses`` let pass."""
        ahead = sequence - self._highest
        if self._highest < 0 or ahead >= WINDOW:
            self._seen = 1
        elif ahead > 0:
            self._seen = (self._seen << ahead | 1) & ((1 << WINDOW) - 1)
        else:
            self._seen |= 1 << -ahead
            return
        self._highest, self._highest_generated_ns = sequence, generated_ns
