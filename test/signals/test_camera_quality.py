# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from av_fusion_ros.signals.camera_quality import (
    CameraQuality,
    CameraReading,
    blur_effect,
    level_below,
)
from av_fusion_ros.signals.face_tracker import FaceTracker
from av_fusion_ros.signals.mouth_crop import mouth_box

Picture = NDArray[np.uint8]
Frames = list[Picture]
FRAME_NS = 40_000_000
ONSET = 30
RNG = np.random.default_rng(0)


def noisy(picture: NDArray[np.floating]) -> Picture:
    return np.clip(picture + RNG.normal(0, 1.5, picture.shape), 0, 255).astype(np.uint8)


def watch(frames: Frames, spoil: Callable[[Picture], Picture]) -> list[CameraReading]:
    """Readings of a clip that is spoilt from frame ONSET on."""
    tracker, camera = FaceTracker(max_faces=1), CameraQuality()
    readings = []
    for i, frame in enumerate(frames[: ONSET + 30]):
        picture = spoil(frame) if i >= ONSET else frame
        faces = tracker.track(picture, i * FRAME_NS)
        landmarks = faces[0].landmarks if faces else None
        readings.append(camera.push(picture, landmarks, i * FRAME_NS))
    return readings


def mean_after(readings: list[CameraReading], part: str) -> float:
    """Mean of one number from 0.5 s after the onset."""
    return float(np.mean([getattr(reading, part) for reading in readings[ONSET + 13 :]]))


def blurred(radius_px: float) -> Callable[[Picture], Picture]:
    return lambda picture: noisy(cv2.GaussianBlur(picture, (0, 0), radius_px / 2).astype(float))


def lit(gain: float) -> Callable[[Picture], Picture]:
    return lambda picture: noisy(picture * gain)


def hazy(share: float) -> Callable[[Picture], Picture]:
    return lambda picture: noisy(picture * (1 - share) + 150 * share)


def covered(share: float, box: tuple[float, ...]) -> Callable[[Picture], Picture]:
    def spoil(picture: Picture) -> Picture:
        x, y, width, height = (int(v) for v in box)
        out = picture.astype(float)
        out[y + int(height * (1 - share)) : y + height, x : x + width] = 60
        return noisy(out)

    return spoil


@pytest.fixture(scope='module')
def box(grid_frames: Frames) -> tuple[float, ...]:
    return mouth_box(FaceTracker().track(grid_frames[ONSET], 0)[0].landmarks)


def test_a_good_picture_of_a_talking_face_is_near_1(grid_frames: Frames) -> None:
    readings = watch(grid_frames, lambda picture: picture)
    quality = np.array([reading.quality for reading in readings])
    assert quality.min() > 0.75
    assert quality.mean() > 0.9
    assert np.isnan(readings[0].motion)
    assert all(reading.motion == 1 for reading in readings[1:])


@pytest.mark.parametrize(
    ('part', 'ways'),
    [
        ('sharpness', [blurred(1), blurred(6), blurred(12)]),
        ('exposure', [lit(1.0), lit(0.15), lit(0.03)]),
        ('exposure', [lit(1.0), lit(1.55), lit(2.5)]),
        ('contrast', [hazy(0.2), hazy(0.7), hazy(0.95)]),
    ],
    ids=['blur', 'dark', 'overexposed', 'haze'],
)
def test_each_fault_lowers_its_own_number_and_the_quality(
    grid_frames: Frames, part: str, ways: list[Callable[[Picture], Picture]]
) -> None:
    seen = [watch(grid_frames, way) for way in ways]
    slight, middle, severe = (mean_after(readings, part) for readings in seen)
    assert slight > 0.85
    assert slight > middle + 0.1 > severe + 0.2
    assert severe < 0.1
    assert mean_after(seen[2], 'quality') < 0.1
    assert mean_after(seen[0], 'quality') > mean_after(seen[1], 'quality') + 0.1


