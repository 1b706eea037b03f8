# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Streams of numbers as curves that say no more and no less than the stream: gaps, few points."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.reporting.tracks import Line

#: A longer silence of a stream is a gap in its line: ten hops of 25 Hz.
GAP_S = 0.4
MOST_POINTS = 1600


def curve(name: str, colour: str, time_s: NDArray[np.float64], value: NDArray[np.float64]) -> Line:
    """A curve of (n,) values with gaps where its stream was silent, thinned where n is large.

    Thinned, it keeps the least and the greatest value of each stretch, so that no spike is lost.
    """
    time_s, [value] = _with_gaps(time_s, [value])
    kept = [k for part in _parts(len(time_s), MOST_POINTS // 2) for k in _ends(value, part)]
    return Line(name, colour, time_s[kept], value[kept])


def stack(
    names: Sequence[tuple[str, str]], time_s: NDArray[np.float64], values: NDArray[np.float64]
) -> tuple[Line, ...]:
    """Curves to be stacked, one per (name, colour), of values (lines, n): means where n is large.

    All have the same times.
    """
    time_s, rows = _with_gaps(time_s, list(values))
    parts = _parts(len(time_s), MOST_POINTS)
    # A mean with a NaN in it is NaN: a gap stays a gap.
    at_s = np.array([time_s[part].mean() for part in parts])
    return tuple(
        Line(name, colour, at_s, np.array([row[part].mean() for part in parts]))
        for (name, colour), row in zip(names, rows, strict=True)
    )


def _parts(n: int, most: int) -> list[slice]:
    """At most ``most`` slices, in order, that make up n points."""
    edges = np.linspace(0, n, min(n, most) + 1).astype(int).tolist()
    return [slice(first, last) for first, last in pairwise(edges)]


def _ends(value: NDArray[np.float64], part: slice) -> list[int]:
    """Indices of a part's least, greatest and first unknown value, in order."""
    known = np.isfinite(value[part])
    ends = set()
    if known.any():
        ends |= {int(np.nanargmin(value[part])), int(np.nanargmax(value[part]))}
    if not known.all():
        ends.add(int(np.argmin(known)))
    return [part.start + index for index in sorted(ends)]


def _with_gaps(
    time_s: NDArray[np.float64], values: list[NDArray[np.float64]]
) -> tuple[NDArray[np.float64], list[NDArray[np.float64]]]:
    """A NaN after each point that is followed by silence."""
    after = np.flatnonzero(np.diff(time_s) > GAP_S) + 1
    return (
        np.insert(time_s, after, time_s[after - 1] + GAP_S / 10),
        [np.insert(value, after, np.nan) for value in values],
    )
