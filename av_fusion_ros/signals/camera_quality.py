# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How usable a picture is for reading lips: five numbers in [0, 1] and their product.

Each falls in a straight line between two thresholds set on real GRID clips (benchmarks/
camera_quality.py) with defocus, darkness, glare, haze, lens drops, blockage and freezing applied.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, nan

import cv2
import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.signals.camera_maps import as_grey
from av_fusion_ros.signals.mouth_crop import mouth_crop
from av_fusion_ros.signals.mouth_visibility import MouthVisibility

_CROP_PX = 64
# Blur effect of Crete et al. 2007 on the crop: 0.40 sharp, 0.53 when the picture is a quarter of
# the size or the defocus disc is 3 px, 0.60 at 5 px, 0.70 at 8 px (eyes 67 px apart).
_SHARP, _BLURRED = 0.50, 0.71
# Median grey level.
_DARK, _LIT, _BRIGHT, _WHITE = 8.0, 40.0, 205.0, 245.0
_BURNT = 250  # grey level
# Share of pixels burnt out.
_FEW_BURNT, _MANY_BURNT = 0.05, 0.5
# 5 % to 95 % range of grey levels: 62 to 70 on GRID, 12 in glare that lips no longer show through.
_FLAT, _PLAIN = 6.0, 36.0
# Time without any change of the picture: cameras of 8 Hz and more are not frozen.
_MOVING_S, _FROZEN_S = 0.12, 0.4
_FREEZE_STRIDE = 4
_LEAST_CHANGE = 1e-3  # share of pixels; sensor noise and video coding change 0.02 and more
# A frozen picture that is encoded anew changes everywhere, but its 40x30 means by 1.8 grey levels
# at most (JPEG qualities 50 to 95). A living face moves some of them by 2 levels within 0.2 s
# (50 GRID clips), sitting still within the second. An empty room need not, so there must be a face.
_CELLS = (40, 30)
_LEAST_MOVE = 2.0
_ALIVE_S, _STILL_S = 0.5, 1.0


@dataclass(frozen=True, slots=True)
class CameraReading:
    """What one frame says of the camera; all in [0, 1], NaN = unknown.

    ``sharpness`` 0 blurred; ``exposure`` 0 black or burnt out; ``contrast`` 0 flat;
    ``visibility`` 1 - share of the mouth that is covered, 0 without a face; ``motion`` 0 when the
    picture has not changed at all for 0.4 s, or a face in it not for 1 s; ``quality`` their
    product: each alone can make the picture useless.
    """

    sharpness: float
    exposure: float
    contrast: float
    visibility: float
    motion: float
    quality: float


def _rise(value: float, low: float, high: float) -> float:
    """0 at ``low``, 1 at ``high``, straight between; the other way round if low > high."""
    return min(1.0, max(0.0, (value - low) / (high - low)))


def level_below(levels: NDArray[np.integer], share: float) -> float:
    """Grey level below which a share of the pixels lies, as ``np.percentile`` has it.

    ``levels`` (256,) counts the pixels of each grey level: ten times as fast as sorting them.
    """
    upto = np.cumsum(levels)
    rank = share * (int(upto[-1]) - 1)
    below, above = np.searchsorted(upto, [floor(rank), ceil(rank)], side='right').tolist()
    return float(below + (above - below) * (rank - floor(rank)))


def blur_effect(grey: NDArray[np.uint8]) -> float:
    """How little a picture (h, w) changes when blurred once more, 0 sharp to 1 blurred.

    Crete, Dolmiere, Ladret and Nicolas 2007, 'The Blur Effect'. A slight smoothing first keeps
    sensor noise from passing for sharpness.
    """
    picture = cv2.GaussianBlur(grey, (3, 3), 0.7).astype(np.float32)
    worst = 0.0
    for axis, kernel in ((0, (1, 9)), (1, (9, 1))):
        steps = np.abs(np.diff(picture, axis=axis))
        left = np.abs(np.diff(cv2.blur(picture, kernel), axis=axis))
        total = float(steps.sum())
        if total < 1e-3:
            return 1.0
        worst = max(worst, 1.0 - float(np.maximum(0.0, steps - left).sum()) / total)
    return worst


