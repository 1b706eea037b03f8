# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The benchmark's plots."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from av_fusion_ros.measuring.findings import Findings
from av_fusion_ros.measuring.process_usage import MIB
from av_fusion_ros.measuring.targets import HOP_MS

DPI = 110


def write_plots(folder: Path, prefix: str, found: Findings) -> dict[str, str]:
    """Write what there are figures for; return the file of each table that has one."""
    mpl.use('Agg')
    from matplotlib import pyplot as plt

    plots: dict[str, tuple[bool, Callable[[Findings], Figure]]] = {
        'hop_time': (bool(found.stages), stages),
        'latency': (any(run.latencies_s for run in found.runs.values()), latency),
        'streams': (bool(found.streams), streams),
        'usage': (bool(found.runs), memory),
    }
    written = {}
    for name, (there, draw) in plots.items():
        if not there:
            continue
        figure = draw(found)
        figure.savefig(folder / f'{prefix}_{name}.png', dpi=DPI)
        plt.close(figure)
        written[name] = f'{prefix}_{name}.png'
    return written


def stages(found: Findings) -> Figure:
    """Median CPU of the stages, stacked, a bar for each backend."""
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 1.2 + 0.6 * len(found.stages)), layout='constrained')
    for backend, by_stage in found.stages.items():
        left = 0.0
        for k, (stage, spent) in enumerate(s for s in by_stage.items() if ':' in s[0]):
            width = float(np.median(spent[:, 1]))
            label = stage if backend == next(iter(found.stages)) else None
            axes.barh(backend, width, left=left, color=f'C{k}', label=label)
            left += width
    axes.set_xlabel('CPU of one hop, median [ms]')
    axes.legend(fontsize=8, ncols=3)
    return figure


def latency(found: Findings) -> Figure:
    """Share of phrases answered within a time, a line for each graph."""
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 3), layout='constrained')
    for name, run in found.runs.items():
        if run.latencies_s:
            times = np.sort(run.latencies_s) * 1e3
            share = 100 * np.arange(1, len(times) + 1) / len(times)
            axes.step(times, share, where='post', label=f'{name}, n {len(times)}')
    axes.set_xlabel('end of the last word to the arrival of the command [ms]')
    axes.set_ylabel('phrases [%]')
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    return figure


def streams(found: Findings) -> Figure:
    """CPU of a hop over the number of streams, beside real time."""
    from matplotlib import pyplot as plt

    figure, (whole, each) = plt.subplots(1, 2, figsize=(8, 3), layout='constrained')
    for backend, by_number in found.streams.items():
        numbers = np.array(list(by_number))
        median = np.array([np.median(spent[:, 1]) for spent in by_number.values()])
        whole.plot(numbers, median, 'o-', label=backend)
        each.plot(numbers, median / numbers, 'o-', label=backend)
    whole.axhline(HOP_MS, color='black', linewidth=0.8, linestyle='--')
    whole.set_ylabel('CPU of a hop [ms]; dashed: real time')
    each.set_ylabel('CPU of a hop, each stream [ms]')
    for axes in (whole, each):
        axes.set_xscale('log', base=2)
        axes.set_xlabel('streams in one call')
        axes.grid(alpha=0.3)
    whole.set_yscale('log')
    whole.legend(fontsize=8)
    return figure


def memory(found: Findings) -> Figure:
    """Resident memory over each run, all processes together."""
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 3), layout='constrained')
    for name, run in found.runs.items():
        used = [each.samples for each in run.usage.values() if each.samples]
        length = min(map(len, used), default=0)
        total = [sum(samples[k].rss_bytes for samples in used) / MIB for k in range(length)]
        at_s = [used[0][k].at_s - used[0][0].at_s for k in range(length)]
        axes.plot(at_s, total, label=name)
    axes.set_xlabel('seconds')
    axes.set_ylabel('resident memory, all processes [MiB]')
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    return figure
