# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A timeline as HTML: curves as SVG that stretches, words as text that does not."""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Iterable, Iterator
from html import escape

import cv2
import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.reporting.scales import clock, tick_times
from av_fusion_ros.reporting.tracks import Line, Span, Tile, Timeline, Track

#: On a narrow screen the timeline scrolls: a second is at least so wide, unless the run is long.
PX_PER_S = 48.0
WIDEST_PX = 12000.0
TILE_PX = 48.0
WORD_PX = 40.0  # a span with less room has no word but under the pointer
_UNITS = 1000.0  # width of every SVG's coordinates; the browser stretches them


def timeline_html(timeline: Timeline) -> str:
    """The tracks under each other in one box that scrolls sideways."""
    duration_s = timeline.duration_s
    px_per_s = min(PX_PER_S, WIDEST_PX / duration_s)
    ticks = tick_times(duration_s, px_per_s)
    size = f'style="min-width:{px_per_s * duration_s:.0f}px" data-duration="{duration_s:.3f}"'
    parts = [
        '<div class="timeline" tabindex="0" role="region" aria-label="timeline">',
        f'<div class="tracks" {size}>',
        _axis(ticks, duration_s),
    ]
    for track in timeline.tracks:
        parts.append(_track(track, timeline, ticks, px_per_s))
    parts += [_axis(ticks, duration_s), '<div class="cursor" hidden></div>', '</div></div>']
    return '\n'.join(parts)


def data_uri(picture: NDArray[np.uint8]) -> str:
    """A grey (h, w) or RGBA (h, w, 4) picture as a PNG that is part of the page."""
    if picture.ndim == 3:
        picture = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGBA2BGRA), np.uint8)
    data = cv2.imencode('.png', picture)[1].tobytes()
    return f'data:image/png;base64,{base64.b64encode(data).decode()}'


def _percent(part_s: float, duration_s: float) -> str:
    return f'{100 * part_s / duration_s:.3f}%'


def _axis(ticks: Iterable[float], duration_s: float) -> str:
    labels = (f'<span style="left:{_percent(t, duration_s)}">{clock(t)}</span>' for t in ticks)
    return f'<div class="axis" aria-hidden="true">{"".join(labels)}</div>'


def _track(track: Track, timeline: Timeline, ticks: list[float], px_per_s: float) -> str:
    unit = f' <small>[{escape(track.unit)}]</small>' if track.unit else ''
    explained = f' <small>{escape(track.explained)}</small>' if track.explained else ''
    legend = ''
    if len(track.lines) > 1:
        legend = ''.join(
            f'<span class="key c-{each.colour}">{escape(each.name)}</span>' for each in track.lines
        )
    duration_s = timeline.duration_s
    plot = ''.join(
        (
            *(_shade(event, duration_s) for event in timeline.events),
            _drawing(track, duration_s, ticks),
            *_tiles(track.tiles, duration_s, px_per_s),
            *_words(track, duration_s, px_per_s),
            *_y_axis(track),
        )
    )
    return (
        f'<section class="track"><h3>{escape(track.title)}{unit}{legend}{explained}'
        f'<output></output></h3><div class="plot" style="height:{track.height}px">{plot}</div>'
        '</section>'
    )


def _shade(event: Span, duration_s: float) -> str:
    width = _percent(event.end_s - event.start_s, duration_s)
    left = _percent(event.start_s, duration_s)
    return f'<i class="shade c-{event.colour}" style="left:{left};width:{width}"></i>'


def _drawing(track: Track, duration_s: float, ticks: list[float]) -> str:
    """The picture of the whole, the grid and the curves."""
    image, paths = '', []
    if track.image is not None:
        image = f'<img class="whole" src="{data_uri(track.image)}" alt="{escape(track.title)}">'
    else:
        grid = ''.join(f'M{_x(t, duration_s)} 0v{track.height}' for t in ticks)
        grid += ''.join(f'M0 {_y(mark, track)}h{_UNITS:g}' for mark in track.marks)
        paths.append(f'<path class="grid" d="{grid}"/>')
    for limit, _ in track.limits:
        paths.append(f'<path class="limit" d="M0 {_y(limit, track)}h{_UNITS:g}"/>')
    paths += _areas(track, duration_s) if track.stacked else _curves(track, duration_s)
    return (
        f'{image}<svg viewBox="0 0 {_UNITS:g} {track.height}" preserveAspectRatio="none" '
        f'aria-hidden="true">{"".join(paths)}</svg>'
    )


def _x(time_s: float, duration_s: float) -> str:
    return f'{_UNITS * time_s / duration_s:.2f}'


