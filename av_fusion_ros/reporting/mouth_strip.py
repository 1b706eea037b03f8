# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A few mouth crops a second out of recorded pictures."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.signals.face_tracker import FaceTracker
from av_fusion_ros.signals.face_weights import FaceWeightsError
from av_fusion_ros.signals.mouth_crop import NETWORK_CROP_PX, mouth_crop

CROPS_PER_S = 2.0
MOST_CROPS = 600  # of a run, however long


class MouthStrip:
    """Cuts the mouth out of one picture every half second, or less often in a long run.

    ``crops`` has (stamp_ns, grey picture (48, 48), whether a face was found). The recorded
    features hold no pictures, so the face is looked for again, each time anew.
    """

    def __init__(self, duration_s: float) -> None:
        self.crops: list[tuple[int, NDArray[np.uint8], bool]] = []
        self.note = ''
        self._period_ns = round(max(1 / CROPS_PER_S, duration_s / MOST_CROPS) * 1e9)
        self._due_ns = 0
        self._tracker: FaceTracker | None = None
        try:
            self._tracker = FaceTracker()
        except FaceWeightsError as error:
            self.note = f'The pictures are shown whole, as no mouth can be found: {error}'

    def wants(self, time_ns: int) -> bool:
        """Whether the next picture, recorded at this time, is to be pushed; others are skipped."""
        if time_ns < self._due_ns:
            return False
        self._due_ns = time_ns + self._period_ns
        return True

    def push(self, image_bgr: NDArray[np.uint8], stamp_ns: int) -> None:
        """Take a picture (h, w, 3)."""
        faces = []
        if self._tracker is not None:
            self._tracker.reset()
            faces = self._tracker.track(image_bgr, stamp_ns)
        if faces:
            face = max(faces, key=lambda each: each.box[2] * each.box[3])
            self.crops.append((stamp_ns, mouth_crop(image_bgr, face.landmarks), True))
        else:
            self.crops.append((stamp_ns, _middle(image_bgr), False))


def _middle(image_bgr: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture's middle square, small: it shows why there is no face."""
    height, width = image_bgr.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = image_bgr[top : top + side, left : left + side]
    small = cv2.resize(square, (NETWORK_CROP_PX, NETWORK_CROP_PX), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), np.uint8)
