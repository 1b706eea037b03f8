# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Real clips for the signals' tests."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from av_fusion_ros.signals import face_weights

Frames = list[NDArray[np.uint8]]
FRAME_NS = 40_000_000


@pytest.fixture(scope='session', autouse=True)
def one_thread() -> None:
    """OpenCV on one thread, as on a robot that has other things to do."""
    cv2.setNumThreads(1)


@pytest.fixture(scope='session')
def face_networks() -> None:
    """Skip where the set-up has not fetched the face weights."""
    try:
        for file in face_weights.WEIGHT_FILES:
            face_weights.find_weight_file(file)
    except face_weights.FaceWeightsError as error:
        pytest.skip(str(error))


@pytest.fixture(scope='session')
def grid_folder(shared_data: Path) -> Path:
    folder = shared_data / 'grid' / 's1'
    if not folder.is_dir():
        pytest.skip(f'no GRID clips at {folder}')
    return folder


@pytest.fixture(scope='session')
def grid_clip(grid_folder: Path) -> Path:
    """One GRID clip by a fixed name where it exists, else the first."""
    named = grid_folder / 'bbaf3s.mp4'
    return named if named.exists() else min(grid_folder.glob('*.mp4'))


@pytest.fixture(scope='session')
def grid_frames(grid_clip: Path, face_networks: None) -> Frames:
    """The 75 frames of a talking face, 360x288."""
    capture = cv2.VideoCapture(str(grid_clip))
    frames: Frames = []
    while True:
        more, frame = capture.read()
        if not more:
            return frames
        frames.append(np.asarray(frame, np.uint8))
