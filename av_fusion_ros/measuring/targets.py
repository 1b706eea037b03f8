# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What was wanted of the package on two cores, beside what was found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from av_fusion_ros.measuring.findings import COMPOSED, FLOOR, NATIVE, SEPARATE, TORCH, Findings
from av_fusion_ros.measuring.hop_time import WHOLE_HOP
from av_fusion_ros.measuring.tables import Cell, Table

HOP_MS = 40.0


@dataclass(frozen=True, slots=True)
class Target:
    """``found`` in ``unit``; met when at most ``limit``, or at least where ``at_least``."""

    name: str
    found: float
    limit: float
    unit: str
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether it was reached."""
        return self.found >= self.limit if self.at_least else self.found <= self.limit


def targets(found: Findings) -> Iterator[Target]:
    """Every target whose part was measured."""
    for backend, stages in found.stages.items():
        for stage in ('all networks', WHOLE_HOP):
            p95 = float(np.percentile(stages[stage][:, 1], 95))
            yield Target(f'{stage}, {backend}, CPU p95', p95, 3.0, 'ms')
    for name in (COMPOSED, SEPARATE, NATIVE):
        run = found.runs.get(name)
        if run is not None and run.latencies_s:
            for q, limit in ((50, 200.0), (95, 350.0)):
                value = 1e3 * float(np.percentile(run.latencies_s, q))
                yield Target(f'end of word to command p{q}, {name}', value, limit, 'ms')
    for name, cpu, rss in ((COMPOSED, 60.0, 350.0), (TORCH, np.inf, 600.0), (FLOOR, 20.0, np.inf)):
        run = found.runs.get(name)
        if run is None:
            continue
        used = list(run.usage.values())
        if np.isfinite(cpu):
            total = sum(each.cpu_percent for each in used)
            yield Target(f'CPU of the graph, {name}', total, cpu, '% of a core')
        if np.isfinite(rss):
            yield Target(f'memory, {name}', sum(each.rss_mib for each in used), rss, 'MiB')
    for name, run in found.runs.items():
        if name in (COMPOSED, SEPARATE, TORCH):
            start = run.start_up
            seconds = start.configure_s + start.activate_s
            yield Target(f'configure to active, {name}', seconds, 5.0, 's')
    for backend, by_number in found.streams.items():
        yield Target(f'streams in real time, {backend}', in_real_time(by_number), 20, '', True)


def in_real_time(by_number: dict[int, np.ndarray]) -> float:
    """The largest measured number of streams of which a hop takes under 40 ms of one core."""
    fits = [n for n, spent in by_number.items() if np.percentile(spent[:, 1], 95) < HOP_MS]
    return float(max(fits, default=0))


def verdicts(found: Findings) -> Table:
    """The targets as a table."""
    rows: list[list[Cell]] = [
        [t.name, f'{"at least" if t.at_least else "at most"} {t.limit:g} {t.unit}'.strip(),
         t.found, 'met' if t.met else 'NOT met']
        for t in targets(found)
    ]  # fmt: skip
    columns = ('figure', 'target', 'found', '')
    note = 'Targets are for two cores with nothing else to do.'
    return Table('targets', 'Targets', columns, rows, note)