def test_a_covered_mouth_is_noticed_at_once(grid_frames: Frames, box: tuple[float, ...]) -> None:
    half, whole = (watch(grid_frames, covered(share, box)) for share in (0.5, 1.0))
    assert mean_after(half, 'visibility') < 0.75
    assert mean_after(whole, 'visibility') < 0.1
    assert whole[ONSET + 2].visibility < 0.2
    assert all(reading.visibility > 0.9 for reading in whole[:ONSET])


def test_a_hand_before_the_mouth_is_noticed_by_what_lips_look_like(
    grid_frames: Frames, box: tuple[float, ...]
) -> None:
    landmarks = FaceTracker().track(grid_frames[ONSET], 0)[0].landmarks
    cheek = np.rint(landmarks[50]).astype(int)
    skin = grid_frames[ONSET][cheek[1], cheek[0]].astype(float)

    def hand(picture: Picture) -> Picture:
        x, y, width, height = (int(v) for v in box)
        out = picture.astype(float)
        out[y : y + height, x : x + width] = skin
        return noisy(out)

    assert mean_after(watch(grid_frames, hand), 'visibility') < 0.2


def test_a_cover_is_noticed_in_a_grey_picture_too(
    grid_frames: Frames, box: tuple[float, ...]
) -> None:
    grey = [
        cv2.cvtColor(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
        for frame in grid_frames
    ]
    readings = watch(grey, covered(1.0, box))
    assert min(reading.visibility for reading in readings[:ONSET]) > 0.8
    assert mean_after(readings, 'visibility') < 0.3


def test_a_frozen_picture_is_known_within_half_a_second(grid_frames: Frames) -> None:
    readings = watch(grid_frames, lambda picture: grid_frames[ONSET])
    motion = [reading.motion for reading in readings[ONSET:]]
    assert motion[0] == 1
    assert motion.index(0.0) * 0.04 <= 0.5
    assert mean_after(readings, 'quality') == 0


def test_a_slow_camera_that_repeats_frames_is_not_frozen(grid_frames: Frames) -> None:
    camera = CameraQuality()
    motion = [camera.push(grid_frames[i // 3], None, i * FRAME_NS).motion for i in range(60)]
    assert min(motion[1:]) == 1


def test_without_a_face_the_picture_is_judged_and_the_quality_is_0(grid_frames: Frames) -> None:
    reading = CameraQuality().push(grid_frames[0], None, 0)
    assert reading.visibility == reading.quality == 0
    assert reading.exposure == 1
    assert reading.contrast == 1


@pytest.mark.parametrize('grey', [0, 255])
@pytest.mark.parametrize('size', [(480, 640, 3), (1, 1, 3), (3, 2000, 3)])
def test_black_and_burnt_out_pictures_of_any_size(grey: int, size: tuple[int, ...]) -> None:
    reading = CameraQuality().push(np.full(size, grey, np.uint8), None, 0)
    assert reading.exposure == reading.contrast == reading.sharpness == reading.quality == 0


def test_the_blur_effect_grows_with_blur_and_is_1_without_structure(grid_frames: Frames) -> None:
    grey = cv2.cvtColor(grid_frames[0], cv2.COLOR_BGR2GRAY)
    effects = [blur_effect(cv2.GaussianBlur(grey, (0, 0), sigma)) for sigma in (0.5, 1, 2, 4)]
    assert effects == sorted(effects)
    assert blur_effect(np.full((64, 64), 7, np.uint8)) == 1


@pytest.mark.parametrize('count', [1, 2, 7, 4096])
@pytest.mark.parametrize('share', [0.0, 0.05, 0.5, 0.95, 1.0])
def test_grey_levels_are_numpys_percentiles(count: int, share: float) -> None:
    grey = np.random.default_rng(count).integers(0, 256, count).astype(np.uint8)
    levels = np.bincount(grey, minlength=256)
    assert level_below(levels, share) == pytest.approx(float(np.percentile(grey, 100 * share)))


def test_a_mouth_in_a_tiny_picture_is_no_failure() -> None:
    landmarks = np.ones((468, 2), np.float32)
    reading = CameraQuality().push(np.full((2, 2, 3), 90, np.uint8), landmarks, 0)
    assert 0 <= reading.quality <= 1
