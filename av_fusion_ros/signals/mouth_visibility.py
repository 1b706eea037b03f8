# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Whether the mouth can be seen where the landmarks say it is.

The landmark network invents a mouth behind a hand or a mask with full confidence, so its own
confidence does not tell. Two cues do: lips are redder than the skin of the same face, and what
covers a mouth looks unlike the same mouth a moment ago. The thresholds are set on GRID clips with
covers and lens drops pasted in (benchmarks/camera_quality.py).
"""

from __future__ import annotations

from math import isnan, nan

import cv2
import numpy as np
from numpy.typing import NDArray

# Landmarks on the red of the lips, and on skin that a hand or mask before the mouth leaves free.
_LIPS = [72, 11, 302, 73, 303, 74, 304, 12, 38, 268, 85, 16, 315, 180, 404, 90, 320, 86, 89, 319]
_SKIN = [50, 280, 101, 330, 118, 347, 6, 197, 151, 9, 108, 337]
_GREY = 1 / 3  # share of red in a grey pixel
_LEAST_COLOUR = 0.05  # red share of skin above grey, below which the picture has no usable colour
# Redness is a lip's red share above the skin's, over the skin's own above grey: GRID lips have a
# median of 0.57, a bare hand 0, a grey cover -1. Pale lips of a face not known yet are no cover.
_NOT_LIPS = -0.35
_USUAL_PART = 0.3  # of this face's usual redness that a lip keeps in any light
_RED_LIPS = 0.15
_AROUND = np.array([(right, down) for down in (-1, 0, 1) for right in (-1, 0, 1)])
_POINTS_IN_VIEW = 0.5  # shadow, teeth and noise may take the rest

_MEMORY_S = 5.0  # of the mouth's usual look and redness
_LEARN_S = 0.5  # before this much has been seen, nothing is unusual
# Pace of learning what looks somewhat unusual, and at least: a turned head must become usual some
# time, a hand must not.
_SLOW, _SLOWEST = 0.2, 0.02
_EDGE = 6 / 64  # share of the crop at each side that is more cheek than mouth
_LOOK_PX, _WINDOW_PX, _WINDOW_STEP_PX = 16, 8, 4
# Mean local correlation with the usual look: 0.87 and more while speaking (0.67 in the first wide
# opening of a drawn mouth), 0.75 behind some drops, 0.45 half covered, up to 0.35 wholly.
_UNLIKE, _ALIKE = 0.35, 0.70
_LOOK_ALONE = 0.5  # red lips in view: it is the head that moved, or drops


class MouthVisibility:
    """Judges mouth by mouth picture; remembers how this face's mouth usually looks."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the face, for instance because another one is looked at."""
        self._look: NDArray[np.float32] | None = None
        self._redness = nan
        self._seen_s = 0.0
        self._stamp_ns: int | None = None

    def push(
        self,
        image_bgr: NDArray[np.uint8],
        landmarks: NDArray[np.float32],
        crop: NDArray[np.uint8],
        stamp_ns: int,
    ) -> float:
        """Return how much of the mouth is seen, [0, 1], 1 = all.

        ``landmarks`` (468, 2) in pixels of ``image_bgr``; ``crop`` is ``mouth_crop`` of both.
        """
        elapsed_s = self._elapsed_s(stamp_ns)
        redness = lip_redness(image_bgr, landmarks)
        look = _look(crop)
        known = self._look is not None and self._seen_s >= _LEARN_S
        colour = self._colour(redness, known)
        alike = 1.0
        if known and self._look is not None:
            likeness = local_correlation(look, self._look)
            alike = min(1.0, max(0.0, (likeness - _UNLIKE) / (_ALIKE - _UNLIKE)))
        if isnan(colour):
            seen = alike
        elif self._redness > _RED_LIPS:
            seen = min(colour, max(alike, _LOOK_ALONE))
        else:
            seen = min(colour, alike)
        pace = 1.0 if not known or seen > 0.8 else max(_SLOWEST, _SLOW * seen)
        if not colour < 0.5:
            self._learn(look, redness, elapsed_s * pace)
        return seen

    def _colour(self, redness: NDArray[np.float32], known: bool) -> float:
        """Share of lip points in view that are as red as lips; NaN without usable colour."""
        if not redness.size:
            return nan
        red_lips = known and self._redness > _RED_LIPS
        least = _USUAL_PART * self._redness if red_lips else _NOT_LIPS
        return min(1.0, float(np.mean(redness > least)) / _POINTS_IN_VIEW)

    def _elapsed_s(self, stamp_ns: int) -> float:
        before, self._stamp_ns = self._stamp_ns, stamp_ns
        return 0.04 if before is None else min(0.2, max(0.0, (stamp_ns - before) / 1e9))

    def _learn(
        self,
        look: NDArray[np.float32],
        redness: NDArray[np.float32],
        gained_s: float,
    ) -> None:
        self._seen_s += gained_s
        weight = gained_s / max(gained_s, min(_MEMORY_S, self._seen_s), 1e-9)
        self._look = look if self._look is None else self._look + weight * (look - self._look)
        if redness.size:
            now = float(np.median(redness))
            self._redness += 0.0 if isnan(self._redness) else weight * (now - self._redness)
            self._redness = now if isnan(self._redness) else self._redness


