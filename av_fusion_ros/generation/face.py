# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Draws a talking face: one identity under one light, posed and moved frame by frame.

The still parts are drawn once; a frame moves the jaw, draws eyes and mouth, and warps the
result to the pose with a parallax from the face's relief, so that a turned head shows its
nose and lips shifted against its cheeks.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from av_fusion_ros.generation.errors import GenerationError
from av_fusion_ros.generation.face_eyes import draw_eyes, outer_corners_cm
from av_fusion_ros.generation.face_identity import Identity, Light
from av_fusion_ros.generation.face_mouth import draw_mouth, jaw_drop_cm, lips
from av_fusion_ros.generation.face_relief import Grid, relief
from av_fusion_ros.generation.face_skin import draw_glasses, still_face
from av_fusion_ros.generation.visemes import REST, WIDTH

Picture = npt.NDArray[np.uint8]

_BLINK_LEVELS = 6
_HINGE_CM = 3.0  # relief height that stays in place when the head turns


@dataclass(frozen=True)
class Pose:
    """Where the head is: centre in picture pixels, size, angles in radians.

    px_per_cm: picture pixels for one centimetre of face. roll turns in the picture plane;
    yaw (to the picture's right) and pitch (down) are small turns out of it.
    """

    x_px: float
    y_px: float
    px_per_cm: float
    roll: float = 0.0
    yaw: float = 0.0
    pitch: float = 0.0


@dataclass(frozen=True)
class Landmarks:
    """Drawn places in picture pixels, each (2,): what a face mesh is expected to find."""

    right_eye_outer: npt.NDArray[np.float64]
    left_eye_outer: npt.NDArray[np.float64]
    nose_base: npt.NDArray[np.float64]
    mouth_right: npt.NDArray[np.float64]
    mouth_left: npt.NDArray[np.float64]
    upper_lip_top: npt.NDArray[np.float64]
    lower_lip_bottom: npt.NDArray[np.float64]
    upper_lip_inner: npt.NDArray[np.float64]
    lower_lip_inner: npt.NDArray[np.float64]


