# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One panel a comparison: its first figure in every arm, a dot a seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.ablations.comparisons import COMPARISONS
from benchmarks.ablations.summary import Row


def draw(path: Path, tables: Mapping[str, Sequence[Row]]) -> None:
    """Write a PNG; lines join the arms of one seed, a bar is their mean."""
    import matplotlib as mpl

    mpl.use('Agg')
    from matplotlib import pyplot as plt

    shown = [comparison for comparison in COMPARISONS if comparison.key in tables]
    if not shown:
        return
    figure, panels = plt.subplots(1, len(shown), figsize=(3.4 * len(shown), 4.2), squeeze=False)
    for axes, comparison in zip(panels[0], shown, strict=True):
        metric = comparison.metrics[0]
        own = [row for row in tables[comparison.key] if row.metric is metric]
        scale = 100 if metric.share else 1
        values = scale * np.array([row.values for row in own])  # (arms, seeds)
        axes.plot(range(len(own)), values, 'o-', color='0.6', linewidth=0.6, markersize=3)
        axes.plot(range(len(own)), values.mean(1), '_', color='C3', markersize=26, mew=2)
        labels = [row.variant.replace(' ', '\n') for row in own]
        axes.set_xticks(range(len(own)), labels, fontsize=7)
        axes.set_xlim(-0.6, len(own) - 0.4)
        axes.set_title(f'{comparison.key}. {comparison.title}', fontsize=8)
        axes.set_ylabel(metric.label, fontsize=7)
        axes.tick_params(axis='y', labelsize=7)
        axes.grid(axis='y', alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)
