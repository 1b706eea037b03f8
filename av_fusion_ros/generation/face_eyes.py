# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The eyes and brows of a drawn face."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from av_fusion_ros.generation.face_identity import Identity
from av_fusion_ros.generation.face_relief import Grid

Picture = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float64]

OUTER_X_CM, INNER_X_CM = 4.35, 1.85
_SHIFT = 4


def outer_corners_cm(identity: Identity) -> Points:
    """(2, 2): the outer eye corners, picture left then right."""
    x = OUTER_X_CM * identity.eye_spacing
    return np.array([[-x, 0.0], [x, 0.0]])


def _lids(identity: Identity, openness: float, side: float) -> tuple[Points, Points]:
    """Upper and lower lid contours from inner to outer corner; side -1 or 1."""
    t = np.linspace(0.0, 1.0, 17)
    inner, outer = INNER_X_CM * identity.eye_spacing, OUTER_X_CM * identity.eye_spacing
    x = inner + (outer - inner) * t
    corner_y = 0.18 * (1.0 - t)
    arch = np.sin(np.pi * t**0.9) ** 0.8
    closed_y = corner_y + 0.3 * arch * identity.eye_size
    open_y = corner_y - 0.62 * arch * identity.eye_size
    upper_y = closed_y + (open_y - closed_y) * openness
    lower_y = corner_y + 0.36 * arch * identity.eye_size
    return np.stack([side * x, upper_y], 1), np.stack([side * x, lower_y], 1)


def draw_eyes(
    canvas: Picture,
    grid: Grid,
    identity: Identity,
    openness: float,
    gaze: tuple[float, float],
    brightness: float,
) -> None:
    """Draw both eyes in place; openness 0 closed to 1, gaze in cm of iris shift."""
    rows, columns = grid.box(-5.6, -1.6, 5.6, 1.6)
    patch = np.ascontiguousarray(canvas[rows, columns])
    skin = np.array(identity.skin)

    def pixels(points: Points) -> npt.NDArray[np.int32]:
        shifted = grid.to_px(points) - np.array([columns.start, rows.start])
        return np.asarray(np.round(shifted * (1 << _SHIFT)), np.int32)

    def colour(values: npt.ArrayLike, factor: float = 1.0) -> tuple[float, float, float]:
        blue, green, red = np.clip(np.asarray(values, float) * factor * brightness, 0, 255)
        return (float(blue), float(green), float(red))

    def line(points: Points, shade: tuple[float, float, float], width_cm: float) -> None:
        thickness = max(round(width_cm * grid.px_per_cm), 1)
        cv2.polylines(patch, [pixels(points)], False, shade, thickness, cv2.LINE_AA, _SHIFT)

    for side in (-1.0, 1.0):
        upper, lower = _lids(identity, openness, side)
        crease = upper + np.array([0.0, -0.3])
        line(crease[2:-1], colour(skin, 0.66), 0.07)
        line(lower[2:-2] + np.array([0.0, 0.1]), colour(skin * [0.8, 0.78, 0.9], 0.8), 0.09)
        if openness > 0.08:
            almond = pixels(np.concatenate([upper, lower[::-1]]))
            eye = patch.copy()
            cv2.fillPoly(eye, [almond], colour((205, 210, 215), 0.95), cv2.LINE_AA, _SHIFT)
            middle = np.array([[side * 3.08 * identity.eye_spacing + gaze[0], -0.1 + gaze[1]]])
            centre = pixels(middle)[0]
            centre_px = (int(centre[0]), int(centre[1]))
            radius = round(0.6 * identity.eye_size * grid.px_per_cm * (1 << _SHIFT))
            for part, shade in (
                (1.0, colour(identity.iris, 0.55)),
                (0.86, colour(identity.iris, 1.05)),
                (0.42, colour((12, 12, 12))),
            ):
                cv2.circle(eye, centre_px, int(radius * part), shade, -1, cv2.LINE_AA, _SHIFT)
            glint = (centre_px[0] - radius // 4, centre_px[1] - radius // 3)
            cv2.circle(eye, glint, radius // 6, (235, 235, 235), -1, cv2.LINE_AA, _SHIFT)
            # The upper lid throws a shadow on the ball.
            shadow_line = pixels(upper + np.array([0.0, 0.1]))
            thickness = max(round(0.22 * grid.px_per_cm), 1)
            dark = eye.copy()
            cv2.polylines(
                dark, [shadow_line], False, colour((90, 95, 110)), thickness, cv2.LINE_AA, _SHIFT
            )
            eye = cv2.addWeighted(dark, 0.55, eye, 0.45, 0)
            mask = np.zeros(patch.shape[:2], np.uint8)
            cv2.fillPoly(mask, [almond], 255, cv2.LINE_AA, _SHIFT)
            weight = cv2.GaussianBlur(mask, (3, 3), 0).astype(np.float32) / 255.0
            patch = cv2.blendLinear(eye, patch, weight, 1.0 - weight)
        line(upper, colour(np.minimum(skin * 0.22, 40)), 0.13)
        line(upper[9:] + np.array([0.0, -0.05]), colour((20, 20, 24)), 0.12)
        line(lower[1:], colour(skin * [0.6, 0.58, 0.7], 0.8), 0.06)
    canvas[rows, columns] = patch


def draw_brows(canvas: npt.NDArray[np.float32], grid: Grid, identity: Identity) -> None:
    """Darken the brows of a float canvas (h, w, 3) in place, hair by hair."""
    rng = np.random.default_rng([identity.seed, 0xB0])
    mask = np.zeros(canvas.shape[:2], np.uint8)
    base_y = -1.75 + identity.brow_height
    for side in (-1.0, 1.0):
        for _ in range(420):
            t = float(rng.uniform(0.0, 1.0))
            x = (1.35 + 3.6 * t) * identity.eye_spacing
            arch = base_y - 0.55 * np.sin(np.pi * min(t * 0.85 + 0.08, 1.0)) + 0.35 * t**2
            thick = 0.27 * identity.brow_thickness * (1.0 - 0.65 * t**2)
            y = arch + float(rng.normal(0.0, 0.45)) * thick
            start = np.array([side * x, y])
            stroke = np.array([side * (0.28 + 0.15 * t), -0.22 + 0.4 * t]) * rng.uniform(0.5, 1.1)
            ends = np.round(grid.to_px(np.stack([start, start + stroke])) * 16).astype(np.int32)
            cv2.polylines(mask, [ends], False, 255, 1, cv2.LINE_AA, _SHIFT)
    weight = cv2.GaussianBlur(mask, (0, 0), 0.06 * grid.px_per_cm).astype(np.float32) / 255.0
    weight = np.minimum(weight * 1.1, 0.92)[..., None]
    dark = np.minimum(np.array(identity.hair) * 0.75, 95.0)
    canvas += weight * (dark - canvas)
