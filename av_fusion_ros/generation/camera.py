# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The camera that looks at the drawn face: what is behind it, softness, noise, gain."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from av_fusion_ros.generation.face_identity import Colour

Picture = npt.NDArray[np.uint8]

_NOISE_FIELDS = 3
_ROAM_PX = 32


def background(
    rng: np.random.Generator, width: int, height: int, clothes_at: tuple[float, float, float]
) -> Picture:
    """An out-of-focus room and the talker's shoulders, (height, width, 3).

    `clothes_at`: x, y of the neck's base in pixels and the picture's pixels per cm.
    """
    small_w, small_h = 80, max(round(80 * height / width), 2)
    base = rng.uniform(40, 190, 3) * 0.4 + rng.uniform(50, 180) * 0.6
    room = np.empty((small_h, small_w, 3), np.float32)
    room[:] = base
    room *= np.linspace(rng.uniform(0.8, 1.2), rng.uniform(0.8, 1.2), small_w)[None, :, None]
    for _ in range(int(rng.integers(2, 14))):
        left, top = rng.uniform(-0.2, 1.0, 2) * (small_w, small_h)
        size = rng.uniform(0.05, 0.5, 2) * (small_w, small_h)
        colour = np.clip(base + rng.normal(0, 38, 3), 5, 250)
        cv2.rectangle(
            room,
            (int(left), int(top)),
            (int(left + size[0]), int(top + size[1])),
            (float(colour[0]), float(colour[1]), float(colour[2])),
            -1,
        )
    room = cv2.GaussianBlur(room, (0, 0), float(rng.uniform(0.6, 3.0)))
    picture = cv2.resize(room, (width, height), interpolation=cv2.INTER_CUBIC)
    cloth = rng.uniform(15, 210, 3)
    _shoulders(picture, (float(cloth[0]), float(cloth[1]), float(cloth[2])), clothes_at)
    return np.asarray(np.clip(picture, 0, 255), np.uint8)


def _shoulders(
    picture: npt.NDArray[np.float32], colour: Colour, at: tuple[float, float, float]
) -> None:
    x, y, px_per_cm = at
    half = np.array([4.6, 6.0, 11.0, 16.5, 19.0, 20.0, 20.0])
    down = np.array([-1.4, -0.6, 0.9, 2.6, 5.0, 9.0, 60.0])
    right = np.stack([x + half * px_per_cm, y + down * px_per_cm], 1)
    left = np.stack([x - half[::-1] * px_per_cm, y + down[::-1] * px_per_cm], 1)
    points = np.round(np.concatenate([right, left]) * 16).astype(np.int32)
    mask = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(mask, [points], 255, cv2.LINE_AA, 4)
    weight = cv2.GaussianBlur(mask, (0, 0), 0.15 * px_per_cm + 0.3).astype(np.float32) / 255.0
    fall = np.clip(1.15 - 0.02 * np.abs(np.arange(picture.shape[1]) - x) / px_per_cm, 0.6, 1.2)
    cloth = np.asarray(colour, np.float32) * fall[None, :, None].astype(np.float32)
    picture += weight[..., None] * (cloth - picture)


class Sensor:
    """Softness, exposure and noise of one camera; seeded, the same for the same frame index."""

    def __init__(self, rng: np.random.Generator, noise: float | None = None) -> None:
        self._softness = float(rng.uniform(0.35, 0.9))
        self._noise = float(rng.uniform(1.0, 5.0)) if noise is None else noise
        self._gain = float(rng.uniform(0.88, 1.1))
        self._seed = int(rng.integers(1 << 31))
        self._fields: list[npt.NDArray[np.int16]] = []

    def expose(self, frame: Picture, index: int) -> Picture:
        """The frame as the sensor delivers it, (h, w, 3)."""
        soft = cv2.GaussianBlur(frame, (3, 3), self._softness)
        soft = cv2.convertScaleAbs(soft, alpha=self._gain)
        height, width = soft.shape[0] + _ROAM_PX, soft.shape[1] + _ROAM_PX
        if not self._fields or np.any(np.array(self._fields[0].shape[:2]) < (height, width)):
            self._make_fields(-height // 128 * -128, -width // 128 * -128)
        # A window that jumps over a few fixed fields costs a tenth of fresh noise.
        jump = np.random.default_rng([self._seed, index])
        field = self._fields[int(jump.integers(_NOISE_FIELDS))]
        top, left = (int(v) for v in jump.integers(0, _ROAM_PX, 2))
        window = field[top : top + soft.shape[0], left : left + soft.shape[1]]
        return np.asarray(cv2.add(soft, np.ascontiguousarray(window), dtype=cv2.CV_8U), np.uint8)

    def _make_fields(self, height: int, width: int) -> None:
        rng = np.random.default_rng([self._seed, 0x5E])
        self._fields = []
        for _ in range(_NOISE_FIELDS):
            shared = 0.8 * rng.standard_normal((height, width, 1), np.float32)
            coloured = 0.6 * rng.standard_normal((height, width, 3), np.float32)
            field = np.round(self._noise * (shared + coloured))
            self._fields.append(np.asarray(field, np.int16))
