# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Everything one benchmark found; a part that was not measured is empty."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass, field
from pathlib import Path

from av_fusion_ros.measuring.graph_run import GraphRun
from av_fusion_ros.measuring.hop_time import Spent
from av_fusion_ros.measuring.peer import PeerRun

#: The runs of the graph by name.
COMPOSED, SEPARATE, NATIVE, TORCH, FLOOR, RELIABLE = (
    'composed',
    'separate processes',
    'composed, 25 Hz',  # the rate of the recordings: every picture once
    'composed, torch',
    'ROS alone',
    'composed, reliable',
)


@dataclass(slots=True)
class Findings:
    """``stages``, ``streams`` and ``sizes`` are by backend, ``runs`` by the names above."""

    command: str
    material: str
    camera: str
    machine: str = ''
    load_before: float = 0.0
    load_after: float = 0.0
    backends: dict[str, str] = field(default_factory=dict)
    stages: dict[str, dict[str, Spent]] = field(default_factory=dict)
    streams: dict[str, dict[int, Spent]] = field(default_factory=dict)
    sizes: dict[tuple[int, int], Spent] = field(default_factory=dict)
    runs: dict[str, GraphRun] = field(default_factory=dict)
    peer: PeerRun | None = None
    left_out: list[str] = field(default_factory=list)


def this_machine() -> str:
    """Processor, cores and Python in words."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path('/proc/cpuinfo').read_text(encoding='utf-8').splitlines()
        model = next(line.split(':', 1)[1].strip() for line in lines if 'model name' in line)
    except (OSError, StopIteration):
        pass
    return f'{model}, {os.cpu_count()} cores, Python {platform.python_version()}'
