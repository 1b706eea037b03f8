# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How much of each fault is in a camera's picture: a small network on ONNX Runtime.

It was trained on recorded, drawn and random scenes under simulated faults
(``python -m av_fusion_ros.learning.camera_health_training``).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.signals.camera_maps import Maps
from av_fusion_ros.signals.onnx_session import open_on_one_thread
from av_fusion_ros.signals.share_folders import share_folders

#: What the network scores, in the order of its outputs.
SCORED = ('DARK', 'GLARE', 'BLUR', 'BLOCKED', 'RAIN')
_FILE = Path('models') / 'camera_health.onnx'


class CameraHealthError(ValueError):
    """The camera health network cannot be loaded."""


def find_network() -> Path:
    """The network beside the checkout's package, else the installed one; raises if none is."""
    for folder in [Path(__file__).resolve().parents[2], *share_folders()]:
        if (folder / _FILE).is_file():
            return folder / _FILE
    raise CameraHealthError(f'{_FILE} is not installed; install av_fusion_ros again (make setup)')


class CameraHealthNetwork:
    """Scores maps; one thread.

    Raises:
        CameraHealthError: the network's file is missing or damaged.
    """

    def __init__(self, file: Path | None = None) -> None:
        path = file if file is not None else find_network()
        try:
            self._session = open_on_one_thread(path)
        except Exception as error:  # ONNX Runtime has no common error class
            raise CameraHealthError(
                f'{path} is not a readable network; install av_fusion_ros again ({error})'
            ) from error

    def scores(self, maps: Maps) -> NDArray[np.float32]:
        """How bad each of SCORED is, [0, 1] each, from maps (5, h, w) of ``CameraMaps``."""
        (scores,) = self._session.run(None, {'maps': maps[None]})
        return np.asarray(scores[0], np.float32)
