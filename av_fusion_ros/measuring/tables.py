# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The findings as tables: for the screen, for the page, as CSV."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from av_fusion_ros.measuring.findings import FLOOR, Findings
from av_fusion_ros.measuring.hop_time import Spent
from av_fusion_ros.recognition.audio_encoder import SPAN_SAMPLES
from av_fusion_ros.signals.log_mel import SAMPLE_RATE_HZ

Cell = str | int | float


@dataclass(frozen=True, slots=True)
class Table:
    """``name`` is part of the file's name, ``note`` a sentence on how to read it."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: list[list[Cell]]
    note: str = ''

    def markdown(self) -> Iterator[str]:
        """Lines of a Markdown table."""
        yield f'| {" | ".join(self.columns)} |'
        yield '|' + '---|' * len(self.columns)
        for row in self.rows:
            yield f'| {" | ".join(map(shown, row))} |'

    def write(self, path: Path) -> None:
        """Write it as CSV."""
        with path.open('w', newline='', encoding='utf-8') as stream:
            writer = csv.writer(stream)
            writer.writerow(self.columns)
            writer.writerows(
                [f'{v:.4f}' if isinstance(v, float) else v for v in row] for row in self.rows
            )


def shown(value: Cell) -> str:
    """A cell for people."""
    if not isinstance(value, float):
        return str(value)
    if np.isnan(value):
        return '-'
    return f'{value:.2f}' if abs(value) < 20 else f'{value:.0f}'


def percentiles(spent: Spent) -> list[Cell]:
    """Wall p50, wall p95, CPU p50, CPU p95."""
    return [float(np.percentile(spent[:, k], q)) for k in (0, 1) for q in (50, 95)]


TIMES = ('wall p50 [ms]', 'wall p95 [ms]', 'CPU p50 [ms]', 'CPU p95 [ms]')


def hop_time(found: Findings) -> Table:
    rows: list[list[Cell]] = [
        [backend, stage, len(spent), *percentiles(spent)]
        for backend, stages in found.stages.items()
        for stage, spent in stages.items()
    ]
    note = 'Ear: sound to features. Eye: 640x480 picture to features. One thread.'
    return Table('hop_time', 'One hop of 40 ms', ('backend', 'stage', 'n', *TIMES), rows, note)


def streams(found: Findings) -> Table:
    rows: list[list[Cell]] = []
    for backend, by_number in found.streams.items():
        for number, spent in by_number.items():
            each = float(np.percentile(spent[:, 1], 50)) / number
            rows.append([backend, number, *percentiles(spent), each])
    columns = ('backend', 'streams', *TIMES, 'CPU p50 [ms] a stream')
    note = 'Ear, eye and fusion networks, one call each for all streams. Real time is 40 ms.'
    return Table('streams', 'Many talkers or cameras in one call', columns, rows, note)


def picture_sizes(found: Findings) -> Table:
    rows: list[list[Cell]] = [
        [f'{width}x{height}', *percentiles(spent)] for (width, height), spent in found.sizes.items()
    ]
    note = 'Face, mouth, quality and network, for each picture.'
    return Table('picture_sizes', 'Size of the picture', ('picture', *TIMES), rows, note)


def _percentiles_ms(times_s: Sequence[float], which: Sequence[float]) -> list[float]:
    """NaN where there are none: a graph that answered nothing is to be seen."""
    if not times_s:
        return [float('nan')] * len(which)
    return [1e3 * float(np.percentile(times_s, q)) for q in which]


def latency(found: Findings) -> Table:
    rows: list[list[Cell]] = []
    for name, run in found.runs.items():
        if name == FLOOR:  # it has no recogniser
            continue
        ends = _percentiles_ms(run.latencies_s, (50, 95, 99))
        hop = _percentiles_ms(run.weights_s, (50, 95))
        rows.append([name, len(run.spoken), len(run.latencies_s), run.right, *ends, *hop])
    columns = (
        'graph', 'phrases', 'answered', 'right',
        'end of word to command p50 [ms]', 'p95 [ms]', 'p99 [ms]',
        'newest sample to weights p50 [ms]', 'p95 [ms]',
    )  # fmt: skip
    note = (
        'From the true end of the last word to the arrival of the command in another process. Of '
        'it, 120 ms is how long after a sound the network was trained to name it, and '
        f'{1e3 * SPAN_SAMPLES / SAMPLE_RATE_HZ:.0f} ms the sound that one hop looks at. With few '
        'phrases p99 is the slowest one. Recordings have 25 pictures a second: at 30 Hz every '
        'fifth is shown twice, which makes lips harder to read and some commands less sure.'
    )
    return Table('latency', 'End of word to command', columns, rows, note)


def usage(found: Findings) -> Table:
    rows: list[list[Cell]] = []
    for name, run in found.runs.items():
        for process, used in run.usage.items():
            growth, error = used.growth_mib_per_hour
            rows.append([name, process, run.seconds, used.cpu_percent, used.rss_mib, growth, error])
        if len(run.usage) > 1:
            total = sum(used.cpu_percent for used in run.usage.values())
            rss = sum(used.rss_mib for used in run.usage.values())
            rows.append([name, 'all', run.seconds, total, rss, float('nan'), float('nan')])
    columns = (
        'graph', 'process', 'seconds', 'CPU [% of a core]', 'memory [MiB]',
        'growth [MiB/h]', 'standard error',
    )  # fmt: skip
    note = (
        'Memory is resident, the largest seen. Growth is the slope over the last 60 % of the run, '
        'extrapolated to an hour, where that is 20 s at least. "ROS alone" has the same nodes, '
        'topics and rates without work.'
    )
    return Table('usage', 'CPU and memory of each process', columns, rows, note)


def start_up(found: Findings) -> Table:
    rows: list[list[Cell]] = [
        [name, s.answer_s, s.configure_s, s.activate_s, s.configure_s + s.activate_s]
        for name, run in found.runs.items()
        for s in [run.start_up]
    ]
    columns = (
        'graph', 'start to all nodes answer [s]', 'configure [s]', 'activate [s]',
        'configure to active [s]',
    )  # fmt: skip
    note = 'All nodes in turn; networks are loaded and warmed up in configure.'
    return Table('start_up', 'Start-up', columns, rows, note)


def loss(found: Findings) -> Table:
    rows: list[list[Cell]] = [
        [name, topic, run.sent[topic], run.lost[topic]]
        for name, run in found.runs.items()
        for topic in run.sent
    ]
    columns = ('graph', 'topic', 'sent', 'lost or dropped')
    note = 'Best effort, but for "reliable".'
    return Table('loss', 'Quality of service', columns, rows, note)


def peer(found: Findings) -> Table:
    rows: list[list[Cell]] = []
    if found.peer is not None:
        run = found.peer
        times = _percentiles_ms(run.latencies_s, (50, 95))
        rows.append(
            ['pocketsphinx', run.takes, run.found, run.right, *times, 100 * run.real_time_factor]
        )
    columns = (
        'recogniser', 'phrases', 'answered', 'right', 'end of word to text p50 [ms]', 'p95 [ms]',
        'CPU [% of a core]',
    )  # fmt: skip
    note = (
        'The same phrases, sound alone, the same grammar, live as its endpointer works; a general '
        'model that has never heard the talker. Without ROS.'
    )
    return Table('peer', 'A peer on the same sound', columns, rows, note)


MAKERS: Sequence[Callable[[Findings], Table]] = (
    hop_time, latency, usage, start_up, streams, picture_sizes, loss, peer,
)  # fmt: skip


def tables(found: Findings) -> list[Table]:
    """Every table that has rows."""
    return [table for make in MAKERS if (table := make(found)).rows]
