# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Finds faces in a whole picture: MediaPipe BlazeFace short-range on OpenCV's DNN module.

Network: Bazarevsky et al. 2019, 'BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs'.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.signals.face_weights import DETECTION, find_weight_file

INPUT_PX = 128
RIGHT_EYE, LEFT_EYE, NOSE, MOUTH, RIGHT_EAR, LEFT_EAR = range(6)
_SAME_FACE_IOU = 0.3


@dataclass(frozen=True, slots=True)
class Detection:
    """A face found in a picture; all positions in pixels of that picture.

    ``box`` is x, y, width, height; ``keypoints`` (6, 2) are the person's right eye, left eye,
    nose, mouth, right ear and left ear.
    """

    confidence: float
    box: NDArray[np.float32]
    keypoints: NDArray[np.float32]


def _anchor_centres() -> NDArray[np.float32]:
    """Anchor centres (896, 2) in [0, 1]: 2 for each cell of a 16x16 grid, 6 of an 8x8 grid."""
    centres = []
    for grid, per_cell in ((16, 2), (8, 6)):
        axis = (np.arange(grid, dtype=np.float32) + 0.5) / grid
        y, x = np.meshgrid(axis, axis, indexing='ij')
        centres.append(np.repeat(np.stack([x, y], -1).reshape(-1, 2), per_cell, axis=0))
    return np.concatenate(centres)


def box_iou(box: NDArray[np.float32], boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Intersection over union of one box (4,) with each of (n, 4); boxes are x, y, w, h."""
    low = np.maximum(box[:2], boxes[:, :2])
    high = np.minimum(box[:2] + box[2:], boxes[:, :2] + boxes[:, 2:])
    overlap = np.clip(high - low, 0, None).prod(1)
    union = box[2:].prod() + boxes[:, 2:].prod(1) - overlap
    return np.asarray(overlap / np.maximum(union, 1e-9), np.float32)


class FaceDetector:
    """Finds faces that fill at least about an eighth of the picture's longer side.

    One instance is for one thread. Raises ``FaceWeightsError`` when the weights are missing.
    """

    def __init__(self, weights: Path | None = None, min_confidence: float = 0.5) -> None:
        path = weights if weights is not None else find_weight_file(DETECTION)
        self._network = cv2.dnn.readNetFromTFLite(str(path))
        self._outputs = self._network.getUnconnectedOutLayersNames()
        self._anchors = _anchor_centres()
        # The network gives logits; compare there and take the sigmoid of the survivors only.
        self._min_logit = float(np.log(min_confidence / (1.0 - min_confidence)))

    def detect(self, image_bgr: NDArray[np.uint8]) -> list[Detection]:
        """Return the faces in a picture (h, w, 3), most confident first."""
        height, width = image_bgr.shape[:2]
        scale = INPUT_PX / max(height, width)
        inner_w, inner_h = max(1, round(width * scale)), max(1, round(height * scale))
        left, top = (INPUT_PX - inner_w) // 2, (INPUT_PX - inner_h) // 2
        canvas = np.zeros((INPUT_PX, INPUT_PX, 3), np.uint8)
        canvas[top : top + inner_h, left : left + inner_w] = cv2.resize(
            image_bgr,
            (inner_w, inner_h),
            interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR,
        )
        blob = cv2.dnn.blobFromImage(canvas, 1 / 127.5, mean=(127.5, 127.5, 127.5), swapRB=True)
        self._network.setInput(blob)
        first, second = self._network.forward(self._outputs)
        regression, logits = (first, second) if first.size > second.size else (second, first)
        logits = logits.reshape(-1)
        kept = np.flatnonzero(logits > self._min_logit)
        if not kept.size:
            return []
        confidence = 1 / (1 + np.exp(-np.clip(logits[kept], -50, 50)))
        # Each row: box centre, box size, six key points; centres are relative to the anchor.
        points = regression.reshape(-1, 8, 2)[kept] / INPUT_PX
        points[:, [0, 2, 3, 4, 5, 6, 7]] += self._anchors[kept][:, None]
        points[:, [0, 2, 3, 4, 5, 6, 7]] *= INPUT_PX
        points[:, [0, 2, 3, 4, 5, 6, 7]] -= (left, top)
        points[:, 1] *= INPUT_PX
        points /= scale
        points[:, 0] -= points[:, 1] / 2  # centre to corner
        return _merge(confidence, points)


def _merge(confidence: NDArray[np.float32], points: NDArray[np.float32]) -> list[Detection]:
    """Weighted non-maximum suppression, as in the BlazeFace paper: less jitter than picking one."""
    boxes = points[:, :2].reshape(-1, 4)
    order = np.argsort(-confidence)
    found = []
    while order.size:
        same = box_iou(boxes[order[0]], boxes[order]) > _SAME_FACE_IOU
        same[0] = True
        group = order[same]
        merged = np.average(points[group], axis=0, weights=confidence[group]).astype(np.float32)
        found.append(Detection(float(confidence[order[0]]), merged[:2].reshape(4), merged[2:]))
        order = order[~same]
    return found
