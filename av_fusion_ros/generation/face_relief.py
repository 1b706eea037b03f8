# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The face's height over its plane, written as sums of smooth bumps, and light upon it."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from av_fusion_ros.generation.face_identity import Identity, Light

Plane = npt.NDArray[np.float32]

LEFT_CM, TOP_CM, RIGHT_CM, BOTTOM_CM = -10.5, -11.0, 10.5, 16.5


class Grid:
    """Canvas pixels and their places in centimetres."""

    def __init__(self, px_per_cm: float) -> None:
        self.px_per_cm = px_per_cm
        self.width = round((RIGHT_CM - LEFT_CM) * px_per_cm)
        self.height = round((BOTTOM_CM - TOP_CM) * px_per_cm)
        columns = (np.arange(self.width, dtype=np.float32) + 0.5) / px_per_cm + LEFT_CM
        rows = (np.arange(self.height, dtype=np.float32) + 0.5) / px_per_cm + TOP_CM
        self.x, self.y = (np.asarray(a, np.float32) for a in np.meshgrid(columns, rows))

    def to_px(self, points_cm: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Places (n, 2) in cm -> canvas pixel coordinates (n, 2), pixel centres at integers."""
        origin = np.array([LEFT_CM, TOP_CM])
        return np.asarray((np.asarray(points_cm, float) - origin) * self.px_per_cm - 0.5)

    def box(
        self, left_cm: float, top_cm: float, right_cm: float, bottom_cm: float
    ) -> tuple[slice, slice]:
        """(rows, columns) slices of a rectangle in cm, clipped to the canvas."""
        left, top = np.floor(self.to_px([[left_cm, top_cm]])[0]).astype(int)
        right, bottom = np.ceil(self.to_px([[right_cm, bottom_cm]])[0]).astype(int)
        return (
            slice(max(top, 0), min(bottom, self.height)),
            slice(max(left, 0), min(right, self.width)),
        )


def bump(grid: Grid, x: float, y: float, across: float, down: float) -> Plane:
    """Gaussian bump: exp of minus the squared distance over the two lengths: 1 at (x, y)."""
    distance = ((grid.x - x) / across) ** 2 + ((grid.y - y) / down) ** 2
    return np.asarray(np.exp(-0.5 * distance), np.float32)


def both_sides(grid: Grid, x: float, y: float, across: float, down: float) -> Plane:
    """Two mirrored bumps."""
    return bump(grid, x, y, across, down) + bump(grid, -x, y, across, down)


def outline_half_width(grid: Grid, identity: Identity) -> Plane:
    """Half width of the head at every row, in cm (temples, cheekbones, jaw, chin)."""
    chin = 12.0 * identity.chin_length
    rows = np.array([-9.4, -9.2, -8.5, -7.0, -5.0, -2.0, 0.0, 3.0, 5.5, 7.5, 9.3, 10.8])
    rows = np.append(rows, [chin - 0.35, chin])
    widths = np.array(
        [0.0, 1.9, 4.0, 6.0, 7.1, 7.6, 7.6, 7.3, 6.9, 6.2, 4.9, 3.3, 1.8, 0.0]
    )  # fmt: skip
    jaw = np.clip((rows - 2.0) / 6.0, 0.0, 1.0)
    widths = widths * identity.face_width * (1.0 + jaw * (identity.jaw_width - 1.0))
    y = grid.y[:, 0]
    dense = np.linspace(rows[0], rows[-1], 400)
    smooth = np.interp(dense, rows, widths)
    smooth = np.convolve(np.pad(smooth, 12, mode='edge'), np.hanning(25) / 12, mode='valid')
    half = np.interp(y, dense, smooth, left=-1.0, right=-1.0)
    return np.asarray(np.broadcast_to(half[:, None], grid.x.shape), np.float32)


def relief(grid: Grid, identity: Identity) -> Plane:
    """Height in cm above the plane of the ears, about 10 at the nose tip, 0 at the edge."""
    half = np.maximum(outline_half_width(grid, identity), 0.05)
    across = np.clip(np.abs(grid.x) / half, 0.0, 1.0)
    along = np.clip((grid.y - 1.0) / 11.6, -1.0, 1.0)
    z = 6.6 * np.sqrt(np.clip(1.0 - across**2.4, 0.0, 1.0)) * np.sqrt(1.0 - 0.72 * along**2)
    eye = 3.1 * identity.eye_spacing
    nose, tip = identity.nose_width, 3.75 * identity.nose_length
    mouth = 7.0 + identity.mouth_drop
    z += -1.05 * both_sides(grid, eye, -0.05, 1.6, 0.95) + 0.45 * both_sides(grid, eye, 0, 1.0, 0.6)
    z += 0.4 * both_sides(grid, 2.9, -1.7, 2.2, 0.55)
    slope = np.clip((grid.y + 1.4) / (tip + 1.4), 0.0, 1.0)
    ridge = (0.35 + 1.75 * slope) * np.exp(-0.5 * (grid.x / ((0.55 + 0.3 * slope) * nose)) ** 2)
    below = np.where(grid.y > tip, np.exp(-0.5 * ((grid.y - tip) / 0.5) ** 2), 1.0)
    above = np.clip((grid.y + 2.2) / 1.2, 0.0, 1.0)
    z += ridge * below * above
    z += 0.55 * bump(grid, 0.0, tip, 0.7 * nose, 0.6)
    z += 0.85 * both_sides(grid, 1.15 * nose, tip + 0.25, 0.45 * nose, 0.45)
    z += 0.55 * both_sides(grid, 4.6, 2.9, 1.7, 1.3)
    z += 0.75 * bump(grid, 0.0, mouth - 0.1, 2.3, 1.6)
    z += -0.12 * bump(grid, 0.0, mouth - 1.5, 0.25, 0.5)
    chin = 10.6 * identity.chin_length
    z += 0.75 * bump(grid, 0.0, chin, 1.4, 1.0) - 0.4 * bump(grid, 0.0, mouth + 2.15, 1.4, 0.4)
    z += -(0.12 + 0.3 * identity.age) * _nasolabial(grid, tip, mouth)
    return np.asarray(z, np.float32)


def _nasolabial(grid: Grid, tip: float, mouth: float) -> Plane:
    """Ridge function of the folds that run from the nose wings past the mouth corners."""
    t = np.clip((grid.y - tip - 0.2) / (mouth + 0.9 - tip), 0.0, 1.0)
    fold_x = 1.7 + 1.75 * t**0.8
    near = np.exp(-0.5 * ((np.abs(grid.x) - fold_x) / 0.22) ** 2)
    ends = np.clip(4.0 * t, 0.0, 1.0) * np.clip(4.0 * (1.0 - t), 0.0, 1.0)
    return np.asarray(near * ends, np.float32)


def shade(grid: Grid, z: Plane, light: Light) -> Plane:
    """Brightness factor: ambient, wrapped diffuse light and darker hollows."""
    soft = cv2.GaussianBlur(z, (0, 0), 0.16 * grid.px_per_cm)
    dx = cv2.Sobel(soft, cv2.CV_32F, 1, 0, ksize=3) * (grid.px_per_cm / 8.0)
    dy = cv2.Sobel(soft, cv2.CV_32F, 0, 1, ksize=3) * (grid.px_per_cm / 8.0)
    length = np.sqrt(dx * dx + dy * dy + 1.0)
    direction = np.array([light.x, light.y, 1.0])
    direction /= np.linalg.norm(direction)
    facing = (-dx * direction[0] - dy * direction[1] + direction[2]) / length
    diffuse = np.clip((facing + 0.25) / 1.25, 0.0, 1.0)
    hollow = cv2.GaussianBlur(z, (0, 0), 0.8 * grid.px_per_cm) - soft
    occlusion = np.clip(1.0 - 0.5 * np.clip(hollow, -0.1, 0.8), 0.55, 1.05)
    return np.asarray((light.ambient + light.diffuse * diffuse) * occlusion, np.float32)
