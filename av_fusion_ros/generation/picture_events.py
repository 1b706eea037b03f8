# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What events do to the camera's picture."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from av_fusion_ros.generation.events import (
    Blackout,
    Blockage,
    Blur,
    Event,
    Exposure,
    Glare,
    Rain,
)
from av_fusion_ros.generation.picture_faults import block, expose, glare
from av_fusion_ros.generation.rain import RainOnLens

Picture = npt.NDArray[np.uint8]

_DARK_LEVEL = 3  # what a covered sensor reads


class PictureEvents:
    """Applies the picture's events of a scene, in the order light meets them."""

    def __init__(self, events: Sequence[Event], seed: int, width: int, height: int) -> None:
        self._glares = [event for event in events if isinstance(event, Glare)]
        self._blurs = [event for event in events if isinstance(event, Blur)]
        self._blockages = [event for event in events if isinstance(event, Blockage)]
        self._exposures = [event for event in events if isinstance(event, Exposure)]
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
        for index, cover in enumerate(self._blockages):
            if cover.active(time_s):
                picture = block(picture, cover.share, self._seed + index)
        for event, rain in self._rains:
            if event.active(time_s):
                picture = rain.apply(picture, time_s - event.start_s)
        for blur in self._blurs:
            if blur.active(time_s):
                picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), blur.sigma_px), np.uint8)
        for light in self._exposures:
            if light.active(time_s):
                picture = expose(picture, light.gain, self._noise(0xE1, time_s))
        for blackout in self._blackouts:
            if blackout.active(time_s):
                rng = self._noise(0xDA, time_s)
                picture = rng.integers(0, _DARK_LEVEL + 1, picture.shape, dtype=np.uint8)
        return picture

    def _noise(self, of: int, time_s: float) -> np.random.Generator:
        return np.random.default_rng([self._seed, of, round(time_s * 1000) + 10_000])
