# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How many messages in a row and in the long run: the token bucket (RFC 2697's meter)."""

from __future__ import annotations

from av_fusion_ros.recognition.features import NS_PER_S


class TokenBucket:
    """Holds up to ``burst`` tokens and gains ``rate_hz`` a second; begins full."""

    def __init__(self, rate_hz: float, burst: float) -> None:
        self._rate_hz = rate_hz
        self._burst = burst
        self._tokens = burst
        self._last_ns: int | None = None

    def has(self, now_ns: int) -> bool:
        """Whether a token is there; time that goes back brings none."""
        if self._last_ns is not None:
            passed_s = max(0, now_ns - self._last_ns) / NS_PER_S
            self._tokens = min(self._burst, self._tokens + passed_s * self._rate_hz)
        self._last_ns = now_ns
        return self._tokens >= 1

    def take(self) -> None:
        """Use a token that ``has`` found."""
        self._tokens -= 1
