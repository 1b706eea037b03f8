# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""468 landmarks of one face: MediaPipe FaceMesh on OpenCV's DNN module.

Network: Kartynnik et al. 2019, 'Real-time Facial Surface Geometry from Monocular Video on
Mobile GPUs'. Landmark numbers are those of the canonical face mesh.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, cos, exp, sin
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.signals.face_detector import LEFT_EYE, RIGHT_EYE, Detection
from av_fusion_ros.signals.face_weights import LANDMARKS, find_weight_file

N_LANDMARKS = 468
INPUT_PX = 192
# Outer eye corners; 'right' is the person's right, which is the picture's left.
RIGHT_EYE_OUTER, LEFT_EYE_OUTER = 33, 263
_MARGIN = 1.5  # side of the square the network was trained to see, in face sizes


@dataclass(frozen=True, slots=True)
class FaceRegion:
    """A turned square of the picture: centre x, y and side in pixels, angle in radians."""

    centre_x: float
    centre_y: float
    side_px: float
    angle_rad: float


def region_from_detection(detection: Detection) -> FaceRegion:
    """The square around a detected face, turned so that the eyes are level."""
    x, y, width, height = detection.box.tolist()
    eyes = detection.keypoints[LEFT_EYE] - detection.keypoints[RIGHT_EYE]
    return FaceRegion(
        x + width / 2,
        y + height / 2,
        _MARGIN * max(width, height),
        atan2(float(eyes[1]), float(eyes[0])),
    )


def region_from_landmarks(landmarks: NDArray[np.float32]) -> FaceRegion:
    """The square around landmarks (468, 2) of the frame before, turned so the eyes are level."""
    eyes = landmarks[LEFT_EYE_OUTER] - landmarks[RIGHT_EYE_OUTER]
    angle = atan2(float(eyes[1]), float(eyes[0]))
    to_level = np.array([[cos(angle), sin(angle)], [-sin(angle), cos(angle)]])
    level = landmarks @ to_level.T
    low, high = level.min(0), level.max(0)
    centre = to_level.T @ ((low + high) / 2)
    return FaceRegion(
        float(centre[0]), float(centre[1]), _MARGIN * float((high - low).max()), angle
    )


class FaceMesh:
    """Places the landmarks of the face inside a region.

    One instance is for one thread. Raises ``FaceWeightsError`` when the weights are missing.
    """

    def __init__(self, weights: Path | None = None) -> None:
        path = weights if weights is not None else find_weight_file(LANDMARKS)
        self._network = cv2.dnn.readNetFromTFLite(str(path))
        self._outputs = self._network.getUnconnectedOutLayersNames()

    def landmarks(
        self, image_bgr: NDArray[np.uint8], region: FaceRegion
    ) -> tuple[NDArray[np.float32], float]:
        """Return landmarks (468, 2) in picture pixels and the probability that it is a face."""
        scale = region.side_px / INPUT_PX
        turn_x, turn_y = scale * cos(region.angle_rad), scale * sin(region.angle_rad)
        half = INPUT_PX / 2
        to_picture = np.array(
            [
                [turn_x, -turn_y, region.centre_x - half * (turn_x - turn_y)],
                [turn_y, turn_x, region.centre_y - half * (turn_x + turn_y)],
            ],
            np.float32,
        )
        crop = cv2.warpAffine(
            image_bgr,
            to_picture,
            (INPUT_PX, INPUT_PX),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        )
        self._network.setInput(cv2.dnn.blobFromImage(crop, 1 / 255, swapRB=True))
        first, second = self._network.forward(self._outputs)
        mesh, logit = (first, second) if first.size > second.size else (second, first)
        points = mesh.reshape(N_LANDMARKS, 3)[:, :2]
        placed = (points @ to_picture[:, :2].T + to_picture[:, 2]).astype(np.float32)
        return placed, 1 / (1 + exp(-max(-50.0, min(50.0, float(logit.ravel()[0])))))
