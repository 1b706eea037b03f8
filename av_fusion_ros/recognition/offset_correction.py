# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A measured offset between sound and picture, handed to the alignment within bounds."""

from __future__ import annotations

from av_fusion_ros.recognition.errors import RecognitionError

LEAST_S = 0.03  # what the network does not notice need not be corrected


class OffsetCorrection:
    """Says by how much to shift the picture; ``max_s`` 0 = never.

    Only what has held for ten seconds is corrected (``OffsetTracker.steady_s``), and never beyond
    ``max_s`` of what was configured: an attacker who plays a video late must not be able to teach
    the fusion that late is right.
    """

    def __init__(self, configured_s: float, max_s: float) -> None:
        if not 0 <= max_s <= 1:
            raise RecognitionError(f'max_align_offset_s must be from 0 to 1 s, not {max_s}')
        self._configured_s, self._max_s = configured_s, max_s
        self.reset()

    def reset(self) -> None:
        """Back to what was configured."""
        self.total_s = self._configured_s

    def update(self, remaining_s: float) -> bool:
        """Take what is still measured; True when ``total_s`` has changed."""
        if not abs(remaining_s) >= LEAST_S:  # NaN too
            return False
        low, high = self._configured_s - self._max_s, self._configured_s + self._max_s
        wanted = min(max(self.total_s + remaining_s, low, -1.0), high, 1.0)
        changed = abs(wanted - self.total_s) >= LEAST_S / 2
        if changed:
            self.total_s = wanted
        return changed
