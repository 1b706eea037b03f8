# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from av_fusion_ros.signals.face_tracker import FaceTracker
from av_fusion_ros.signals.mouth_crop import (
    NETWORK_CROP_PX,
    mouth_box,
    mouth_centre,
    mouth_crop,
    mouth_opening,
)

Frames = list[NDArray[np.uint8]]
Points = NDArray[np.float32]


@pytest.fixture(scope='module')
def face(grid_frames: Frames) -> tuple[NDArray[np.uint8], Points]:
    return grid_frames[0], FaceTracker().track(grid_frames[0], 0)[0].landmarks


def mean_gap(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    return float(np.abs(one.astype(float) - other).mean())


@pytest.mark.parametrize('enlarged', [1.0, 2.7, 5.0])
def test_the_middle_of_a_larger_crop_is_the_networks(
    face: tuple[NDArray[np.uint8], Points], enlarged: float
) -> None:
    picture = cv2.resize(face[0], None, fx=enlarged, fy=enlarged)
    landmarks = face[1] * enlarged
    wide = mouth_crop(picture, landmarks, 64)
    assert wide.shape == (64, 64)
    assert wide.dtype == np.uint8
    network = mouth_crop(picture, landmarks)
    # Rounding to a 32nd of a pixel in OpenCV's warp is all that may differ.
    assert np.abs(wide[8:56, 8:56].astype(int) - network).max() <= 4
    assert mean_gap(wide[8:56, 8:56], network) < 0.3


@pytest.mark.parametrize('scale', [0.6, 1.7, 3.0, 6.0])
def test_a_near_and_a_far_face_give_the_same_crop(
    face: tuple[NDArray[np.uint8], Points], scale: float
) -> None:
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    picture = cv2.resize(face[0], None, fx=scale, fy=scale, interpolation=how)
    moved = ((face[1] + 0.5) * scale - 0.5).astype(np.float32)
    assert mean_gap(mouth_crop(picture, moved), mouth_crop(*face)) < 3


@pytest.mark.parametrize('degrees', [-30, 15])
def test_a_tilted_head_gives_the_same_crop(
    face: tuple[NDArray[np.uint8], Points], degrees: float
) -> None:
    picture, landmarks = face
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    turned = cv2.warpAffine(picture, turn, (width, height), flags=cv2.INTER_CUBIC)
    moved = (landmarks @ turn[:, :2].T + turn[:, 2]).astype(np.float32)
    assert mean_gap(mouth_crop(turned, moved), mouth_crop(picture, landmarks)) < 3


def test_grey_and_colour_pictures_give_the_same_crop(
    face: tuple[NDArray[np.uint8], Points],
) -> None:
    picture, landmarks = face
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    assert np.array_equal(mouth_crop(picture, landmarks), mouth_crop(grey, landmarks))


def test_a_turned_head_is_not_magnified(face: tuple[NDArray[np.uint8], Points]) -> None:
    landmarks = face[1]
    centre = landmarks.mean(0)
    turned = ((landmarks - centre) * (0.5, 1.0) + centre).astype(np.float32)  # yaw of 60 degrees
    assert mouth_box(turned)[2] > 0.75 * mouth_box(landmarks)[2]


def test_the_box_is_centred_on_the_mouth_and_as_wide_as_the_crop_sees(
    face: tuple[NDArray[np.uint8], Points],
) -> None:
    landmarks = face[1]
    x, y, width, height = mouth_box(landmarks)
    assert (x + width / 2, y + height / 2) == pytest.approx(mouth_centre(landmarks))
    assert width == height
    assert width == pytest.approx(0.9 * np.linalg.norm(landmarks[263] - landmarks[33]), rel=1e-5)


@pytest.mark.parametrize('offset', [(-150.0, 0.0), (0.0, 250.0), (2000.0, -3000.0), (0.0, 1e7)])
def test_a_mouth_beyond_the_edge_repeats_the_edge(
    face: tuple[NDArray[np.uint8], Points], offset: tuple[float, float]
) -> None:
    crop = mouth_crop(face[0], face[1] + np.float32(offset))
    assert crop.shape == (NETWORK_CROP_PX, NETWORK_CROP_PX)


def test_one_point_landmarks_still_give_a_crop(face: tuple[NDArray[np.uint8], Points]) -> None:
    nowhere = np.full((468, 2), 100.0, np.float32)
    assert mouth_crop(face[0], nowhere).shape == (NETWORK_CROP_PX, NETWORK_CROP_PX)
    assert np.isnan(mouth_opening(nowhere))


def test_the_opening_follows_the_words(grid_frames: Frames) -> None:
    tracker = FaceTracker()
    opening = np.array(
        [
            mouth_opening(tracker.track(frame, i * 40_000_000)[0].landmarks)
            for i, frame in enumerate(grid_frames)
        ]
    )
    # A GRID speaker is silent for the first 0.3 s and speaks in the middle of the clip.
    assert opening[:8].max() < opening[25:50].max() / 2
    assert opening.min() >= 0
