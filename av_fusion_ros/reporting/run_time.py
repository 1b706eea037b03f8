# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""When a run began and ended, by the stamps of its messages, some of which may be nonsense."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from av_fusion_ros.reporting.errors import ReportError

#: Stamps farther from most others are of another clock, such as one that counts from boot.
LONGEST_RUN_NS = 86_400_000_000_000
_MARGIN_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class RunTime:
    """From ``begin_ns``, which is second 0, to ``end_ns``."""

    begin_ns: int
    end_ns: int

    def seconds(self, stamp_ns: float) -> float:
        """A stamp as a time of the run."""
        return (stamp_ns - self.begin_ns) / 1e9

    def holds(self, stamp_ns: int) -> bool:
        """Whether a stamp is of the run."""
        return self.begin_ns - _MARGIN_NS <= stamp_ns <= self.end_ns + _MARGIN_NS


def run_time(stamps_ns: Sequence[int], truth: dict[str, Any] | None) -> RunTime:
    """The time that the stamps span, or the ground truth's where it is of that time.

    Raises ReportError where no stamp says anything.
    """
    known = np.array([stamp for stamp in stamps_ns if stamp > 0], np.int64)
    if not len(known):
        raise ReportError('no message has a stamp of capture: nothing was heard or seen')
    near = known[np.abs(known - np.sort(known)[len(known) // 2]) <= LONGEST_RUN_NS]
    begin_ns, end_ns = int(near.min()), int(near.max())
    if truth is not None and is_of_this_time(truth, begin_ns):
        begin_ns = int(truth['start_ns'])
        end_ns = max(end_ns, begin_ns + round(truth.get('duration_s', 0.0) * 1e9))
    return RunTime(begin_ns, max(end_ns, begin_ns + 100_000_000))


def is_of_this_time(truth: dict[str, Any], begin_ns: int) -> bool:
    """Whether a ground truth is of a run that begins about then."""
    return bool(abs(int(truth['start_ns']) - begin_ns) <= LONGEST_RUN_NS)
