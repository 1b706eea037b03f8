# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What is wrong with a camera: one condition, and a score in [0, 1] for each that there is.

The whole picture is judged by ``CameraHealthNetwork``, the mouth and the standing still by
``CameraQuality``, the delivery by ``Freshness``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from math import isnan

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.signals.camera_health_network import SCORED, CameraHealthNetwork
from av_fusion_ros.signals.camera_maps import CameraMaps, forgetful
from av_fusion_ros.signals.camera_quality import CameraReading
from av_fusion_ros.signals.fault_hysteresis import FaultHysteresis


class CameraCondition(IntEnum):
    """Values of VisualFeatures.msg."""

    OK = 0
    DARK = 1
    GLARE = 2
    BLUR = 3
    BLOCKED = 4
    RAIN = 5
    FROZEN = 6
    STALE = 7
    NO_FACE = 8


#: When several faults are raised the first of them is told: what hides the others comes first.
PRIORITY = (
    CameraCondition.STALE,
    CameraCondition.FROZEN,
    CameraCondition.DARK,
    CameraCondition.GLARE,
    CameraCondition.BLOCKED,
    CameraCondition.RAIN,
    CameraCondition.BLUR,
    CameraCondition.NO_FACE,
)
_SMOOTH_S, _CLEAR_S = 0.2, 0.6
# Over 227 clips of GRID that are not of the test part, played as two streams, a dry lens reaches a
# smoothed score of about 0.64, where clips meet. Heavy rain is there within 0.4 s, light rain
# (amount 0.4) within 2 s.
_RAISE_RAIN = 0.7
_RAIN, _IN_DOUBT = SCORED.index('RAIN'), 0.2
_CLEAR_PICTURE = 0.3  # a picture with no score above it is itself no reason to miss a mouth


@dataclass(frozen=True, slots=True)
class CameraHealthReading:
    """``scores`` by ``CameraCondition``: how bad each fault is now, [0, 1]; OK is what is left.

    ``condition`` follows with hysteresis.
    """

    condition: CameraCondition
    scores: tuple[float, ...]


def fault_scores(
    picture: NDArray[np.float32], reading: CameraReading, face: bool, staleness: float
) -> dict[CameraCondition, float]:
    """Scores of one frame: ``picture`` are the network's, the others are explained there.

    A mouth that alone is covered or blurred is a fault of the camera's view as well, if the
    picture itself does not explain it.
    """
    scores = {CameraCondition[name]: float(picture[k]) for k, name in enumerate(SCORED)}
    if face and max(scores.values()) < _CLEAR_PICTURE:
        scores[CameraCondition.BLOCKED] = 1.0 - reading.visibility
        scores[CameraCondition.BLUR] = 1.0 - reading.sharpness
    scores[CameraCondition.FROZEN] = 0.0 if isnan(reading.motion) else 1.0 - reading.motion
    scores[CameraCondition.STALE] = staleness
    scores[CameraCondition.NO_FACE] = 0.0 if face else 1.0
    return scores


class CameraHealth:
    """Judges frame after frame of one camera; one thread.

    Raises CameraHealthError when the network's file is missing or damaged.
    """

    def __init__(self, network: CameraHealthNetwork | None = None) -> None:
        self._network = network or CameraHealthNetwork()
        self._maps = CameraMaps()
        self._hysteresis = FaultHysteresis(
            len(PRIORITY),
            _SMOOTH_S,
            _CLEAR_S,
            {PRIORITY.index(CameraCondition.RAIN): _RAISE_RAIN},
        )
        self.reset()

    def reset(self) -> None:
        """Forget the frames before."""
        self._maps.reset()
        self._hysteresis.reset()
        self._stamp_ns: int | None = None
        self._usual = True

    def push(
        self,
        image: NDArray[np.uint8],
        reading: CameraReading,
        face: bool,
        stamp_ns: int,
        staleness: float = 0.0,
    ) -> CameraHealthReading:
        """Return what a frame says, of which ``CameraQuality`` said ``reading``.

        ``image`` is (h, w, 3), or (h, w) in grey; ``face``: whether one was found;
        ``staleness`` [0, 1] as of ``Freshness``.
        """
        elapsed_s = 0.04
        if self._stamp_ns is not None:
            elapsed_s = min(0.2, max(0.0, (stamp_ns - self._stamp_ns) / 1e9))
        self._stamp_ns = stamp_ns
        picture = self._scores(self._maps.push(image, stamp_ns, self._usual))
        scores = fault_scores(picture, reading, face, staleness)
        raised = self._hysteresis.push([scores[fault] for fault in PRIORITY], elapsed_s)
        condition = next(
            (fault for fault, on in zip(PRIORITY, raised, strict=True) if on), CameraCondition.OK
        )
        self._usual = condition is CameraCondition.OK
        scores[CameraCondition.OK] = 1.0 - max(scores.values())
        return CameraHealthReading(condition, tuple(scores[each] for each in CameraCondition))

    def _scores(self, maps: NDArray[np.float32]) -> NDArray[np.float32]:
        """The network's scores (5,), where rain must show in the picture itself as well.

        A new view, as after a cut or when the camera was pushed, differs from what is remembered
        in as many places as one behind drops does. The geometric mean of both judgements.
        """
        scores = self._network.scores(maps)
        if scores[_RAIN] > _IN_DOUBT:
            scores = scores.copy()
            scores[_RAIN] = (scores[_RAIN] * self._network.scores(forgetful(maps))[_RAIN]) ** 0.5
        return scores
