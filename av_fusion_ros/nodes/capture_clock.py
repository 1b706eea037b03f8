# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What capture time it is now, told from the newest stamp and the time that has passed since."""

from __future__ import annotations

from av_fusion_ros.recognition.features import NS_PER_S

JUMP_NS = NS_PER_S


class CaptureClock:
    """Carries the newest stamp on by the ROS clock.

    So time goes on when every sense falls silent, also when a bag with old stamps is played
    without /clock. The carrying begins anew at every stamp, so that a bag played slowly without
    /clock does not leave the stamps behind.
    """

    def __init__(self) -> None:
        self._newest_ns: int | None = None
        self._noted_ns = 0

    def reset(self) -> None:
        """Forget the newest stamp."""
        self._newest_ns = None

    def note(self, stamp_ns: int, ros_now_ns: int) -> None:
        """Take the stamp of something received at ``ros_now_ns``.

        An older stamp than the newest is ignored, unless it is so old that time jumped back.
        """
        newest_ns = self._newest_ns
        if newest_ns is None or not newest_ns - JUMP_NS < stamp_ns < newest_ns:
            self._newest_ns, self._noted_ns = stamp_ns, ros_now_ns

    def now_ns(self, ros_now_ns: int) -> int | None:
        """Return the capture time at ``ros_now_ns``; None before the first stamp."""
        if self._newest_ns is None:
            return None
        return self._newest_ns + max(0, ros_now_ns - self._noted_ns)
