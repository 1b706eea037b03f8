# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Drawn landmarks in the numbering of the face mesh, as the tracker would report them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from av_fusion_ros.generation.face import Landmarks

# Index in MediaPipe's 468-point mesh of every landmark the renderer knows.
MESH_INDEX = {
    'right_eye_outer': 33,
    'left_eye_outer': 263,
    'nose_base': 2,
    'mouth_right': 61,
    'mouth_left': 291,
    'upper_lip_top': 0,
    'lower_lip_bottom': 17,
    'upper_lip_inner': 13,
    'lower_lip_inner': 14,
}
_N_MESH_POINTS = 468


def mesh_landmarks(
    drawn: Landmarks, shift: npt.NDArray[np.float64] | None = None, size: float = 1.0
) -> npt.NDArray[np.float32]:
    """(468, 2) float32 picture pixels with the points of MESH_INDEX filled, the rest NaN.

    `shift` (2,) moves all points by parts of the outer-eye distance; `size` scales the eyes
    and nose about the middle of the eyes, as a mesh that misjudges the face's size does.
    """
    points = np.full((_N_MESH_POINTS, 2), np.nan, np.float32)
    for name, index in MESH_INDEX.items():
        points[index] = getattr(drawn, name)
    middle = (points[33] + points[263]) / 2
    distance = float(np.hypot(*(points[263] - points[33])))
    for index in (33, 263, 2):
        points[index] = middle + size * (points[index] - middle)
    if shift is not None:
        points += np.asarray(shift * distance, np.float32)
    return points


def crop_region(
    landmarks: npt.NDArray[np.float32], crop_px: int, width: int, height: int
) -> tuple[slice, slice]:
    """Rows and columns of the picture that a mouth crop of crop_px can read."""
    distance = float(np.hypot(*(landmarks[263] - landmarks[33])))
    nose = float(np.hypot(*(landmarks[2] - (landmarks[33] + landmarks[263]) / 2)))
    reach = 0.75 * max(distance, 1.5 * nose) * 0.9 * crop_px / 48 + 8
    x, y = landmarks[[61, 291, 0, 17]].mean(0)
    # Even corners: mouth_crop averages pixels in whole groups counted from the corner.
    left, top = (int(max(v - reach, 0)) // 12 * 12 for v in (x, y))
    right, bottom = int(min(x + reach, width)), int(min(y + reach, height))
    return slice(top, max(bottom, top + 1)), slice(left, max(right, left + 1))
