# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One talker before one camera: a frame of the picture at any time, from phoneme times."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from av_fusion_ros.generation.camera import Sensor, background
from av_fusion_ros.generation.errors import GenerationError
from av_fusion_ros.generation.face import FaceRenderer, Landmarks
from av_fusion_ros.generation.face_identity import Identity, random_identity, random_light
from av_fusion_ros.generation.head_motion import HeadMotion
from av_fusion_ros.generation.speech import TimedPhoneme
from av_fusion_ros.generation.visemes import mouth_trajectory

Picture = npt.NDArray[np.uint8]


class TalkingHead:
    """Draws frames of a talker; the same seeds give the same pixels.

    `identity_seed` sets the face, `seed` all else: light, pose, place, camera.
    """

    def __init__(
        self,
        seed: int,
        identity_seed: int | None = None,
        width: int = 640,
        height: int = 480,
        identity: Identity | None = None,
    ) -> None:
        if not (64 <= width <= 4096 and 64 <= height <= 4096):
            raise GenerationError(f'the size {width}x{height} is outside 64x64 to 4096x4096')
        rng = np.random.default_rng([seed, 0x7A1C])
        face = identity or random_identity(seed if identity_seed is None else identity_seed)
        light = random_light(rng)
        self.motion = HeadMotion(rng, width, height, liveliness=float(rng.uniform(0.5, 1.5)))
        self._effort = float(rng.uniform(0.85, 1.3))
        # Drawn a little larger than seen, so that posing the head does not blur it.
        scale = float(np.clip(1.1 * self.motion.px_per_cm, 6.0, 30.0))
        self.face = FaceRenderer(face, light, px_per_cm=scale)
        pose = self.motion.pose(0.0)
        neck = (pose.x_px, pose.y_px + 11.5 * pose.px_per_cm, pose.px_per_cm)
        self._room = background(rng, width, height, neck)
        self._sensor = Sensor(rng)

    def mouths(
        self, phonemes: Sequence[TimedPhoneme], times_s: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """Mouth shapes (n, 7) of this talker at the times given."""
        return mouth_trajectory(phonemes, times_s, self._effort)

    def frame(self, mouth: npt.NDArray[np.float64], time_s: float, index: int) -> Picture:
        """The camera's picture (height, width, 3) BGR at `time_s`."""
        picture = self._room.copy()
        self.face.draw(picture, mouth, self.motion.pose(time_s), self.motion.openness(time_s))
        return self._sensor.expose(picture, index)

    def region(
        self,
        mouth: npt.NDArray[np.float64],
        time_s: float,
        index: int,
        only: tuple[slice, slice],
    ) -> Picture:
        """Only some rows and columns of the picture, at a fraction of the cost.

        The noise differs from that of `frame`.
        """
        picture = self._room[only].copy()
        corner = (only[1].start, only[0].start)
        pose, openness = self.motion.pose(time_s), self.motion.openness(time_s)
        self.face.draw(picture, mouth, pose, openness, corner)
        return self._sensor.expose(picture, index)

    def landmarks(self, mouth: npt.NDArray[np.float64], time_s: float) -> Landmarks:
        """Where eyes, nose base and lips were drawn, in picture pixels."""
        return self.face.landmarks(mouth, self.motion.pose(time_s))
