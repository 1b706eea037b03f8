# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The mouth of a drawn face: lip contours for a mouth shape, and their drawing."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from av_fusion_ros.generation.face_identity import Colour, Identity
from av_fusion_ros.generation.face_relief import Grid
from av_fusion_ros.generation.visemes import (
    OPENING,
    PRESS,
    ROUNDING,
    TEETH,
    TONGUE,
    TUCK,
    WIDTH,
)

Contour = npt.NDArray[np.float64]
Picture = npt.NDArray[np.uint8]

WIDEST_GAP_CM = 1.9
_MOUTH_Y_CM = 7.0
_T = np.linspace(-1.0, 1.0, 33)
_SHIFT = 4  # cv2 drawing with 1/16 px
_INTERIOR: Colour = (28, 20, 44)
_TEETH: Colour = (198, 214, 226)
_TONGUE: Colour = (92, 84, 168)


@dataclass(frozen=True)
class Lips:
    """Contours (33, 2) in cm from the picture's left corner to the right one."""

    outer_upper: Contour
    inner_upper: Contour
    inner_lower: Contour
    outer_lower: Contour

    @property
    def gap_cm(self) -> float:
        """Gap of the inner lips in the middle."""
        middle = len(_T) // 2
        return float(self.inner_lower[middle, 1] - self.inner_upper[middle, 1])


def lips(identity: Identity, shape: npt.NDArray[np.float64]) -> Lips:
    """Lip contours for one row of a mouth trajectory."""
    opening, rounding = float(shape[OPENING]), float(shape[ROUNDING])
    tuck, press = float(shape[TUCK]), float(shape[PRESS])
    gap = WIDEST_GAP_CM * opening * (1.0 - 0.2 * rounding)
    corner_x = 2.65 * identity.mouth_width
    corner_x *= 1.0 + 0.16 * float(shape[WIDTH]) - 0.3 * rounding - 0.05 * opening
    side = np.abs(_T)
    x = corner_x * _T
    line = _MOUTH_Y_CM + identity.mouth_drop + 0.06 * side**2 + 0.16 * gap * side**3
    arch = (1.0 - side ** (2.0 + 0.4 * rounding)) ** (0.9 - 0.35 * rounding)
    inner_upper = line - (0.2 * gap + 0.28 * tuck) * arch
    inner_lower = line + (0.8 * gap - 0.1 * tuck) * arch
    inner_lower = np.maximum(inner_lower, inner_upper)
    bow = 1.0 - 0.16 * np.exp(-((_T / 0.12) ** 2)) + 0.06 * np.exp(-(((side - 0.24) / 0.14) ** 2))
    fuller = (1.0 + 0.22 * rounding) * (1.0 - 0.15 * opening)
    upper = 0.64 * identity.upper_lip * fuller * (1.0 - 0.5 * press) * bow * (1.0 - side**2.2)
    lower = 0.94 * identity.lower_lip * fuller * (1.0 - 0.5 * press) * (1.0 - 0.5 * tuck)
    return Lips(
        outer_upper=np.stack([x, inner_upper - upper], 1),
        inner_upper=np.stack([x, inner_upper], 1),
        inner_lower=np.stack([x, inner_lower], 1),
        outer_lower=np.stack([x, inner_lower + lower * (1.0 - side**2.4)], 1),
    )


def jaw_drop_cm(shape: npt.NDArray[np.float64]) -> float:
    """How far the chin has moved down."""
    return WIDEST_GAP_CM * (0.62 * float(shape[OPENING]) - 0.06 * float(shape[TUCK]))


def _points(grid: Grid, contour: Contour, corner: tuple[int, int]) -> npt.NDArray[np.int32]:
    pixels = (grid.to_px(contour) - np.array([corner[1], corner[0]])) * (1 << _SHIFT)
    return np.asarray(np.round(pixels), np.int32)


def _mask(size: tuple[int, int], polygon: npt.NDArray[np.int32]) -> Picture:
    mask = np.zeros(size, np.uint8)
    cv2.fillPoly(mask, [polygon], 255, cv2.LINE_AA, _SHIFT)
    return mask


def _scaled(colour: Colour, factor: float) -> Colour:
    return (
        min(colour[0] * factor, 255.0),
        min(colour[1] * factor, 255.0),
        min(colour[2] * factor, 255.0),
    )


def lip_colour(identity: Identity) -> Colour:
    """Skin turned towards red by the identity's lip redness."""
    skin = np.array(identity.skin)
    natural = skin * np.array([0.74, 0.70, 0.88])
    painted = np.array([70.0, 52.0, 190.0]) * (0.55 + 0.45 * skin[2] / 240.0)
    mixed = natural + (painted - natural) * identity.lip_redness * 0.6
    return (float(mixed[0]), float(mixed[1]), float(mixed[2]))


