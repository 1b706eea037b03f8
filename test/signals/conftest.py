# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Real clips for the signals' tests."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from av_fusion_ros.signals import face_weights

Frames = list[NDArray[np.uint8]]
Sentence = tuple[NDArray[np.float32], NDArray[np.bool_]]
_ALIGN_RATE_HZ = 25000


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


def _sentence(path: Path) -> Sentence:
    """Samples of a GRID .flac at 16 kHz and, for each, whether a word is being said."""
    samples, rate_hz = soundfile.read(path, dtype='float32')
    assert rate_hz == 16000
    spoken = np.zeros(len(samples), bool)
    for line in path.with_suffix('.align').read_text().splitlines():
        start, end, word = line.split()
        if word not in ('sil', 'sp'):
            first, last = (int(x) * rate_hz // _ALIGN_RATE_HZ for x in (start, end))
            spoken[first:last] = True
    return samples, spoken


@pytest.fixture(scope='session')
def sentence() -> Callable[[Path], Sentence]:
    """Reads a GRID .flac and marks its words."""
    return _sentence
