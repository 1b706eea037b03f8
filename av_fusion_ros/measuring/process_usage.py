# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""CPU time and memory of running processes, and how memory grows."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import psutil

MIB = 2.0**20
SETTLING = 0.4  # of a run, in which caches fill and buffers find their size
LEAST_S = 20.0  # a shorter stretch says nothing about an hour


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at one process: monotonic seconds, CPU seconds so far, resident bytes."""

    at_s: float
    cpu_s: float
    rss_bytes: int


@dataclass(slots=True)
class Usage:
    """Looks at one process, oldest first."""

    samples: list[Sample] = field(default_factory=list)

    @property
    def cpu_percent(self) -> float:
        """Share of one core over the whole run, in percent; NaN for fewer than two looks."""
        if len(self.samples) < 2:
            return float('nan')
        first, last = self.samples[0], self.samples[-1]
        return 100 * (last.cpu_s - first.cpu_s) / (last.at_s - first.at_s)

    @property
    def rss_mib(self) -> float:
        """Largest resident memory."""
        return max((sample.rss_bytes for sample in self.samples), default=0) / MIB

    @property
    def growth_mib_per_hour(self) -> tuple[float, float]:
        """Slope of resident memory after ``SETTLING``, extrapolated, and its standard error.

        NaN when the run was too short to tell.
        """
        late = self.samples[round(SETTLING * len(self.samples)) :]
        if len(late) < 4 or late[-1].at_s - late[0].at_s < LEAST_S:
            return float('nan'), float('nan')
        at_h = np.array([sample.at_s for sample in late]) / 3600
        rss = np.array([sample.rss_bytes for sample in late]) / MIB
        (slope, _), covariance = np.polyfit(at_h - at_h[0], rss, 1, cov=True)
        return float(slope), float(np.sqrt(covariance[0, 0]))


class UsageMeter:
    """Looks at processes, named by the caller; one that has ended keeps what was seen of it."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self.usage = {name: Usage() for name in pids}
        self._processes = {name: psutil.Process(pid) for name, pid in pids.items()}

    def look(self) -> None:
        """Take one sample of each."""
        for name, process in self._processes.items():
            try:
                with process.oneshot():
                    spent, memory = process.cpu_times(), process.memory_info()
            except psutil.NoSuchProcess:
                continue
            cpu_s = spent.user + spent.system
            self.usage[name].samples.append(Sample(time.monotonic(), cpu_s, memory.rss))
