# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a camera's picture is made of, place by place: light, detail, and what changed of them.

Five small maps in which the camera's faults show: a drop is a spot without the detail that was
there before, a streak is a bright line of one frame, a hand is a smooth stretch, and so on.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Maps = NDArray[np.float32]
Grey = NDArray[np.uint8]

CHANNELS = 5
WIDTH, HEIGHT = 320, 240  # pictures are made this small, never larger
_STEP = 16  # sides are multiples of it, so that every map halves three times
_MEMORY_S = 8.0  # of how the view usually looks
_UNUSUAL = 0.02  # what a second of a fault counts in that memory
_LEVELS = 64.0  # grey levels of a change that fill a map's range


def as_grey(image_bgr: NDArray[np.uint8]) -> Grey:
    """The picture (h, w, 3) in grey (h, w)."""
    return np.asarray(cv2.cvtColor(image_bgr, cv2.COLOR_BGR2GRAY), np.uint8)


def working_grey(image: NDArray[np.uint8]) -> Grey:
    """The picture (h, w, 3) or (h, w) in grey, at most 320x240, sides multiples of 16."""
    height, width = image.shape[:2]
    size = (
        min(WIDTH, max(_STEP, width // _STEP * _STEP)),
        min(HEIGHT, max(_STEP, height // _STEP * _STEP)),
    )
    grey = as_grey(image) if image.ndim == 3 else image
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def light_and_detail(grey: Grey) -> Maps:
    """Maps (2, h / 2, w / 2): light [-1, 1], and detail on a logarithmic scale, 0 none to 1."""
    half = (grey.shape[1] // 2, grey.shape[0] // 2)
    edges = cv2.convertScaleAbs(cv2.Laplacian(grey, cv2.CV_16S))
    detail = np.log2(1.0 + cv2.resize(edges, half, interpolation=cv2.INTER_AREA), dtype=np.float32)
    light = cv2.resize(grey, half, interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.stack([light / 127.5 - 1.0, detail / 8.0])


def assemble(now: Maps, flash: NDArray[np.float32], memory: Maps) -> Maps:
    """Maps (5, h, w): light, detail, change since the frame before, change of both since long.

    ``now`` and ``memory`` are of ``light_and_detail``; ``flash`` (h, w) in grey levels.
    """
    maps = np.empty((CHANNELS, *now.shape[1:]), np.float32)
    maps[:2] = now
    np.clip(flash / _LEVELS, -1.0, 1.0, out=maps[2])
    np.clip((now[0] - memory[0]) * (127.5 / _LEVELS), -1.0, 1.0, out=maps[3])
    np.subtract(now[1], memory[1], out=maps[4])
    return maps


def forgetful(maps: Maps) -> Maps:
    """The same maps as a camera has that sees this view for the first time."""
    fresh = maps.copy()
    fresh[3:] = 0.0
    return fresh


class CameraMaps:
    """Makes the maps of frame after frame of one camera, and remembers how it usually looks."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the frames before."""
        self._memory: Maps | None = None
        self._light: NDArray[np.float32] | None = None
        self._seen_s = 0.0
        self._stamp_ns = 0

    def push(self, image: NDArray[np.uint8], stamp_ns: int, usual: bool = True) -> Maps:
        """Return the maps (5, h / 2, w / 2) of a picture, h and w those of ``working_grey``.

        While the view is not as ``usual``, for a fault, it hardly changes what is remembered: it
        must not look new when the fault is over.
        """
        now = light_and_detail(working_grey(image))
        if self._memory is None or self._light is None or self._memory.shape != now.shape:
            self._memory, self._light, self._seen_s = now.copy(), now[0], 0.0
        elapsed_s = min(0.2, max(0.0, (stamp_ns - self._stamp_ns) / 1e9))
        self._stamp_ns = stamp_ns
        maps = assemble(now, (now[0] - self._light) * 127.5, self._memory)
        self._light = now[0]
        self._seen_s += elapsed_s
        weight = elapsed_s / max(1e-9, min(_MEMORY_S, self._seen_s))
        weight = min(1.0, weight) * (1.0 if usual else _UNUSUAL)
        self._memory += np.float32(weight) * (now - self._memory)
        return maps
