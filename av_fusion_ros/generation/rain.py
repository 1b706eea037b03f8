# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Rain before a camera: drops on the lens that bend and blur the view, streaks in the air.

A drop on glass is a spherical cap of water: a short-focus lens. A ray that meets its surface
under the angle theta leaves it turned by asin(n sin theta) - theta towards the middle (Snell), so
the drop shows much of the scene, small, upside down and out of focus (Garg and Nayar 2007, 'Vision
and rain').
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
Field = npt.NDArray[np.float32]

_DROPS_AT_FULL = 260
_STREAKS_AT_FULL = 320
_WATER = 1.33  # refractive index
_FOCAL_LENGTH = 0.9  # of the camera, in picture widths: 58 degrees from side to side
_CONTACT_DEG = (28.0, 46.0)  # of water on glass that was not cleaned; total reflection from 48.8


class RainOnLens:
    """Draws rain of one amount (0 to 1); the same seed and time give the same drops.

    Drops gather over the first seconds and some run down. ``coverage`` of an applied picture is
    the share of it that lay behind drops.
    """

    def __init__(
        self,
        seed: int,
        amount: float,
        width: int,
        height: int,
        *,
        drops: bool = True,
        streaks: bool = True,
    ) -> None:
        rng = np.random.default_rng([seed, 0x4A1])
        count = round(_DROPS_AT_FULL * amount) if drops else 0
        self._amount, self._size, self._seed = amount, (width, height), seed
        self._wet, self._streaky = drops, streaks
        self._centre = rng.uniform(0.0, 1.0, (count, 2)) * (width, height)
        self._radius = height * rng.gamma(2.2, 0.009, count).clip(0.006, 0.07)
        self._arrival_s = rng.uniform(-1.0, 2.0, count)
        runs = rng.random(count) < 0.12
        self._speed = np.where(runs, rng.uniform(0.02, 0.15, count) * height, 0.0)
        self._contact_rad = np.radians(rng.uniform(*_CONTACT_DEG, count))
        # Gravity pulls drops long; how soft their edge is tells how far the glass is from focus.
        self._length = rng.uniform(1.0, 1.35, count)
        self._softness = float(rng.uniform(0.1, 0.8))
        self._slant = float(rng.uniform(-0.25, 0.25))
        self.coverage = 0.0

    def apply(self, picture: Picture, since_s: float) -> Picture:
        """The picture (h, w, 3) through the wet lens, `since_s` after the rain began."""
        wet = self._through_drops(picture, since_s) if self._wet else picture
        return self._through_streaks(wet, since_s) if self._streaky else wet

    def _through_drops(self, picture: Picture, since_s: float) -> Picture:
        width, height = self._size
        scale = height / 480
        film = cv2.GaussianBlur(picture, (0, 0), (0.4 + 2.2 * self._amount) * scale)
        blurred = cv2.GaussianBlur(picture, (0, 0), (2.0 + 5.0 * self._amount) * scale)
        map_x, map_y = (
            a.astype(np.float32) for a in np.meshgrid(np.arange(width), np.arange(height))
        )
        weight = np.zeros((height, width), np.float32)
        for i in np.flatnonzero(self._arrival_s < since_s):
            y = (self._centre[i, 1] + self._speed[i] * (since_s - self._arrival_s[i])) % height
            self._one_drop(map_x, map_y, weight, int(i), float(y))
        self.coverage = float(weight.mean())
        seen = cv2.remap(blurred, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        seen = cv2.convertScaleAbs(seen, alpha=0.92, beta=18)
        return np.asarray(cv2.blendLinear(seen, film, weight, 1.0 - weight), np.uint8)

    def _one_drop(self, map_x: Field, map_y: Field, weight: Field, i: int, y: float) -> None:
        height, width = weight.shape
        x, radius = float(self._centre[i, 0]), float(self._radius[i])
        reach = int(np.ceil(radius * self._length[i])) + 1
        left, right = max(int(x) - reach, 0), min(int(x) + reach + 1, width)
        top, bottom = max(int(y) - reach, 0), min(int(y) + reach + 1, height)
        if left >= right or top >= bottom:
            return
        dx = np.arange(left, right, dtype=np.float32)[None, :] - np.float32(x)
        dy = np.arange(top, bottom, dtype=np.float32)[:, None] - np.float32(y)
        dy = dy / np.float32(self._length[i])
        distance = np.sqrt(dx * dx + dy * dy)
        edge = max(1.5 * height / 480, self._softness * radius)
        inside = np.clip((radius - distance) / edge, 0.0, 1.0)
        covered = inside > 0
        bent = _bending(distance / radius, float(self._contact_rad[i])) * _FOCAL_LENGTH * width
        shift = bent / np.maximum(distance, 1e-3)
        box = (slice(top, bottom), slice(left, right))
        map_x[box] = np.where(covered, map_x[box] - shift * dx, map_x[box])
        map_y[box] = np.where(covered, map_y[box] - shift * dy, map_y[box])
        weight[box] = np.maximum(weight[box], inside)

    def _through_streaks(self, picture: Picture, since_s: float) -> Picture:
        """Falling drops, drawn long by the exposure; the nearer, the thicker and the fainter."""
        width, height = self._size
        rng = np.random.default_rng([self._seed, 0x57, round(since_s * 1000) + 10_000])
        faint, bright = picture.copy(), picture.copy()
        for _ in range(round(_STREAKS_AT_FULL * self._amount)):
            x, y = rng.uniform(0, width), rng.uniform(-0.1 * height, height)
            length = rng.uniform(0.02, 0.09) * height
            slope = self._slant + rng.normal(0.0, 0.03)
            ends = np.round(np.array([[x, y], [x + slope * length, y + length]]) * 16)
            tone = float(rng.uniform(150, 230))
            near = length > 0.07 * height
            thick = max(1, round(2 * height / 480)) if near else 1
            layer, points = (faint if near else bright), [ends.astype(np.int32)]
            cv2.polylines(layer, points, False, (tone, tone, tone), thick, cv2.LINE_AA, 4)
        mixed = cv2.addWeighted(bright, 0.35, picture, 0.65, 0.0)
        return np.asarray(cv2.addWeighted(faint, 0.25, mixed, 0.75, 0.0), np.uint8)


def _bending(place: Field, contact_rad: float) -> Field:
    """Tangent of the angle by which a cap of water turns a ray at `place` (0 middle, 1 rim)."""
    sine = np.minimum(place, 1.0) * np.float32(np.sin(contact_rad))
    return np.asarray(np.tan(np.arcsin(_WATER * sine) - np.arcsin(sine)), np.float32)
