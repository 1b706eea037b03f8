# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""ROS times to integer nanoseconds and back."""

from __future__ import annotations

from builtin_interfaces.msg import Time

from av_fusion_ros.recognition.features import NS_PER_S


def to_ns(stamp: Time) -> int:
    """Return ``stamp`` in nanoseconds."""
    return int(stamp.sec) * NS_PER_S + int(stamp.nanosec)


class StampError(ValueError):
    """A stamp that is no time of capture."""


def capture_ns(stamp: Time) -> int:
    """Return ``stamp`` in nanoseconds; raises StampError where the source has not filled it in."""
    stamp_ns = to_ns(stamp)
    if stamp_ns <= 0:
        raise StampError(
            f'header.stamp is {stamp_ns / NS_PER_S:g} s; accepted is the time of capture, above 0. '
            'Let the driver fill it in'
        )
    return stamp_ns


def to_stamp(stamp_ns: int) -> Time:
    """Return nanoseconds as a ROS time; negative ones, which ROS lacks, become 0."""
    seconds, nanoseconds = divmod(max(0, stamp_ns), NS_PER_S)
    return Time(sec=seconds, nanosec=nanoseconds)


def shifted_ns(stamp_ns: int, offset_s: float) -> int:
    """Return ``stamp_ns`` moved by ``offset_s`` seconds."""
    return stamp_ns + round(offset_s * NS_PER_S)
