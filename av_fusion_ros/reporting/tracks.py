# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What one strip of the timeline shows, whoever draws it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Line:
    """A curve; ``colour`` names one of the palette. A NaN breaks it."""

    name: str
    colour: str
    time_s: NDArray[np.float64]
    value: NDArray[np.float64]
    dots: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time with a word; ``told`` is the whole story, for whoever asks."""

    start_s: float
    end_s: float
    word: str
    colour: str
    told: str = ''
    row: int = 0


@dataclass(frozen=True, slots=True)
class Tile:
    """A small grey picture (h, w) at a time; ``faint`` where it shows no mouth."""

    time_s: float
    picture: NDArray[np.uint8]
    faint: bool


@dataclass(frozen=True, slots=True)
class Track:
    """One strip: lines, or areas when ``stacked``; spans; a picture of the whole; tiles.

    ``image`` (h, w, 4) is RGBA, its lowest row the lowest frequency. ``limits`` are marked
    values with a word each.
    """

    title: str
    unit: str = ''
    explained: str = ''
    height: int = 90
    low: float = 0.0
    high: float = 1.0
    marks: tuple[float, ...] = ()
    lines: tuple[Line, ...] = ()
    stacked: bool = False
    limits: tuple[tuple[float, str], ...] = ()
    spans: tuple[Span, ...] = ()
    row_height: int = 30
    image: NDArray[np.uint8] | None = None
    tiles: tuple[Tile, ...] = ()


@dataclass(frozen=True, slots=True)
class Timeline:
    """Tracks over the same time; ``events`` lie behind all of them."""

    duration_s: float
    tracks: tuple[Track, ...]
    events: tuple[Span, ...] = field(default=())
