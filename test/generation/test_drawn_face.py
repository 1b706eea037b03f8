# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Drawn faces before the very detector, mesh and crop that the recogniser uses."""

import numpy as np
import pytest

from av_fusion_ros.generation.face_identity import random_identity
from av_fusion_ros.generation.speech import TimedPhoneme
from av_fusion_ros.generation.talking_head import TalkingHead
from av_fusion_ros.generation.tracked_landmarks import mesh_landmarks
from av_fusion_ros.signals.face_tracker import FaceTracker
from av_fusion_ros.signals.face_weights import FaceWeightsError
from av_fusion_ros.signals.mouth_crop import SPAN_EYE_DISTANCES, mouth_box, mouth_centre

SAID = [
    TimedPhoneme(name, (name,), 0.2 + 0.12 * index, 0.32 + 0.12 * index)
    for index, name in enumerate(['M', 'AA', 'B', 'IY', 'P', 'AE', 'M', 'UW', 'F', 'AA', 'S', 'IY'])
]
TIMES_S = np.arange(0.0, 1.8, 0.04)
CROP_PX_PER_EYE_DISTANCE = 48 / SPAN_EYE_DISTANCES


def tracker():
    try:
        return FaceTracker()
    except FaceWeightsError as error:
        pytest.skip(f'no face weights: {error}')


def watched(seed, size):
    """Per frame: was a face found, crop offset in crop pixels, size ratio, gaps drawn and seen."""
    head, follow = TalkingHead(seed, width=size[0], height=size[1]), tracker()
    mouths = head.mouths(SAID, TIMES_S)
    rows = []
    for index, time_s in enumerate(TIMES_S):
        faces = follow.track(head.frame(mouths[index], time_s, index), index * 40_000_000)
        if not faces:
            continue
        seen, drawn = faces[0].landmarks, mesh_landmarks(head.landmarks(mouths[index], time_s))
        side = mouth_box(drawn)[2]
        offset = np.subtract(mouth_centre(seen), mouth_centre(drawn)) * 48 / side
        gaps = [float(np.hypot(*(points[14] - points[13]))) for points in (drawn, seen)]
        rows.append([*offset, mouth_box(seen)[2] / side, *gaps])
    return np.array(rows)


@pytest.mark.parametrize('seed', range(200, 208))
def test_the_mesh_finds_the_mouth_where_it_was_drawn(seed):
    size = ((640, 480), (360, 288))[seed % 2]
    rows = watched(seed, size)
    assert len(rows) >= 0.95 * len(TIMES_S)
    offset_px = np.abs(rows[:, :2].mean(axis=0))
    assert offset_px.max() < 2.0
    assert rows[:, :2].std(axis=0).max() < 1.0
    assert abs(rows[:, 2].mean() - 1.0) < 0.08
    assert np.corrcoef(rows[:, 3], rows[:, 4])[0, 1] > 0.7


def test_over_faces_the_crop_has_the_tracker_s_scale_and_place():
    rows = np.array([watched(seed, (480, 360)).mean(axis=0) for seed in range(300, 306)])
    assert np.abs(rows[:, :2].mean(axis=0)).max() < 1.0
    assert abs(rows[:, 2].mean() - 1.0) < 0.05


def test_the_same_seed_draws_the_same_pixels_and_another_face_differs():
    def first_frame(seed, identity):
        head = TalkingHead(seed, identity, 320, 240)
        return head.frame(head.mouths(SAID, np.array([0.4]))[0], 0.4, 7)

    np.testing.assert_array_equal(first_frame(1, 5), first_frame(1, 5))
    assert np.abs(first_frame(1, 5).astype(int) - first_frame(1, 6)).mean() > 2
    assert random_identity(5) == random_identity(5)


def test_only_the_lower_face_moves_with_the_mouth():
    head = TalkingHead(4, width=320, height=240)
    shapes = head.mouths(SAID, np.array([-5.0, 0.38]))
    closed, wide = (head.frame(shape, 0.4, 0).astype(int) for shape in shapes)
    change = np.abs(closed - wide).max(axis=2) > 0
    landmarks = head.landmarks(shapes[0], 0.4)
    rows = np.flatnonzero(change.any(axis=1))
    assert rows[0] > landmarks.nose_base[1] - 12
    mouth = head.landmarks(shapes[1], 0.4)
    x, y = (mouth.upper_lip_inner + mouth.lower_lip_inner) / 2
    assert change[round(y), round(x)]


def test_any_part_of_the_picture_is_drawn_as_in_the_whole():
    head = TalkingHead(9, width=320, height=240)
    mouth = head.mouths(SAID, np.array([0.4]))[0]
    pose = head.motion.pose(0.4)
    whole = np.full((240, 320, 3), 90, np.uint8)
    part = whole[100:200, 96:220].copy()
    head.face.draw(whole, mouth, pose)
    head.face.draw(part, mouth, pose, corner=(96, 100))
    assert np.abs(whole[100:200, 96:220].astype(int) - part).max() <= 2