def draw_mouth(
    canvas: Picture,
    grid: Grid,
    identity: Identity,
    shape: npt.NDArray[np.float64],
    brightness: float,
) -> None:
    """Draw the mouth into `canvas` (h, w, 3) in place.

    `brightness` is the light's factor at the mouth.
    """
    contours = lips(identity, shape)
    rows, columns = grid.box(-3.8, 4.8, 3.8, 12.5)
    patch = canvas[rows, columns]
    corner, size = (rows.start, columns.start), (patch.shape[0], patch.shape[1])

    def polygon(*parts: Contour) -> npt.NDArray[np.int32]:
        return _points(grid, np.concatenate(parts), corner)

    colour = lip_colour(identity)
    upper = polygon(contours.outer_upper, contours.inner_upper[::-1])
    lower = polygon(contours.inner_lower, contours.outer_lower[::-1])
    layer = np.empty_like(patch)
    layer[:] = np.asarray(_scaled(colour, brightness), np.uint8)
    cv2.fillPoly(layer, [upper], _scaled(colour, 0.84 * brightness), cv2.LINE_AA, _SHIFT)
    _lower_lip_light(layer, grid, contours, corner, colour, brightness)
    lip_mask = _mask(size, upper)
    cv2.fillPoly(lip_mask, [lower], 255, cv2.LINE_AA, _SHIFT)
    # The line where closed lips meet is dark; open lips show the inside instead.
    meeting = polygon(contours.inner_upper)
    cv2.polylines(
        layer, [meeting], False, _scaled(colour, 0.45 * brightness), 2, cv2.LINE_AA, _SHIFT
    )
    inside_mask = np.zeros(size, np.uint8)
    if contours.gap_cm > 0.02:
        inside = polygon(contours.inner_upper, contours.inner_lower[::-1])
        cv2.fillPoly(inside_mask, [inside], 255, cv2.LINE_AA, _SHIFT)
        _blend(layer, _draw_inside(size, grid, contours, corner, shape, brightness), inside_mask)
    all_mask = cv2.GaussianBlur(cv2.max(lip_mask, inside_mask), (3, 3), 0)
    cv2.GaussianBlur(layer, (3, 3), 0, dst=layer)
    shadow = _mask(size, _points(grid, _under_lip(contours), corner))
    shadow = cv2.GaussianBlur(shadow, (0, 0), 0.22 * grid.px_per_cm)
    _blend(patch, cv2.convertScaleAbs(patch, alpha=0.8), shadow)
    _blend(patch, layer, all_mask)


def _blend(under: Picture, over: npt.NDArray[np.uint8], mask: npt.NDArray[np.uint8]) -> None:
    """Put `over` on `under` in place where `mask` is 255."""
    weight = mask.astype(np.float32) * (1.0 / 255.0)
    under[:] = cv2.blendLinear(over, np.ascontiguousarray(under), weight, 1.0 - weight)


def _under_lip(contours: Lips) -> Contour:
    """A sliver below the lower lip, where its shadow falls."""
    middle = contours.outer_lower[6:-6]
    return np.concatenate([middle, (middle + np.array([0.0, 0.35]))[::-1]])


def _lower_lip_light(
    layer: Picture,
    grid: Grid,
    contours: Lips,
    corner: tuple[int, int],
    colour: Colour,
    brightness: float,
) -> None:
    """A soft highlight along the fullest part of the lower lip."""
    middle = 0.55 * contours.inner_lower[8:-8] + 0.45 * contours.outer_lower[8:-8]
    line = _points(grid, middle, corner)
    bright = _scaled(colour, 1.16 * brightness)
    thickness = max(int(0.22 * grid.px_per_cm), 1)
    cv2.polylines(layer, [line], False, bright, thickness, cv2.LINE_AA, _SHIFT)


def _draw_inside(
    size: tuple[int, int],
    grid: Grid,
    contours: Lips,
    corner: tuple[int, int],
    shape: npt.NDArray[np.float64],
    brightness: float,
) -> Picture:
    """Teeth and tongue before the dark of the mouth; only what the lips leave free is kept."""
    teeth, tongue = float(shape[TEETH]), float(shape[TONGUE])
    hidden = 1.0 - 0.75 * float(shape[ROUNDING])
    inside = np.empty((*size, 3), np.uint8)
    inside[:] = np.asarray(_scaled(_INTERIOR, brightness), np.uint8)
    half = float(contours.inner_upper[-1, 0])
    rest_y = float(contours.inner_upper[0, 1])
    low_y = float(contours.inner_lower[len(_T) // 2, 1])
    edge_y = rest_y + 0.12  # the upper teeth belong to the skull and do not move

    def rectangle(top: float, bottom: float, part: float) -> Contour:
        x = half * part
        curve = np.linspace(-1.0, 1.0, 9)
        upper_edge = np.stack([x * curve, np.full(9, top)], 1)
        lower_edge = np.stack([x * curve, bottom - 0.12 * curve**2], 1)
        return np.concatenate([upper_edge, lower_edge[::-1]])

    def fill(contour: Contour, colour: Colour, factor: float) -> None:
        points = _points(grid, contour, corner)
        cv2.fillPoly(inside, [points], _scaled(colour, factor), cv2.LINE_AA, _SHIFT)

    lower_teeth_y = edge_y + 0.06 + (1.0 - teeth) * max(low_y - edge_y, 0.0)
    if teeth > 0.15:
        fill(rectangle(lower_teeth_y, low_y + 1.0, 0.66), _TEETH, 0.6 * brightness * hidden)

    def tongue_shape(y: float, tall: float) -> Contour:
        angle = np.linspace(0.0, 2.0 * np.pi, 20)
        return np.stack([0.55 * half * np.cos(angle), y + tall * np.sin(angle)], 1)

    tongue_y = low_y - (low_y - edge_y) * tongue * 0.9 + 0.25 * (1.0 - tongue)
    fill(tongue_shape(tongue_y, 0.45), _TONGUE, (0.5 + 0.4 * tongue) * brightness)
    fill(rectangle(rest_y - 1.2, edge_y, 0.78), _TEETH, 0.74 * brightness * (0.35 + 0.65 * hidden))
    if tongue > 0.85:
        fill(tongue_shape(edge_y + 0.1, 0.3), _TONGUE, 1.05 * brightness)
    return np.asarray(cv2.GaussianBlur(inside, (3, 3), 0), np.uint8)
