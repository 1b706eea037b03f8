# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The same face from another camera, simulated from the picture of the first.

There are no recordings of one talker by two cameras here. The face is taken for a flat picture
that the other camera sees turned, from further away, softer and compressed; what a real second
view adds (the depth of a face, other light) is not in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians, sin

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]

_DISTANCE_WIDTHS = 1.5  # of the camera from the picture's plane: how strong perspective is


@dataclass(frozen=True)
class Viewpoint:
    """``scale`` of the picture's side; turns in degrees; ``blur_sigma_px`` after scaling."""

    scale: float = 0.6
    yaw_deg: float = 15.0
    pitch_deg: float = 8.0
    blur_sigma_px: float = 0.7
    jpeg_quality: int = 50


def seen_from(picture: Picture, viewpoint: Viewpoint) -> Picture:
    """The picture (h, w, 3) as the other camera delivers it, ``scale`` times as large."""
    height, width = picture.shape[:2]
    size = (round(width * viewpoint.scale), round(height * viewpoint.scale))
    # Made small first, so that the turn samples no finer detail than the result can hold.
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    turned = cv2.warpPerspective(
        small,
        _turn(size, viewpoint),
        size,
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    if viewpoint.blur_sigma_px > 0:
        turned = cv2.GaussianBlur(turned, (0, 0), viewpoint.blur_sigma_px)
    _, data = cv2.imencode('.jpg', turned, [cv2.IMWRITE_JPEG_QUALITY, viewpoint.jpeg_quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def _turn(size: tuple[int, int], viewpoint: Viewpoint) -> npt.NDArray[np.float64]:
    """The homography (3, 3) of a plane that turns about the picture's middle."""
    yaw, pitch = radians(viewpoint.yaw_deg), radians(viewpoint.pitch_deg)
    about_y = np.array([[cos(yaw), 0, sin(yaw)], [0, 1, 0], [-sin(yaw), 0, cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, cos(pitch), -sin(pitch)], [0, sin(pitch), cos(pitch)]])
    width, height = size
    distance = _DISTANCE_WIDTHS * width
    middle = np.array([[1, 0, width / 2], [0, 1, height / 2], [0, 0, 1]])
    camera = np.diag([distance, distance, 1.0])
    # Points of the plane are (x, y, 0): only the first two columns of the turn matter.
    plane = (about_y @ about_x)[:, :2]
    placed = np.column_stack([plane, [0, 0, distance]])
    turn: npt.NDArray[np.float64] = middle @ camera @ placed @ np.linalg.inv(middle)
    return turn
