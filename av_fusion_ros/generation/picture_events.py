# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What events do to the camera's picture."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from av_fusion_ros.generation.events import Blackout, Blur, Event, Glare, Rain
from av_fusion_ros.generation.rain import RainOnLens

Picture = npt.NDArray[np.uint8]

_DARK_LEVEL = 3  # what a covered sensor reads


class PictureEvents:
    """Applies the picture's events of a scene, in the order light meets them."""

    def __init__(self, events: Sequence[Event], seed: int, width: int, height: int) -> None:
        self._glares = [event for event in events if isinstance(event, Glare)]
        self._blurs = [event for event in events if isinstance(event, Blur)]
        self._blackouts = [event for event in events if isinstance(event, Blackout)]
        self._rains = [
            (event, RainOnLens(seed + index, event.amount, width, height))
            for index, event in enumerate(events)
            if isinstance(event, Rain)
        ]
        self._seed = seed

    def apply(self, picture: Picture, time_s: float) -> Picture:
        """The picture (h, w, 3) at a time of the scene; the very same array if nothing is on."""
        for lamp in self._glares:
            if lamp.active(time_s):
                picture = glare(picture, lamp.strength)
        for event, rain in self._rains:
            if event.active(time_s):
                picture = rain.apply(picture, time_s - event.start_s)
        for blur in self._blurs:
            if blur.active(time_s):
                picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), blur.sigma_px), np.uint8)
        for blackout in self._blackouts:
            if blackout.active(time_s):
                rng = np.random.default_rng([self._seed, 0xDA, round(time_s * 1000) + 10_000])
                picture = rng.integers(0, _DARK_LEVEL + 1, picture.shape, dtype=np.uint8)
        return picture


def glare(picture: Picture, strength: float) -> Picture:
    """A lamp at the picture's upper right: veil over everything, full white near the lamp."""
    height, width = picture.shape[:2]
    x = np.arange(width, dtype=np.float32)[None, :] / width - 0.62
    y = np.arange(height, dtype=np.float32)[:, None] / width - 0.22
    distance = x * x + y * y
    veil = strength * (95.0 + 420.0 * np.exp(-distance / 0.05))
    washed = picture.astype(np.float32) * (1.0 - 0.5 * strength) + veil[..., None]
    return np.asarray(np.clip(washed, 0.0, 255.0), np.uint8)
