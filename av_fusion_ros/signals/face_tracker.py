# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Follows a few faces through a video, each with a number that stays its own."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.signals.face_detector import Detection, FaceDetector, box_iou
from av_fusion_ros.signals.face_mesh import (
    FaceMesh,
    region_from_detection,
    region_from_landmarks,
)
from av_fusion_ros.signals.one_euro import OneEuro

_SAME_FACE_IOU = 0.2  # of a box against where the face was last seen
_MAX_SIZE_CHANGE = 1.6  # of a face between two frames; more is a jump to something else


@dataclass(frozen=True, slots=True)
class Face:
    """One face in one frame.

    ``id`` > 0; ``confidence`` [0, 1]; ``landmarks`` (468, 2) smoothed, picture pixels; ``box``
    x, y, width, height of the landmarks in picture pixels.
    """

    id: int
    confidence: float
    landmarks: NDArray[np.float32]
    box: tuple[float, float, float, float]


@dataclass(slots=True)
class _Track:
    id: int
    confidence: float
    landmarks: NDArray[np.float32]  # as measured: smoothing would make the search lag behind
    box: NDArray[np.float32]
    seen_ns: int
    filter: OneEuro = field(default_factory=OneEuro)


def landmark_box(landmarks: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return x, y, width, height of the landmarks (n, 2)."""
    low = landmarks.min(0)
    return np.concatenate([low, landmarks.max(0) - low])


class FaceTracker:
    """Detects faces, then follows each by its landmarks.

    A followed face costs one mesh inference; the detector runs only while a face is missing:
    on every frame when none is followed, else every ``redetect_period_s``. A face lost for
    less than ``remember_s`` gets its number back when it is found where it was.

    One instance is for one thread and one camera. Raises ``FaceWeightsError`` when the weights
    are missing.
    """

    def __init__(
        self,
        max_faces: int = 2,
        min_confidence: float = 0.5,
        redetect_period_s: float = 0.5,
        remember_s: float = 1.0,
        detector: FaceDetector | None = None,
        mesh: FaceMesh | None = None,
    ) -> None:
        if max_faces < 1:
            raise ValueError(f'max_faces is {max_faces}; it must be at least 1')
        self._max_faces = max_faces
        self._min_confidence = min_confidence
        self._redetect_period_ns = round(redetect_period_s * 1e9)
        self._remember_ns = round(remember_s * 1e9)
        self._detector = detector if detector is not None else FaceDetector()
        self._mesh = mesh if mesh is not None else FaceMesh()
        self._next_id = 1
        self.reset()

    def reset(self) -> None:
        """Forget every face; numbers already given are not used again."""
        self._followed: list[_Track] = []
        self._lost: list[_Track] = []
        self._stamp_ns: int | None = None
        self._detected_ns: int | None = None

    def track(self, image_bgr: NDArray[np.uint8], stamp_ns: int) -> list[Face]:
        """Return the faces in a picture (h, w, 3) taken at ``stamp_ns``, longest known first.

        A stamp that is not later than the one before resets the tracker.
        """
        if self._stamp_ns is not None and stamp_ns <= self._stamp_ns:
            self.reset()
        self._stamp_ns = stamp_ns
        self._follow(image_bgr, stamp_ns)
        if self._should_detect(stamp_ns):
            self._detected_ns = stamp_ns
            for detection in self._detector.detect(image_bgr):
                if len(self._followed) >= self._max_faces:
                    break
                self._admit(image_bgr, detection, stamp_ns)
        return [self._face(track, stamp_ns) for track in self._followed]

    def _follow(self, image_bgr: NDArray[np.uint8], stamp_ns: int) -> None:
        kept: list[_Track] = []
        for track in self._followed:
            landmarks, confidence = self._mesh.landmarks(
                image_bgr, region_from_landmarks(track.landmarks)
            )
            box = landmark_box(landmarks)
            growth = float(box[2:].max() / max(1e-6, track.box[2:].max()))
            plausible = 1 / _MAX_SIZE_CHANGE < growth < _MAX_SIZE_CHANGE
            # Two tracks on one face: the younger is dropped for good.
            if kept and box_iou(box, np.stack([k.box for k in kept])).max() > 0.5:
                continue
            if confidence < self._min_confidence or not plausible:
                self._lost.append(track)
                continue
            track.landmarks, track.box, track.confidence = landmarks, box, confidence
            track.seen_ns = stamp_ns
            kept.append(track)
        self._followed = kept
        self._lost = [t for t in self._lost if stamp_ns - t.seen_ns <= self._remember_ns]

    def _should_detect(self, stamp_ns: int) -> bool:
        if not self._followed or self._detected_ns is None:
            return True
        due = stamp_ns - self._detected_ns >= self._redetect_period_ns
        return due and len(self._followed) < self._max_faces

    def _admit(self, image_bgr: NDArray[np.uint8], detection: Detection, stamp_ns: int) -> None:
        if self._closest(self._followed, detection.box) is not None:
            return
        region = region_from_detection(detection)
        landmarks, confidence = self._mesh.landmarks(image_bgr, region)
        if confidence < self._min_confidence:
            return
        box = landmark_box(landmarks)
        if self._closest(self._followed, box) is not None:
            return
        known = self._closest(self._lost, box)
        if known is None:
            number = self._next_id
            self._next_id += 1
        else:
            number = known.id
            self._lost.remove(known)
        self._followed.append(_Track(number, confidence, landmarks, box, stamp_ns))

    @staticmethod
    def _closest(tracks: list[_Track], box: NDArray[np.float32]) -> _Track | None:
        if not tracks:
            return None
        overlap = box_iou(box, np.stack([track.box for track in tracks]))
        best = int(overlap.argmax())
        return tracks[best] if overlap[best] > _SAME_FACE_IOU else None

    def _face(self, track: _Track, stamp_ns: int) -> Face:
        smooth = track.filter.smooth(track.landmarks, stamp_ns, float(track.box[2:].mean()))
        x, y, width, height = landmark_box(smooth).tolist()
        return Face(track.id, track.confidence, smooth, (x, y, width, height))
