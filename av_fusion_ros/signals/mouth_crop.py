# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The mouth region as a small upright grey picture, and how far the mouth is open."""

from __future__ import annotations

from math import ceil, floor

import cv2
import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.signals.face_mesh import LEFT_EYE_OUTER, RIGHT_EYE_OUTER

NETWORK_CROP_PX = 48
# NETWORK_CROP_PX pixels of the crop span this many outer-eye distances, whatever the crop's size.
SPAN_EYE_DISTANCES = 0.9

MOUTH_RIGHT, MOUTH_LEFT = 61, 291
UPPER_LIP_TOP, LOWER_LIP_BOTTOM = 0, 17
UPPER_LIP_INNER, LOWER_LIP_INNER = 13, 14
NOSE_BASE = 2
# Outer-eye distance over eyes-to-nose-base distance of a face seen from the front. A turned
# head shortens the first, a nodding head the second; the longer one tells the face's size.
# Less than the 1.6 to 1.9 measured on frontal GRID faces, which are thus sized by the eyes alone.
_EYES_OVER_NOSE = 1.5


def eye_axis(landmarks: NDArray[np.float32]) -> tuple[NDArray[np.float32], float]:
    """Unit vector (2,) along the eyes and the face size in pixels as an outer-eye distance."""
    right, left = landmarks[RIGHT_EYE_OUTER], landmarks[LEFT_EYE_OUTER]
    across = left - right
    distance = float(np.hypot(*across))
    down = landmarks[NOSE_BASE] - (right + left) / 2
    size = max(distance, _EYES_OVER_NOSE * float(np.hypot(*down)), 1e-3)
    return across / max(distance, 1e-3), size


def mouth_centre(landmarks: NDArray[np.float32]) -> tuple[float, float]:
    """Centre x, y of the outer lips in picture pixels, from landmarks (468, 2)."""
    lips = landmarks[[MOUTH_RIGHT, MOUTH_LEFT, UPPER_LIP_TOP, LOWER_LIP_BOTTOM]].mean(0)
    return float(lips[0]), float(lips[1])


def mouth_box(landmarks: NDArray[np.float32]) -> tuple[float, float, float, float]:
    """Return x, y, width, height in picture pixels of the network's crop, were it not turned."""
    side = SPAN_EYE_DISTANCES * eye_axis(landmarks)[1]
    x, y = mouth_centre(landmarks)
    return x - side / 2, y - side / 2, side, side


def mouth_opening(landmarks: NDArray[np.float32]) -> float:
    """Return the inner lips' gap over the mouth's width, 0 = closed; NaN if it has no width."""
    width = float(np.hypot(*(landmarks[MOUTH_LEFT] - landmarks[MOUTH_RIGHT])))
    gap = float(np.hypot(*(landmarks[LOWER_LIP_INNER] - landmarks[UPPER_LIP_INNER])))
    return gap / width if width > 1e-3 else float('nan')


def mouth_crop(
    image: NDArray[np.uint8], landmarks: NDArray[np.float32], size_px: int = NETWORK_CROP_PX
) -> NDArray[np.uint8]:
    """Cut out the mouth, eyes level, at a scale set by the face and not by ``size_px``.

    Args:
        image: (h, w, 3) BGR or (h, w) grey, uint8.
        landmarks: (468, 2) in pixels of ``image``.
        size_px: side of the crop. A larger crop shows more at the same scale: its central 48x48
            is the network's crop (when both sides are even).

    Returns:
        (size_px, size_px) uint8 grey; beyond the picture's edge the edge is repeated.
    """
    axis, size = eye_axis(landmarks)
    step = SPAN_EYE_DISTANCES * size / NETWORK_CROP_PX  # picture pixels for one crop pixel
    x, y = mouth_centre(landmarks)
    # Area-average by a whole factor first, else a near face would alias.
    factor = max(1, floor(step))
    reach = (size_px / 2 + 1) * step * 1.4143 + 2 * factor
    height, width = image.shape[:2]
    # Multiples of the factor, so that the averaged pixels do not depend on size_px.
    left = floor(max(0.0, min(x - reach, width - 2.0 * factor)) / factor) * factor
    top = floor(max(0.0, min(y - reach, height - 2.0 * factor)) / factor) * factor
    right = max(left + factor, min(width, ceil((x + reach) / factor) * factor))
    bottom = max(top + factor, min(height, ceil((y + reach) / factor) * factor))
    patch = image[top:bottom, left:right]
    if patch.ndim == 3:
        patch = cv2.cvtColor(patch, cv2.COLOR_BGR2GRAY)
    if factor > 1:
        patch = patch[: patch.shape[0] // factor * factor, : patch.shape[1] // factor * factor]
        small = (max(1, patch.shape[1] // factor), max(1, patch.shape[0] // factor))
        patch = cv2.resize(patch, small, interpolation=cv2.INTER_AREA)
    # Pixel centres: picture coordinate p of the patch is (p - left + 0.5) / factor - 0.5.
    centre_x, centre_y = (x - left + 0.5) / factor - 0.5, (y - top + 0.5) / factor - 0.5
    turn_x, turn_y = float(axis[0]) * step / factor, float(axis[1]) * step / factor
    half = (size_px - 1) / 2
    to_patch = np.array(
        [
            [turn_x, -turn_y, centre_x - half * (turn_x - turn_y)],
            [turn_y, turn_x, centre_y - half * (turn_x + turn_y)],
        ]
    )
    crop = cv2.warpAffine(
        patch,
        to_patch,
        (size_px, size_px),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(crop, np.uint8)
