# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A timeline as one PNG, for slides and issues: the same tracks as on the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from av_fusion_ros.reporting.palette import PALETTE
from av_fusion_ros.reporting.tracks import Timeline, Track

DPI = 110
WIDTH_IN, WIDEST_IN, IN_PER_S = 13.0, 60.0, 0.2
PX_PER_IN = 85.0  # of a track's height on the page
SHORTEST_WITH_WORD = 0.01  # of the run
CHARACTER_IN = 0.06  # about as wide as a letter of a span's word
TILE_IN = 0.8  # a tile is a square


def write_png(timeline: Timeline, path: Path) -> None:
    """Draw it; raises ModuleNotFoundError where matplotlib is absent."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    width_in = min(WIDEST_IN, max(WIDTH_IN, IN_PER_S * timeline.duration_s))
    heights = [TILE_IN if t.tiles else t.height / PX_PER_IN for t in timeline.tracks]
    figure = Figure(figsize=(width_in, sum(heights) + 0.4 * len(heights) + 0.5))
    FigureCanvasAgg(figure)
    figure.set_layout_engine('constrained')
    axes = figure.subplots(
        len(heights), 1, sharex=True, squeeze=False, gridspec_kw={'height_ratios': heights}
    )[:, 0]
    for track, axis in zip(timeline.tracks, axes, strict=True):
        _draw(track, axis, timeline, width_in)
    axes[-1].set(xlim=(0, timeline.duration_s), xlabel='time [s]')
    figure.savefig(path, dpi=DPI)


def _colour(name: str) -> str:
    return PALETTE[name][0]


def _draw(track: Track, axis: Any, timeline: Timeline, width_in: float) -> None:
    unit = f' [{track.unit}]' if track.unit else ''
    axis.set_title(f'{track.title}{unit}', loc='left', fontsize=9, fontweight='bold', pad=3)
    axis.tick_params(labelsize=8)
    for side in axis.spines.values():
        side.set_visible(False)
    for event in timeline.events:
        colour = _colour(event.colour)
        axis.axvspan(event.start_s, event.end_s, color=colour, alpha=0.1, linewidth=0)
    axis.set_ylim(track.low, track.high)
    axis.set_yticks(track.marks)
    if track.image is not None:
        extent = (0, timeline.duration_s, track.low, track.high)
        axis.imshow(track.image, extent=extent, aspect='auto', interpolation='nearest')
    elif track.lines:
        axis.grid(alpha=0.3)
    if track.stacked:
        values = [line.value for line in track.lines]
        colours = [_colour(line.colour) for line in track.lines]
        names = [line.name for line in track.lines]
        axis.stackplot(track.lines[0].time_s, *values, colors=colours, labels=names)
    else:
        for line in track.lines:
            style = {'linestyle': '', 'marker': 'o'} if line.dots else {'linewidth': 1.2}
            axis.plot(line.time_s, line.value, color=_colour(line.colour), label=line.name, **style)
    if len(track.lines) > 1:
        axis.legend(fontsize=7, loc='lower right', bbox_to_anchor=(1, 0.97), ncols=3, frameon=False)
    for limit, word in track.limits:
        axis.axhline(limit, color=_colour('plain'), linewidth=0.8, linestyle='--')
        axis.annotate(word, (0, limit), fontsize=7, va='bottom')
    _spans(track, axis, timeline.duration_s, width_in)
    _tiles(track, axis, timeline.duration_s, width_in)


def _spans(track: Track, axis: Any, duration_s: float, width_in: float) -> None:
    """Bars from above, each with its word below it; a short one whose word is hidden has none."""
    s_per_letter = CHARACTER_IN / width_in * duration_s
    for span in track.spans:
        word_end_s = span.start_s + len(span.word) * s_per_letter
        hidden = span.end_s < word_end_s and any(
            span.start_s < other.start_s < word_end_s
            for other in track.spans
            if other.row == span.row
        )
        top = 1 - (track.row_height * span.row + 5) / track.height
        axis.plot(
            [span.start_s, span.end_s],
            [top, top],
            color=_colour(span.colour),
            linewidth=5,
            solid_capstyle='butt',
        )
        if span.end_s - span.start_s > SHORTEST_WITH_WORD * duration_s and not hidden:
            below = top - 7 / track.height
            axis.annotate(span.word, (span.start_s, below), fontsize=7.5, va='top')


def _tiles(track: Track, axis: Any, duration_s: float, width_in: float) -> None:
    """As many pictures as fit beside each other."""
    space_s = duration_s * TILE_IN / width_in
    after_s = space_s / 2 if len(track.tiles) > 1 else -np.inf  # the first is not cut in half
    for tile in track.tiles:
        if tile.time_s < after_s:
            continue
        after_s = tile.time_s + space_s
        half_s = 0.48 * space_s
        extent = (tile.time_s - half_s, tile.time_s + half_s, track.low, track.high)
        alpha = 0.4 if tile.faint else 1.0
        axis.imshow(
            tile.picture, extent=extent, aspect='auto', cmap='gray', vmin=0, vmax=255, alpha=alpha
        )
