# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of any rate to visual features at 25 Hz, with carried state."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.model.specification import Specification
from av_fusion_ros.recognition.backend import Backend
from av_fusion_ros.recognition.features import VisualFeature
from av_fusion_ros.signals.camera_health import CameraHealth, CameraHealthReading
from av_fusion_ros.signals.camera_quality import CameraQuality, CameraReading
from av_fusion_ros.signals.face_tracker import Face, FaceTracker
from av_fusion_ros.signals.frame_clock import FrameClock, Tick
from av_fusion_ros.signals.mouth_crop import mouth_box, mouth_crop, mouth_opening

_FORGET_TICKS = 25  # without a face; then the next one is read as a new start


class Tracker(Protocol):
    """What the encoder needs of ``FaceTracker``."""

    def track(self, image_bgr: NDArray[np.uint8], stamp_ns: int) -> list[Face]:
        """The faces in a picture."""

    def reset(self) -> None:
        """Forget every face."""


@dataclass(slots=True)
class _Frame:
    """A picture and what was found in it, once it was looked at."""

    image_bgr: NDArray[np.uint8]
    stamp_ns: int
    staleness: float
    seen: bool = False
    face: Face | None = None
    crop: NDArray[np.uint8] | None = None
    reading: CameraReading | None = None
    health: CameraHealthReading | None = None


class VisualEncoder:
    """Face, mouth crop, visual stream, camera quality and health, tick by tick, of one face.

    The face followed is the one followed so far, else the largest.
    """

    def __init__(
        self, backend: Backend, spec: Specification, tracker: Tracker | None = None
    ) -> None:
        self._backend = backend
        self._crop_px = spec.crop_px
        self._tracker: Tracker = tracker or FaceTracker()
        self._quality = CameraQuality()
        self._health = CameraHealth()
        self._clock = FrameClock()
        self.reset()

    def reset(self) -> None:
        """Forget everything seen; the next tick has sequence 0."""
        self._clock.reset()
        self._restart()

    def _restart(self) -> None:
        self._tracker.reset()
        self._quality.reset()
        self._health.reset()
        self._state = self._backend.initial_state('visual')
        self._previous: _Frame | None = None
        self._face_id = 0
        self._last_crop: NDArray[np.uint8] | None = None
        self._ticks_without_face = 0
        self._sequence = 0

    def push(
        self, image_bgr: NDArray[np.uint8], stamp_ns: int, staleness: float = 0.0
    ) -> list[VisualFeature]:
        """Features of the ticks that a picture (h, w, 3) taken at ``stamp_ns`` makes due.

        None for a picture that is not needed, as at rates above 25 Hz, or that comes late.
        ``staleness`` [0, 1]: how much later than usual it has come, as of ``Freshness``.
        """
        due = self._clock.push(stamp_ns)
        if due.reset:
            self._restart()
        frame = _Frame(image_bgr, stamp_ns, staleness)
        features = [self._feature(tick, frame) for tick in due.ticks]
        if self._previous is None or stamp_ns > self._previous.stamp_ns:
            self._previous = frame
        return features

    def _feature(self, tick: Tick, newest: _Frame) -> VisualFeature:
        frame = self._previous if tick.previous and self._previous is not None else newest
        self._look_at(frame)
        embedding = self._encode(frame)
        sequence, self._sequence = self._sequence, self._sequence + 1
        face, reading, health = frame.face, frame.reading, frame.health
        assert reading is not None
        assert health is not None
        feature = VisualFeature(
            tick.stamp_ns,
            sequence,
            np.zeros(0, np.float32),
            quality=reading.quality,
            sharpness=reading.sharpness,
            exposure=reading.exposure,
            contrast=reading.contrast,
            visibility=reading.visibility,
            motion=reading.motion,
            health=int(health.condition),
            health_scores=health.scores,
        )
        if face is None:
            return feature
        return replace(
            feature,
            embedding=embedding,
            face_id=face.id,
            face_confidence=face.confidence,
            mouth_box=mouth_box(face.landmarks),
            mouth_opening=mouth_opening(face.landmarks),
        )

    def _look_at(self, frame: _Frame) -> None:
        """Find face, crop and quality of a frame, once: a frame may serve several ticks."""
        if frame.seen:
            return
        frame.seen = True
        face = self._choose(self._tracker.track(frame.image_bgr, frame.stamp_ns))
        if face is not None and face.id != self._face_id:
            if self._face_id:
                self._forget_lips()
            self._face_id = face.id
        landmarks = None if face is None else face.landmarks
        frame.face = face
        frame.reading = self._quality.push(frame.image_bgr, landmarks, frame.stamp_ns)
        frame.health = self._health.push(
            frame.image_bgr, frame.reading, face is not None, frame.stamp_ns, frame.staleness
        )
        if landmarks is not None:
            frame.crop = mouth_crop(frame.image_bgr, landmarks, self._crop_px)

    def _choose(self, faces: list[Face]) -> Face | None:
        for face in faces:
            if face.id == self._face_id:
                return face
        return max(faces, key=lambda face: face.box[2] * face.box[3], default=None)

    def _forget_lips(self) -> None:
        """Another mouth: what the stream and the quality remember is of the one before."""
        self._state = self._backend.initial_state('visual')
        self._quality.reset()
        self._last_crop = None

    def _encode(self, frame: _Frame) -> NDArray[np.float32]:
        if frame.crop is None:
            self._ticks_without_face += 1
            if self._ticks_without_face == _FORGET_TICKS:
                self._forget_lips()
        else:
            self._ticks_without_face = 0
            self._last_crop = frame.crop
        if self._last_crop is None:
            return np.zeros(0, np.float32)
        # Without a face the last crop is shown again, so that the stream's time goes on.
        crop = self._last_crop[None, None, None].astype(np.float32) / np.float32(255)
        features, self._state = self._backend.see(crop, self._state)
        return features[0, 0]