class CameraQuality:
    """Judges frame after frame of one camera, at the mouth of one face."""

    def __init__(self) -> None:
        self._visibility = MouthVisibility()
        self.reset()

    def reset(self) -> None:
        """Forget the frames before; call it when another face is looked at."""
        self._visibility.reset()
        self._thumbnail: NDArray[np.uint8] | None = None
        self._changed_ns = 0
        self._cells: NDArray[np.float32] | None = None
        self._moved_ns = 0

    def push(
        self,
        image_bgr: NDArray[np.uint8],
        landmarks: NDArray[np.float32] | None,
        stamp_ns: int,
        grey_picture: NDArray[np.uint8] | None = None,
    ) -> CameraReading:
        """Return what a frame (h, w, 3) says, at the face with ``landmarks`` (468, 2) or without.

        Without a face the whole picture is judged, visibility and quality are 0. ``grey_picture``
        (h, w) is the frame in grey, where it is at hand.
        """
        if grey_picture is None:
            grey_picture = as_grey(image_bgr)
        motion = self._motion(image_bgr, stamp_ns)
        alive = self._alive(grey_picture, landmarks is not None, stamp_ns)
        motion = motion if np.isnan(motion) else min(motion, alive)
        if landmarks is None:
            height, width = image_bgr.shape[:2]
            size = (_CROP_PX * 2, max(8, round(_CROP_PX * 2 * height / width)))
            grey = cv2.cvtColor(
                cv2.resize(image_bgr, size, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY
            )
            visibility = 0.0
        else:
            grey = mouth_crop(grey_picture, landmarks, _CROP_PX)
            visibility = self._visibility.push(image_bgr, landmarks, grey, stamp_ns)
        levels = np.bincount(grey.ravel(), minlength=256)
        low, middle, high = (level_below(levels, share) for share in (0.05, 0.5, 0.95))
        exposure = (
            _rise(middle, _DARK, _LIT)
            * _rise(middle, _WHITE, _BRIGHT)
            * _rise(float(levels[_BURNT:].sum() / grey.size), _MANY_BURNT, _FEW_BURNT)
        )
        contrast = _rise(high - low, _FLAT, _PLAIN)
        sharpness = _rise(blur_effect(grey), _BLURRED, _SHARP)
        known_motion = 1.0 if np.isnan(motion) else motion
        quality = sharpness * exposure * contrast * visibility * known_motion
        return CameraReading(sharpness, exposure, contrast, visibility, motion, quality)

    def _motion(self, image_bgr: NDArray[np.uint8], stamp_ns: int) -> float:
        thumbnail = image_bgr[::_FREEZE_STRIDE, ::_FREEZE_STRIDE].copy()
        before, self._thumbnail = self._thumbnail, thumbnail
        if before is None or before.shape != thumbnail.shape or stamp_ns < self._changed_ns:
            self._changed_ns = stamp_ns
            return nan
        if np.count_nonzero(before != thumbnail) >= _LEAST_CHANGE * thumbnail.size:
            self._changed_ns = stamp_ns
        return _rise((stamp_ns - self._changed_ns) / 1e9, _FROZEN_S, _MOVING_S)

    def _alive(self, grey: NDArray[np.uint8], face: bool, stamp_ns: int) -> float:
        """0 when nothing of a picture with a face has moved for long, however it is encoded."""
        cells = cv2.resize(grey, (160, 120), interpolation=cv2.INTER_AREA).astype(np.float32)
        cells = np.asarray(cv2.resize(cells, _CELLS, interpolation=cv2.INTER_AREA), np.float32)
        if (
            not face
            or self._cells is None
            or stamp_ns < self._moved_ns
            or float(np.abs(cells - self._cells).max()) >= _LEAST_MOVE
        ):
            self._cells, self._moved_ns = cells, stamp_ns
        return _rise((stamp_ns - self._moved_ns) / 1e9, _STILL_S, _ALIVE_S)
