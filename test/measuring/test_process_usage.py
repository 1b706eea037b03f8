# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""CPU and memory of processes, and what is made of them."""

from __future__ import annotations

import math
import os
import subprocess
import sys

import pytest

from av_fusion_ros.measuring.process_usage import MIB, Sample, Usage, UsageMeter


def test_cpu_is_a_share_of_one_core_over_the_whole_run() -> None:
    usage = Usage([Sample(10.0, 1.0, 0), Sample(11.0, 1.9, 0), Sample(14.0, 3.0, 0)])
    assert usage.cpu_percent == pytest.approx(50.0)


def test_growth_is_the_slope_after_the_start() -> None:
    """300 MiB are taken up at first, then 0.01 MiB a second: 36 MiB an hour."""
    samples = [Sample(t, 0.0, round(min(100 * t, 300) * MIB)) for t in range(4)]
    samples += [Sample(t, 0.0, round((300 + 0.01 * t) * MIB)) for t in range(4, 100)]
    slope, error = Usage(samples).growth_mib_per_hour
    assert slope == pytest.approx(36.0, abs=0.5)
    assert error < 0.5


def test_what_was_hardly_seen_has_no_figures() -> None:
    assert math.isnan(Usage([Sample(0.0, 0.0, 1)]).cpu_percent)
    assert math.isnan(Usage([Sample(0.0, 0.0, 1)]).growth_mib_per_hour[0])


def test_the_meter_sees_what_a_process_uses() -> None:
    meter = UsageMeter({'this': os.getpid()})
    meter.look()
    total = sum(range(3_000_000))
    meter.look()
    first, last = meter.usage['this'].samples
    assert total > 0
    assert last.cpu_s > first.cpu_s
    assert 10 < meter.usage['this'].rss_mib < 10_000


def test_a_process_that_ended_keeps_what_was_seen_of_it() -> None:
    with subprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE) as process:
        meter = UsageMeter({'short': process.pid})
        meter.look()
        process.communicate(b'\n')
    meter.look()
    assert len(meter.usage['short'].samples) == 1