class FaceRenderer:
    """One face under one light, drawn at `px_per_cm` (raise it for large pictures)."""

    def __init__(self, identity: Identity, light: Light | None = None, px_per_cm: float = 13.0):
        if not 2.0 <= px_per_cm <= 60.0:
            raise GenerationError(f'px_per_cm is {px_per_cm:g}; give 2 to 60')
        self.identity = identity
        self._grid = Grid(px_per_cm)
        self._z = relief(self._grid, identity)
        still, opacity, factor = still_face(self._grid, identity, light or Light(), self._z)
        self._opacity = np.asarray(np.round(opacity * 255.0), np.uint8)
        self._still = np.asarray(np.round(still), np.uint8)
        self._light_at_mouth = self._light_near(factor, 0.0, 7.4)
        self._eye_box = self._grid.box(-7.9, -3.2, 7.9, 2.6)
        eyes_light = self._light_near(factor, 3.0, 1.2)
        self._eyes = [
            self._eyes_at(level / (_BLINK_LEVELS - 1), eyes_light) for level in range(_BLINK_LEVELS)
        ]
        self._jaw_box = self._grid.box(-8.0, 4.5, 8.0, 14.8)
        self._jaw_maps()

    def _light_near(self, factor: npt.NDArray[np.float32], x: float, y: float) -> float:
        rows, columns = self._grid.box(x - 1.5, y - 0.8, x + 1.5, y + 0.8)
        return float(np.median(factor[rows, columns]))

    def _eyes_at(self, openness: float, brightness: float) -> Picture:
        canvas = self._still.copy()
        gaze = np.random.default_rng([self.identity.seed, 0xE7E]).normal(0.0, 0.05, 2)
        look = (float(gaze[0]), float(gaze[1]))
        draw_eyes(canvas, self._grid, self.identity, openness, look, brightness)
        draw_glasses(canvas, self._grid, self.identity)
        return np.asarray(canvas[self._eye_box].copy())

    def _jaw_maps(self) -> None:
        """Where skin comes from when the jaw drops by 1 cm or the mouth spreads by 1."""
        rows, columns = self._jaw_box
        x, y = self._grid.x[rows, columns], self._grid.y[rows, columns]
        mouth = 7.0 + self.identity.mouth_drop
        chin = 12.0 * self.identity.chin_length
        onset = np.clip((y - mouth + 0.6) / 2.2, 0.0, 1.0)
        ends = np.clip((chin + 2.6 - y) / 2.4, 0.0, 1.0)
        soft = onset**2 * (3 - 2 * onset) * ends**2 * (3 - 2 * ends)
        down = soft * np.exp(-0.5 * (x / 4.6) ** 4)
        self._drop_px = np.asarray(down * self._grid.px_per_cm, np.float32)
        near = np.exp(-0.5 * ((np.abs(x) - 2.9) / 1.1) ** 2 - 0.5 * ((y - mouth) / 1.2) ** 2)
        self._spread_px = np.asarray(np.sign(x) * near * self._grid.px_per_cm, np.float32)
        height, width = x.shape
        self._map_x, self._map_y = (
            np.asarray(a, np.float32) for a in np.meshgrid(np.arange(width), np.arange(height))
        )

    def canvas(
        self, mouth: npt.NDArray[np.float64], openness: float = 1.0
    ) -> tuple[Picture, Picture]:
        """The unposed face: picture (h, w, 3) and opacity (h, w), for one mouth shape."""
        picture, opacity = self._still.copy(), self._opacity.copy()
        level = round(np.clip(openness, 0.0, 1.0) * (_BLINK_LEVELS - 1))
        picture[self._eye_box] = self._eyes[level]
        map_x = self._map_x - np.float32(0.25 * mouth[WIDTH]) * self._spread_px
        map_y = self._map_y - np.float32(jaw_drop_cm(mouth)) * self._drop_px
        for plane in (picture, opacity):
            source = np.ascontiguousarray(plane[self._jaw_box])
            plane[self._jaw_box] = cv2.remap(
                source, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            )
        draw_mouth(picture, self._grid, self.identity, mouth, self._light_at_mouth)
        return picture, opacity

    def _to_picture(self, pose: Pose) -> npt.NDArray[np.float64]:
        """(2, 3) canvas pixels -> picture pixels for the plane of the hinge."""
        scale = pose.px_per_cm / self._grid.px_per_cm
        turn = scale * np.array(
            [[np.cos(pose.roll), -np.sin(pose.roll)], [np.sin(pose.roll), np.cos(pose.roll)]]
        )
        turn = turn @ np.diag([np.cos(pose.yaw), np.cos(pose.pitch)])
        centre = self._grid.to_px([[0.0, 3.5]])[0]
        shift = np.array([pose.x_px, pose.y_px]) - turn @ centre
        return np.column_stack([turn, shift])

    def draw(
        self,
        frame: Picture,
        mouth: npt.NDArray[np.float64],
        pose: Pose,
        openness: float = 1.0,
        corner: tuple[int, int] = (0, 0),
    ) -> None:
        """Draw the face over `frame` (h, w, 3) in place.

        `corner`: x, y of the frame's first pixel when it is a part of a larger picture.
        """
        picture, opacity = self.canvas(mouth, openness)
        matrix = self._to_picture(pose)
        matrix[:, 2] -= corner
        rows, columns = self._reach(matrix, frame.shape[0], frame.shape[1])
        if rows.stop <= rows.start or columns.stop <= columns.start:
            return
        inverse = cv2.invertAffineTransform(matrix)
        u = np.arange(columns.start, columns.stop, dtype=np.float32)[None, :]
        v = np.arange(rows.start, rows.stop, dtype=np.float32)[:, None]
        a, b = inverse.astype(np.float32)
        map_x, map_y = a[0] * u + (a[1] * v + a[2]), b[0] * u + (b[1] * v + b[2])
        if pose.yaw or pose.pitch:
            z = cv2.remap(self._z, map_x, map_y, cv2.INTER_LINEAR, borderValue=_HINGE_CM)
            z = (z - _HINGE_CM) * self._grid.px_per_cm
            map_x -= np.float32(np.tan(pose.yaw)) * z
            map_y -= np.float32(np.tan(pose.pitch)) * z
        face = cv2.remap(picture, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        weight = cv2.remap(opacity, map_x, map_y, cv2.INTER_LINEAR).astype(np.float32)
        weight *= np.float32(1.0 / 255.0)
        under = np.ascontiguousarray(frame[rows, columns])
        frame[rows, columns] = cv2.blendLinear(face, under, weight, 1.0 - weight)

    def _reach(
        self, matrix: npt.NDArray[np.float64], height: int, width: int
    ) -> tuple[slice, slice]:
        """Rows and columns of the picture that the canvas can touch."""
        w, h = self._grid.width, self._grid.height
        corners = np.array([[0, 0, 1], [w, 0, 1], [0, h, 1], [w, h, 1]]) @ matrix.T
        low, high = corners.min(0) - 2, corners.max(0) + 2
        return (
            slice(int(max(low[1], 0)), int(min(max(high[1], 0), height))),
            slice(int(max(low[0], 0)), int(min(max(high[0], 0), width))),
        )

    def place(self, points_cm: npt.ArrayLike, pose: Pose) -> npt.NDArray[np.float64]:
        """Picture pixels (n, 2) of places (n, 2) on the face, parallax included."""
        points = self._grid.to_px(points_cm)
        column = np.clip(np.round(points[:, 0]).astype(int), 0, self._grid.width - 1)
        row = np.clip(np.round(points[:, 1]).astype(int), 0, self._grid.height - 1)
        z = (self._z[row, column] - _HINGE_CM) * self._grid.px_per_cm
        shifted = points + np.stack([np.tan(pose.yaw) * z, np.tan(pose.pitch) * z], 1)
        matrix = self._to_picture(pose)
        return np.asarray(shifted @ matrix[:, :2].T + matrix[:, 2])

    def landmarks(self, mouth: npt.NDArray[np.float64], pose: Pose) -> Landmarks:
        """Where the drawn eyes, nose base and lips lie in the picture."""
        drawn = lips(self.identity, mouth)
        middle = len(drawn.inner_upper) // 2
        nose_base = np.array([[0.0, 3.75 * self.identity.nose_length + 1.15]])
        points = np.concatenate(
            [
                outer_corners_cm(self.identity),
                nose_base,
                drawn.outer_upper[[0, -1, middle]],
                drawn.outer_lower[[middle]],
                drawn.inner_upper[[middle]],
                drawn.inner_lower[[middle]],
            ]
        )
        return Landmarks(*self.place(points, pose))


def resting_mouth() -> npt.NDArray[np.float64]:
    """The mouth shape of someone silent."""
    return REST.as_row()