def _y(value: float, track: Track) -> str:
    share = (value - track.low) / (track.high - track.low)
    return f'{track.height * (1 - min(1.0, max(0.0, share))):.1f}'


def _curves(track: Track, duration_s: float) -> Iterator[str]:
    for each in track.lines:
        if each.dots:
            known = np.isfinite(each.value)
            at = zip(each.time_s[known], each.value[known], strict=True)
            d = ''.join(f'M{_x(t, duration_s)} {_y(v, track)}h0' for t, v in at)
        else:
            d = ''.join(
                'M' + 'L'.join(f'{_x(t, duration_s)} {_y(v, track)}' for t, v in piece)
                for piece in _pieces(each)
            )
        kind = 'dots' if each.dots else 'curve'
        yield f'<path class="{kind} c-{each.colour}" d="{d}"/>'


def _areas(track: Track, duration_s: float) -> Iterator[str]:
    below = np.zeros(len(track.lines[0].time_s))
    for each in track.lines:
        above = below + each.value
        lower = _pieces(Line('', '', each.time_s, np.where(np.isfinite(above), below, np.nan)))
        upper = _pieces(Line('', '', each.time_s, above))
        d = ''
        for low, high in zip(lower, upper, strict=True):
            outline = [*high, *reversed(low)]
            d += 'M' + 'L'.join(f'{_x(t, duration_s)} {_y(v, track)}' for t, v in outline) + 'Z'
        yield f'<path class="area c-{each.colour}" d="{d}"/>'
        below = above


def _pieces(each: Line) -> Iterator[list[tuple[float, float]]]:
    """The points between gaps."""
    known = np.isfinite(each.value)
    for piece in np.split(np.arange(len(known)), np.flatnonzero(np.diff(known)) + 1):
        if len(piece) and known[piece[0]]:
            yield list(zip(each.time_s[piece].tolist(), each.value[piece].tolist(), strict=True))


def _tiles(tiles: tuple[Tile, ...], duration_s: float, px_per_s: float) -> Iterator[str]:
    """Pictures on two rows in turn, so that each may be as wide as two spaces between them."""
    space_s = TILE_PX / 2 / px_per_s
    shown: list[Tile] = []
    for tile in tiles:
        if not shown and tile is not tiles[-1] and tile.time_s < 0.98 * space_s:
            continue  # it would begin before the time axis does
        if not shown or tile.time_s - shown[-1].time_s >= 0.98 * space_s:
            shown.append(tile)
    for index, tile in enumerate(shown):
        style = (
            f'left:{_percent(tile.time_s - space_s, duration_s)};'
            f'width:{_percent(2 * space_s, duration_s)};top:{50 * (index % 2)}%'
        )
        faint = ' faint' if tile.faint else ''
        words = f'{clock(tile.time_s, 1)}{", no face" if tile.faint else ""}'
        yield (
            f'<img class="tile{faint}" style="{style}" src="{data_uri(tile.picture)}" '
            f'alt="mouth at {words}" title="{words}">'
        )


def _words(track: Track, duration_s: float, px_per_s: float) -> Iterator[str]:
    """A bar for each span, and its word below, which may go on until the next span's."""
    rows: dict[int, list[Span]] = defaultdict(list)
    for span in sorted(track.spans, key=lambda each: each.start_s):
        rows[span.row].append(span)
    for row, members in rows.items():
        for index, span in enumerate(members):
            until_s = members[index + 1].start_s if index + 1 < len(members) else duration_s
            room_s = max(until_s, span.end_s) - span.start_s
            bar = _percent(span.end_s - span.start_s, max(room_s, 1e-3))
            word = escape(span.word) if room_s * px_per_s >= WORD_PX else ''
            told = f': {span.told}' if span.told else ''
            when = f'{clock(span.start_s, 1)} to {clock(span.end_s, 1)}'
            style = (
                f'left:{_percent(span.start_s, duration_s)};'
                f'width:{_percent(room_s, duration_s)};top:{track.row_height * row}px'
            )
            yield (
                f'<div class="span c-{span.colour}" style="{style}" '
                f'title="{escape(f"{span.word}{told} ({when})")}">'
                f'<i style="width:{bar}"></i><b>{word}</b></div>'
            )


def _y_axis(track: Track) -> Iterator[str]:
    if not track.lines:
        return
    labels = ''.join(
        f'<span style="top:{_y(mark, track)}px">{mark:g}</span>' for mark in track.marks
    )
    limits = ''.join(
        f'<span class="limit" style="top:{_y(limit, track)}px">{escape(word)}</span>'
        for limit, word in track.limits
    )
    yield f'<div class="y" aria-hidden="true">{labels}{limits}</div>'
