# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What is remembered of one face: the visual stream's state, its lips, its usual look."""

from __future__ import annotations

from collections import deque
from math import nan

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.recognition.affect import FacialAffect, facial_affect
from av_fusion_ros.recognition.backend import Backend
from av_fusion_ros.recognition.features import VisualFeature
from av_fusion_ros.signals.camera_quality import CameraQuality, CameraReading
from av_fusion_ros.signals.expression import Expression
from av_fusion_ros.signals.face_tracker import Face
from av_fusion_ros.signals.mouth_crop import mouth_box, mouth_crop, mouth_opening

FORGET_TICKS = 25  # without the face; then it is read as a new start
_LIP_FRAMES = 25  # over which the lips' activity is measured


class FaceStream:
    """One face's way from a picture to a feature; ``look`` once a frame, ``feature`` each tick."""

    def __init__(self, backend: Backend, crop_px: int) -> None:
        self._backend = backend
        self._crop_px = crop_px
        self._quality = CameraQuality()
        self._expression = Expression()
        self._lips: deque[float] = deque(maxlen=_LIP_FRAMES)
        self._affect = FacialAffect()
        self._face: Face | None = None
        self._reading: CameraReading | None = None
        self.ticks_unseen = 0
        self._forget_lips()

    def _forget_lips(self) -> None:
        self._state = self._backend.initial_state('visual')
        self._quality.reset()
        self._last_crop: NDArray[np.uint8] | None = None
        self._lips.clear()

    @property
    def lip_activity(self) -> float:
        """Standard deviation of the mouth's opening over the last second; NaN = too new."""
        full = len(self._lips) >= _LIP_FRAMES // 2
        return float(np.std(self._lips)) if full else nan

    def look(
        self,
        image_bgr: NDArray[np.uint8],
        grey: NDArray[np.uint8],
        face: Face | None,
        stamp_ns: int,
    ) -> CameraReading:
        """Take a picture (h, w, 3), the same in grey, and this face in it; how good that view is.

        ``face`` is None where it is not to be seen.
        """
        self._face = face
        landmarks = None if face is None else face.landmarks
        self._reading = self._quality.push(image_bgr, landmarks, stamp_ns, grey)
        if landmarks is not None:
            self._last_crop = mouth_crop(grey, landmarks, self._crop_px)
            self._lips.append(mouth_opening(landmarks))
            self._affect = facial_affect(self._expression.push(landmarks, stamp_ns))
        return self._reading

    def feature(self, stamp_ns: int, sequence: int) -> VisualFeature:
        """The tick at ``stamp_ns`` of what was looked at last."""
        if self._face is None:
            self.ticks_unseen += 1
            if self.ticks_unseen == FORGET_TICKS:
                self._forget_lips()
        else:
            self.ticks_unseen = 0
        embedding = self._encode()
        face, reading = self._face, self._reading
        assert reading is not None
        return VisualFeature(
            stamp_ns,
            sequence,
            embedding if face else np.zeros(0, np.float32),
            face_id=face.id if face else 0,
            face_confidence=face.confidence if face else 0.0,
            mouth_box=mouth_box(face.landmarks) if face else (nan, nan, nan, nan),
            mouth_opening=mouth_opening(face.landmarks) if face else nan,
            lip_activity=self.lip_activity if face else nan,
            happy=self._affect.happy if face else nan,
            angry=self._affect.angry if face else nan,
            quality=reading.quality,
            sharpness=reading.sharpness,
            exposure=reading.exposure,
            contrast=reading.contrast,
            visibility=reading.visibility,
            motion=reading.motion,
        )

    def _encode(self) -> NDArray[np.float32]:
        if self._last_crop is None:
            return np.zeros(0, np.float32)
        # Without a face the last crop is shown again, so that the stream's time goes on.
        crop = self._last_crop[None, None, None].astype(np.float32) / np.float32(255)
        features, self._state = self._backend.see(crop, self._state)
        return features[0, 0]