def lip_redness(
    image_bgr: NDArray[np.uint8], landmarks: NDArray[np.float32]
) -> NDArray[np.float32]:
    """How much redder than skin each lip point is (<= 20,); empty without usable colour.

    0 is as red as the skin, -1 is grey; the unit makes it independent of light and haze.
    """
    red = _red_share(image_bgr, landmarks[_LIPS + _SKIN])
    lips, skin = red[: len(_LIPS)], red[len(_LIPS) :]
    lips, skin = lips[~np.isnan(lips)], skin[~np.isnan(skin)]
    if not lips.size or not skin.size:
        return lips[:0]
    usual = float(np.median(skin))
    if usual - _GREY < _LEAST_COLOUR:
        return lips[:0]
    return np.asarray((lips - usual) / (usual - _GREY), np.float32)


def _red_share(image_bgr: NDArray[np.uint8], points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Red over red, green and blue around each point (n,); NaN outside the picture, in the dark."""
    height, width = image_bgr.shape[:2]
    share = np.full(len(points), nan, np.float32)
    if min(height, width) < 3:
        return share
    at = np.rint(points).astype(int)
    inside = (at >= 1).all(1) & (at[:, 0] < width - 1) & (at[:, 1] < height - 1)
    at[~inside] = 1
    around = at[:, None] + _AROUND
    colour = image_bgr[around[..., 1], around[..., 0]].sum(1, dtype=np.float32)
    total = colour.sum(1)
    lit = inside & (total > 9 * 3 * 8)  # darker than 8 of 255 has no colour
    share[lit] = colour[lit, 2] / total[lit]
    return share


def _look(crop: NDArray[np.uint8]) -> NDArray[np.float32]:
    edge = round(_EDGE * len(crop))
    middle = np.ascontiguousarray(crop[edge : len(crop) - edge, edge : len(crop) - edge])
    small = cv2.resize(middle, (_LOOK_PX, _LOOK_PX), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


def local_correlation(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Mean Pearson correlation of two pictures (h, w) over small windows; light does not matter."""
    size = (_WINDOW_PX, _WINDOW_PX)
    step = slice(None, None, _WINDOW_STEP_PX)
    windows = []
    for picture in (one, other):
        cut = np.lib.stride_tricks.sliding_window_view(picture, size)[step, step]
        flat = cut.reshape(-1, _WINDOW_PX * _WINDOW_PX)
        windows.append(flat - flat.mean(1, keepdims=True))
    a, b = windows
    power = np.sqrt((a * a).sum(1) * (b * b).sum(1))
    return float(np.mean((a * b).sum(1) / np.maximum(power, 1e-6)))
