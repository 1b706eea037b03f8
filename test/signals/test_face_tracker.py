# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from av_fusion_ros.signals.face_detector import MOUTH, FaceDetector, box_iou
from av_fusion_ros.signals.face_mesh import region_from_landmarks
from av_fusion_ros.signals.face_tracker import FaceTracker
from av_fusion_ros.signals.mouth_crop import mouth_centre

FRAME_NS = 40_000_000
Frames = list[NDArray[np.uint8]]


@pytest.fixture
def tracker(face_networks: None) -> FaceTracker:
    return FaceTracker()


def test_one_talking_face_keeps_its_number_and_barely_shakes(grid_frames: Frames) -> None:
    tracker = FaceTracker()
    seen = [tracker.track(frame, i * FRAME_NS) for i, frame in enumerate(grid_frames)]
    assert [[face.id for face in faces] for faces in seen] == [[1]] * len(grid_frames)
    eyes = np.array([faces[0].landmarks[[33, 263]] for faces in seen])
    distance = np.linalg.norm(eyes[:, 1] - eyes[:, 0], axis=1)
    assert distance.std() / distance.mean() < 0.02
    # From frame to frame the eyes of a person who sits and speaks move by less than 2 % of that.
    assert np.abs(np.diff(eyes, axis=0)).mean() < 0.02 * distance.mean()


def test_the_mesh_agrees_with_the_detector_on_where_the_mouth_is(grid_frames: Frames) -> None:
    detection = FaceDetector().detect(grid_frames[0])[0]
    face = FaceTracker().track(grid_frames[0], 0)[0]
    apart = np.linalg.norm(detection.keypoints[MOUTH] - np.array(mouth_centre(face.landmarks)))
    assert apart < 0.08 * detection.box[2]
    assert box_iou(np.array(face.box, np.float32), detection.box[None])[0] > 0.5


@pytest.mark.parametrize('scale', [0.5, 2.0])
def test_detections_scale_with_the_picture(grid_frames: Frames, scale: float) -> None:
    detector = FaceDetector()
    one = detector.detect(grid_frames[0])[0]
    other = detector.detect(cv2.resize(grid_frames[0], None, fx=scale, fy=scale))[0]
    assert np.allclose(other.box / scale, one.box, atol=0.03 * one.box[2])


def test_a_tilted_head_is_found_and_its_region_is_turned_with_it(grid_frames: Frames) -> None:
    height, width = grid_frames[0].shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -25, 1.0)
    upright = FaceTracker().track(grid_frames[0], 0)[0].landmarks
    tilted = FaceTracker().track(cv2.warpAffine(grid_frames[0], turn, (width, height)), 0)[0]
    angle = region_from_landmarks(tilted.landmarks).angle_rad
    assert angle - region_from_landmarks(upright).angle_rad == pytest.approx(
        np.deg2rad(25), abs=0.06
    )


def test_a_face_back_within_a_second_is_the_same_and_later_another(grid_frames: Frames) -> None:
    tracker = FaceTracker()
    black = np.zeros_like(grid_frames[0])
    assert [face.id for face in tracker.track(grid_frames[0], 0)] == [1]
    assert tracker.track(black, 100_000_000) == []
    assert [face.id for face in tracker.track(grid_frames[1], 900_000_000)] == [1]
    assert tracker.track(black, 1_000_000_000) == []
    assert tracker.track(black, 2_100_000_000) == []
    assert [face.id for face in tracker.track(grid_frames[2], 2_200_000_000)] == [2]


def test_two_people_get_two_numbers_and_the_bound_holds(grid_frames: Frames) -> None:
    pair = [np.hstack([a, b]) for a, b in zip(grid_frames[:20], grid_frames[40:60], strict=True)]
    tracker = FaceTracker(max_faces=2)
    seen = [tracker.track(frame, i * FRAME_NS) for i, frame in enumerate(pair)]
    assert {tuple(face.id for face in faces) for faces in seen[1:]} == {(1, 2)}
    centres = [face.box[0] + face.box[2] / 2 for face in seen[-1]]
    assert sorted(x > grid_frames[0].shape[1] for x in centres) == [False, True]
    alone = FaceTracker(max_faces=1)
    assert all(len(alone.track(frame, i * FRAME_NS)) == 1 for i, frame in enumerate(pair))


def test_a_second_person_who_comes_later_is_noticed(grid_frames: Frames) -> None:
    tracker = FaceTracker(redetect_period_s=0.2)
    empty = np.zeros_like(grid_frames[0])
    counts = []
    for i, frame in enumerate(grid_frames[:20]):
        beside = frame if i >= 10 else empty
        counts.append(len(tracker.track(np.hstack([frame, beside]), i * FRAME_NS)))
    assert counts[:10] == [1] * 10
    assert counts[-1] == 2
    assert counts.index(2) <= 10 + 5


def test_a_jump_back_in_time_starts_over_with_new_numbers(grid_frames: Frames) -> None:
    tracker = FaceTracker()
    tracker.track(grid_frames[0], 5_000_000_000)
    assert [face.id for face in tracker.track(grid_frames[1], 0)] == [2]


@pytest.mark.parametrize('kind', ['black', 'white', 'noise', 'tiny'])
def test_no_face_is_seen_where_none_is(tracker: FaceTracker, kind: str) -> None:
    rng = np.random.default_rng(0)
    pictures = {
        'black': np.zeros((288, 360, 3), np.uint8),
        'white': np.full((288, 360, 3), 255, np.uint8),
        'noise': rng.integers(0, 256, (288, 360, 3), np.uint8),
        'tiny': np.zeros((1, 3, 3), np.uint8),
    }
    assert all(tracker.track(pictures[kind], i * FRAME_NS) == [] for i in range(3))


def test_at_least_one_face_must_be_allowed(face_networks: None) -> None:
    with pytest.raises(ValueError, match='max_faces is 0; it must be at least 1'):
        FaceTracker(max_faces=0)
