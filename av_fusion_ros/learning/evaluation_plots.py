# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The figures of an evaluation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from av_fusion_ros.learning.findings import Findings, pooled_accuracy
from av_fusion_ros.learning.regret import mean_points
from av_fusion_ros.learning.validation import READINGS

COLOURS = dict(zip(READINGS, ('tab:blue', 'tab:orange', 'tab:green'), strict=True))
NAMES = dict(zip(READINGS, ('by ear', 'by eye', 'both'), strict=True))
DPI = 120


def write_plots(folder: Path, findings: Findings) -> None:
    """Write grid.png, pictures.png, gate.png and regret.png."""
    mpl.use('Agg')
    from matplotlib import pyplot as plt

    plots: dict[str, Callable[[Findings], Figure]] = {
        'grid': curves, 'pictures': heat_map, 'gate': gate_weights, 'regret': regret_bars,
    }  # fmt: skip
    for name, draw in plots.items():
        figure = draw(findings)
        figure.savefig(folder / f'{name}.png', dpi=DPI)
        plt.close(figure)


def curves(findings: Findings) -> Figure:
    """Words right over SNR with a good picture, a panel for each noise family."""
    from matplotlib import pyplot as plt

    families = findings.families or ['none']
    rows = -(-len(families) // 3)
    figure, axes = plt.subplots(
        rows, min(3, len(families)), figsize=(9, 0.6 + 2.5 * rows), squeeze=False,
        sharex=True, sharey=True, layout='constrained',
    )  # fmt: skip
    for panel in axes.flat[len(families) :]:
        panel.set_visible(False)
    for family, panel in zip(families, axes.flat, strict=False):
        for reading in READINGS:
            curve(panel, findings, reading, family)
        panel.set_title(family, fontsize=10)
        panel.set_ylim(0, 101)
        panel.grid(alpha=0.3)
    figure.supxlabel('SNR [dB]', fontsize=10)
    figure.supylabel('words right [%]', fontsize=10)
    axes[0][0].legend(fontsize=8, loc='lower right')
    figure.suptitle('GRID s1, unseen sentences and noises (speaker-dependent)', fontsize=10)
    return figure


def curve(panel: Axes, findings: Findings, reading: str, family: str) -> None:
    """One line with its Wilson intervals, and clean speech apart from it on the right."""
    noisy = [snr_db for snr_db in reversed(findings.levels_db) if snr_db is not None]
    clean_at = max(noisy, default=0.0) + 6
    points = [
        (clean_at if score.cell.snr_db is None else score.cell.snr_db, score)
        for snr_db in [*noisy, None]
        for score in findings.scores(snr_db, 'good', reading, family)
    ]
    at = np.array([place for place, _ in points])
    bounds = 100 * np.array([score.interval for _, score in points]).reshape(-1, 2)
    share = 100 * np.array([score.accuracy for _, score in points])
    colour = COLOURS[reading]
    line = at < clean_at
    panel.plot(at[line], share[line], '.-', color=colour, label=NAMES[reading])
    panel.fill_between(at[line], *bounds[line].T, color=colour, alpha=0.2, linewidth=0)
    margins = np.abs(bounds[~line].T - share[~line])
    panel.errorbar(at[~line], share[~line], margins, fmt='.', color=colour)
    ticks = [snr_db for snr_db in noisy if snr_db % 10 == 0]
    panel.set_xticks([*ticks, clean_at], [*(f'{tick:g}' for tick in ticks), 'clean'])


def heat_map(findings: Findings) -> Figure:
    """Words right by both, by SNR and picture, mean of the families."""
    from matplotlib import pyplot as plt

    levels, pictures = findings.levels_db, findings.pictures
    shares = np.array(
        [
            [100 * pooled_accuracy(findings.scores(snr, p, 'fused'))[0] for snr in levels]
            for p in pictures
        ]
    )
    figure, axes = plt.subplots(
        figsize=(2.2 + 0.55 * len(levels), 1.4 + 0.45 * len(pictures)), layout='constrained'
    )
    axes.imshow(shares, cmap='viridis', vmin=0, vmax=100, aspect='auto')
    for (row, column), share in np.ndenumerate(shares):
        shade = 'black' if share > 60 else 'white'
        axes.text(column, row, f'{share:.0f}', ha='center', va='center', color=shade, fontsize=9)
    axes.set_xticks(range(len(levels)), ['clean' if s is None else f'{s:g}' for s in levels])
    axes.set_yticks(range(len(pictures)), pictures)
    axes.set(xlabel='SNR [dB]', ylabel='picture')
    axes.set_title('words right by both [%], mean of noise families', fontsize=10)
    return figure


def gate_weights(findings: Findings) -> Figure:
    """Mean weight of the sound over SNR, a line for each picture."""
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(6.4, 4), layout='constrained')
    for picture in findings.pictures:
        points = [
            (snr, [r.weight_audio for r in findings.results
                   if r.cell.snr_db == snr and r.cell.picture == picture])
            for snr in reversed(findings.levels_db)
            if snr is not None
        ]  # fmt: skip
        snrs_db = [snr for snr, _ in points]
        axes.plot(snrs_db, [np.mean(weights) for _, weights in points], '.-', label=picture)
    axes.set(xlabel='SNR [dB]', ylabel='weight of the sound', ylim=(0, 1.02))
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8, title='picture', title_fontsize=8)
    axes.set_title('The gate, mean of noise families', fontsize=10)
    return figure


def regret_bars(findings: Findings) -> Figure:
    """Mean loss of the fused reading by picture; a mark for the worst cell."""
    from matplotlib import pyplot as plt

    pictures, kinds = findings.pictures, list(findings.regrets())
    width = 0.8 / len(kinds)
    figure, axes = plt.subplots(figsize=(8, 4), layout='constrained')
    for index, (against, regrets) in enumerate(kinds):
        of = [[r for r in regrets if r.cell.picture == picture] for picture in pictures]
        at = np.arange(len(pictures)) + (index - (len(kinds) - 1) / 2) * width
        bars = axes.bar(at, [mean_points(group) for group in of], width, label=against)
        colour = bars.patches[0].get_facecolor()
        axes.plot(at, [max(r.points for r in group) for group in of], 'v', color=colour,
                  markeredgecolor='black')  # fmt: skip
    axes.axhline(0, color='black', linewidth=0.8)
    axes.set_xticks(range(len(pictures)), pictures)
    axes.set(ylabel='points of words right lost', xlabel='picture')
    axes.grid(alpha=0.3, axis='y')
    axes.legend(fontsize=8, title='against (triangle: worst cell)', title_fontsize=8)
    axes.set_title('What the gate loses against other choices; below 0 it gains', fontsize=10)
    return figure
