# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures of any rate to visual features at 25 Hz, with carried state."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import nan
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.model.specification import Specification
from av_fusion_ros.recognition.backend import Backend
from av_fusion_ros.recognition.face_stream import FORGET_TICKS, FaceStream
from av_fusion_ros.recognition.features import VisualFeature
from av_fusion_ros.signals.camera_health import CameraHealth, CameraHealthReading
from av_fusion_ros.signals.camera_maps import as_grey
from av_fusion_ros.signals.face_tracker import Face, FaceTracker
from av_fusion_ros.signals.frame_clock import FrameClock, FrameCounts, Tick

_NOBODY = 0  # the number under which the picture is judged until a face is seen
# Spread of the mouth's opening over a second: 0.01 is a closed mouth's, 0.05 and more speech.
_STILL, _MOVING = 0.015, 0.03
_MOST_OTHERS = 4  # streams beside the one followed


class Tracker(Protocol):
    """What the encoder needs of ``FaceTracker``."""

    def track(self, image_bgr: NDArray[np.uint8], stamp_ns: int) -> list[Face]:
        """The faces in a picture."""

    def reset(self) -> None:
        """Forget every face."""


@dataclass(slots=True)
class _Frame:
    """A picture, and whether it was looked at: one may serve several ticks."""

    image_bgr: NDArray[np.uint8]
    stamp_ns: int
    staleness: float
    seen: bool = False
    health: CameraHealthReading | None = None


class VisualEncoder:
    """Faces, mouth crops, visual stream, camera quality and health, tick by tick.

    Every face in view has a stream of its own, so that no time is lost when another one is
    listened to. A feature is of the face followed so far, else of the largest, with the others
    beside it; another is followed when only its lips move. Who fits the sound is for the fusion
    to say (``SpeakingFace``).
    """

    def __init__(
        self, backend: Backend, spec: Specification, tracker: Tracker | None = None
    ) -> None:
        self._backend = backend
        self._crop_px = spec.crop_px
        self._tracker: Tracker = tracker or FaceTracker()
        self._health = CameraHealth()
        self._clock = FrameClock()
        self.reset()

    def reset(self) -> None:
        """Forget everything seen; the next tick has sequence 0."""
        self._clock.reset()
        self._restart()

    @property
    def frame_counts(self) -> FrameCounts:
        """What became of the pictures since the start."""
        return self._clock.counts

    def _restart(self) -> None:
        self._tracker.reset()
        self._health.reset()
        self._streams = {_NOBODY: FaceStream(self._backend, self._crop_px)}
        self._previous: _Frame | None = None
        self._face_id = _NOBODY
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
        sequence, self._sequence = self._sequence, self._sequence + 1
        health = frame.health
        assert health is not None
        found = {
            number: replace(
                stream.feature(tick.stamp_ns, sequence),
                health=int(health.condition),
                health_scores=health.scores,
            )
            for number, stream in self._streams.items()
        }
        self._forget_streams()
        others = [found[number] for number in found if number != self._face_id]
        return replace(
            found[self._face_id], others=tuple(other for other in others if other.face_id)
        )

    def _forget_streams(self) -> None:
        """Of faces long unseen, and of the longest unseen where numbers come and go."""
        others = [number for number in self._streams if number != self._face_id]
        others.sort(key=lambda number: self._streams[number].ticks_unseen)
        for k, number in enumerate(others):
            if k >= _MOST_OTHERS or self._streams[number].ticks_unseen >= FORGET_TICKS:
                del self._streams[number]

    def _look_at(self, frame: _Frame) -> None:
        """Show a frame to every face's stream, and judge the camera by the face followed, once."""
        if frame.seen:
            return
        frame.seen = True
        faces = {face.id: face for face in self._tracker.track(frame.image_bgr, frame.stamp_ns)}
        self._follow(faces)
        for number in faces:
            if number not in self._streams:
                self._streams[number] = FaceStream(self._backend, self._crop_px)
        grey = as_grey(frame.image_bgr)
        readings = {
            number: stream.look(frame.image_bgr, grey, faces.get(number), frame.stamp_ns)
            for number, stream in self._streams.items()
        }
        frame.health = self._health.push(
            grey,
            readings[self._face_id],
            self._face_id in faces,
            frame.stamp_ns,
            frame.staleness,
        )

    def _follow(self, faces: dict[int, Face]) -> None:
        """Keep to the face followed while it is there and speaks, or nobody else does."""
        if self._face_id in faces:
            if not self._lip_activity(self._face_id) < _STILL:
                return
            moving = [number for number in faces if self._lip_activity(number) > _MOVING]
            self._face_id = max(moving, key=self._lip_activity, default=self._face_id)
        elif faces:
            largest = max(faces.values(), key=lambda face: face.box[2] * face.box[3])
            if self._face_id == _NOBODY:  # the picture's quality was already followed
                self._streams[largest.id] = self._streams.pop(_NOBODY)
            self._face_id = largest.id

    def _lip_activity(self, number: int) -> float:
        stream = self._streams.get(number)
        return nan if stream is None else stream.lip_activity
