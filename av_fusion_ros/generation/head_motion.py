# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How a talking head sways, turns and blinks: smooth, seeded functions of time."""

from __future__ import annotations

import numpy as np

from av_fusion_ros.generation.face import Pose

_BLINK_S = 0.22
# Mean head size of a talker about 0.7 m from a VGA camera, relative to the picture's height.
_CM_OF_HEIGHT = 39.0


class HeadMotion:
    """Pose and eye openness at any time, for a picture of width x height pixels.

    `liveliness` 0 holds still, 1 is a calm talker, 2 an agitated one.
    """

    def __init__(
        self, rng: np.random.Generator, width: int, height: int, liveliness: float = 1.0
    ) -> None:
        self._centre = np.array(
            [width * (0.5 + rng.normal(0.0, 0.025)), height * (0.5 + rng.normal(0.0, 0.02))]
        )
        self._px_per_cm = min(height, 0.75 * width) / _CM_OF_HEIGHT * rng.uniform(0.85, 1.15)
        self._turned = rng.normal(0.0, [0.03, 0.08, 0.05])
        # x, y [cm], scale, roll, yaw, pitch [rad], each a sum of three slow sines.
        amplitude = liveliness * np.array([0.45, 0.25, 0.012, 0.025, 0.05, 0.035])
        self._amplitude = amplitude[:, None] * rng.uniform(0.2, 0.6, (6, 3))
        self._rate = 2.0 * np.pi * rng.uniform(0.08, 0.55, (6, 3))
        self._phase = rng.uniform(0.0, 2.0 * np.pi, (6, 3))
        self._blinks = np.cumsum(rng.uniform(1.5, 6.0, 4096)) - rng.uniform(0.0, 3.0)

    def pose(self, time_s: float) -> Pose:
        sway = (self._amplitude * np.sin(self._rate * time_s + self._phase)).sum(1)
        x, y = self._centre + sway[:2] * self._px_per_cm
        roll, yaw, pitch = np.clip(self._turned + sway[3:], -0.3, 0.3)
        return Pose(
            x_px=float(x),
            y_px=float(y),
            px_per_cm=float(self._px_per_cm * (1.0 + sway[2])),
            roll=float(roll),
            yaw=float(yaw),
            pitch=float(pitch),
        )

    @property
    def px_per_cm(self) -> float:
        """Mean scale of the face in the picture."""
        return float(self._px_per_cm)

    def openness(self, time_s: float) -> float:
        """Eye openness, 0 in the middle of a blink, else 1."""
        nearest = float(np.min(np.abs(self._blinks - time_s)))
        return float(np.clip((nearest - 0.04) / (_BLINK_S / 2 - 0.04), 0.0, 1.0))
