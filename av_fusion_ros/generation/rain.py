# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Rain before a camera: drops on the lens that bend and blur the view, streaks in the air."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]

_DROPS_AT_FULL = 260
_STREAKS_AT_FULL = 320


class RainOnLens:
    """Draws rain of one amount (0 to 1); the same seed and time give the same drops.

    A drop shows the scene behind it upside down, small and blurred, as a short-focus lens
    does; drops gather over the first seconds and some run down.
    """

    def __init__(self, seed: int, amount: float, width: int, height: int) -> None:
        rng = np.random.default_rng([seed, 0x4A1])
        count = round(_DROPS_AT_FULL * amount)
        self._amount, self._size, self._seed = amount, (width, height), seed
        self._centre = rng.uniform(0.0, 1.0, (count, 2)) * (width, height)
        self._radius = height * rng.gamma(2.2, 0.009, count).clip(0.006, 0.07)
        self._arrival_s = rng.uniform(-1.0, 2.0, count)
        runs = rng.random(count) < 0.12
        self._speed = np.where(runs, rng.uniform(0.02, 0.15, count) * height, 0.0)

    def apply(self, picture: Picture, since_s: float) -> Picture:
        """The picture (h, w, 3) through the wet lens, `since_s` after the rain began."""
        width, height = self._size
        wet = cv2.GaussianBlur(picture, (0, 0), 0.4 + 2.2 * self._amount)
        blurred = cv2.GaussianBlur(picture, (0, 0), 2.0 + 5.0 * self._amount)
        map_x, map_y = (
            a.astype(np.float32) for a in np.meshgrid(np.arange(width), np.arange(height))
        )
        weight = np.zeros((height, width), np.float32)
        for centre, radius, arrival_s, speed in zip(
            self._centre, self._radius, self._arrival_s, self._speed, strict=True
        ):
            age_s = since_s - arrival_s
            if age_s <= 0.0:
                continue
            x, y = centre[0], (centre[1] + speed * age_s) % height
            self._one_drop(map_x, map_y, weight, float(x), float(y), float(radius))
        seen = cv2.remap(blurred, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        seen = cv2.convertScaleAbs(seen, alpha=0.92, beta=18)
        mixed = cv2.blendLinear(seen, wet, weight, 1.0 - weight)
        return self._streaks(np.asarray(mixed, np.uint8), since_s)

    @staticmethod
    def _one_drop(
        map_x: npt.NDArray[np.float32],
        map_y: npt.NDArray[np.float32],
        weight: npt.NDArray[np.float32],
        x: float,
        y: float,
        radius: float,
    ) -> None:
        height, width = weight.shape
        reach = int(np.ceil(radius)) + 1
        left, right = max(int(x) - reach, 0), min(int(x) + reach + 1, width)
        top, bottom = max(int(y) - reach, 0), min(int(y) + reach + 1, height)
        if left >= right or top >= bottom:
            return
        dx = np.arange(left, right, dtype=np.float32)[None, :] - np.float32(x)
        dy = np.arange(top, bottom, dtype=np.float32)[:, None] - np.float32(y)
        inside = np.clip((radius - np.sqrt(dx * dx + dy * dy)) / 1.5, 0.0, 1.0)
        box = (slice(top, bottom), slice(left, right))
        covered = inside > 0
        # Turned over about the drop's centre, three times smaller.
        map_x[box] = np.where(covered, np.float32(x) - 3.0 * dx, map_x[box])
        map_y[box] = np.where(covered, np.float32(y) - 3.0 * dy, map_y[box])
        weight[box] = np.maximum(weight[box], inside)

    def _streaks(self, picture: Picture, since_s: float) -> Picture:
        width, height = self._size
        rng = np.random.default_rng([self._seed, 0x57, round(since_s * 1000) + 10_000])
        layer = picture.copy()
        for _ in range(round(_STREAKS_AT_FULL * self._amount)):
            x, y = rng.uniform(0, width), rng.uniform(-0.1 * height, height)
            length = rng.uniform(0.02, 0.09) * height
            ends = np.round(np.array([[x, y], [x + 0.12 * length, y + length]]) * 16)
            tone = float(rng.uniform(150, 230))
            points = [ends.astype(np.int32)]
            cv2.polylines(layer, points, False, (tone, tone, tone), 1, cv2.LINE_AA, 4)
        return np.asarray(cv2.addWeighted(layer, 0.35, picture, 0.65, 0.0), np.uint8)
