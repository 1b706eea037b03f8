# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Camera health, replayed over real recordings, clean and with one fault put in."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from av_fusion_ros.generation.picture_faults import block, defocus, expose, glare, re_encode
from av_fusion_ros.generation.rain import RainOnLens
from av_fusion_ros.learning.crop_cache import read_frames
from av_fusion_ros.learning.splits import grid_key, part_of
from av_fusion_ros.signals.camera_health import (
    PRIORITY,
    CameraCondition,
    CameraHealth,
    CameraHealthReading,
    fault_scores,
)
from av_fusion_ros.signals.camera_health_network import (
    SCORED,
    CameraHealthError,
    CameraHealthNetwork,
)
from av_fusion_ros.signals.camera_quality import CameraQuality, CameraReading
from av_fusion_ros.signals.face_tracker import FaceTracker
from av_fusion_ros.signals.mouth_crop import mouth_box

Picture = NDArray[np.uint8]
Spoil = Callable[[Picture, int], Picture]
FRAME_NS = 40_000_000
ONSET = 20
GOOD = CameraReading(1.0, 1.0, 1.0, 1.0, 1.0, 1.0)
C = CameraCondition


def watch(pictures: Iterable[Picture]) -> list[CameraHealthReading]:
    tracker, quality, health = FaceTracker(max_faces=1), CameraQuality(), CameraHealth()
    readings = []
    for index, picture in enumerate(pictures):
        stamp_ns = index * FRAME_NS
        faces = tracker.track(picture, stamp_ns)
        reading = quality.push(picture, faces[0].landmarks if faces else None, stamp_ns)
        readings.append(health.push(picture, reading, bool(faces), stamp_ns))
    return readings


def told(readings: list[CameraHealthReading]) -> set[C]:
    return {reading.condition for reading in readings}


def spoilt(frames: list[Picture], spoil: Spoil) -> Iterator[Picture]:
    """55 frames of a clip, spoilt from ONSET on."""
    for index, frame in enumerate(frames[:55]):
        yield spoil(frame, index) if index >= ONSET else frame


@pytest.fixture(scope='session')
def held_out(grid_folder: Path, face_networks: None) -> list[list[Picture]]:
    """Every frame of six clips that nothing was tuned on.

    Not of lrarzn, whose first half second the corpus has lost: that is not a clean recording.
    """
    clips = [c for c in sorted(grid_folder.glob('*.mp4')) if part_of(grid_key(c)) == 'test']
    clips = [c for c in clips[3::25] if c.stem != 'lrarzn']
    return [[frame for frame, _ in read_frames(clip)] for clip in clips[:6]]


def test_clean_recordings_never_raise(held_out: list[list[Picture]]) -> None:
    for frames in held_out:
        readings = watch(frames)
        assert told(readings) == {C.OK}
        assert max(max(reading.scores[1:]) for reading in readings) < 0.7  # 0.67 in one picture


@pytest.mark.parametrize(('amount', 'within_s'), [(0.4, 2.0), (0.9, 0.6)])
def test_a_rain_recording_raises_soon_and_to_its_end(
    held_out: list[list[Picture]], amount: float, within_s: float
) -> None:
    for seed, frames in enumerate(held_out[:3]):
        height, width = frames[0].shape[:2]
        rain = RainOnLens(seed, amount, width, height)
        conditions = [
            reading.condition
            for reading in watch(rain.apply(f, 1 + i / 25) for i, f in enumerate(frames))
        ]
        onset = conditions.index(C.RAIN)
        assert onset / 25 <= within_s
        assert set(conditions[onset:]) == {C.RAIN}


def exposed(gain: float) -> Spoil:
    return lambda picture, index: expose(picture, gain, np.random.default_rng(index))


def grainy(picture: Picture, index: int) -> Picture:
    """With a sensor's noise: a cover that repeats itself to the bit would be a frozen picture."""
    noise = np.random.default_rng(index).normal(0, 1.5, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


FAULTS: dict[str, tuple[C, Spoil]] = {
    'black': (C.DARK, exposed(0.0)),
    'a hundredth of the light': (C.DARK, exposed(0.004)),
    'a lamp': (C.GLARE, lambda picture, index: glare(picture, 0.9)),
    'thirty times the light': (C.GLARE, exposed(30.0)),
    'far out of focus': (C.BLUR, lambda picture, index: defocus(picture, 7.0)),
    'mostly hidden': (C.BLOCKED, lambda picture, index: block(picture, 0.6, 1)),
    'wholly hidden': (C.BLOCKED, lambda picture, index: grainy(block(picture, 1.0, 2), index)),
}


@pytest.mark.parametrize('way', FAULTS)
def test_each_fault_is_told_within_half_a_second(held_out: list[list[Picture]], way: str) -> None:
    wanted, spoil = FAULTS[way]
    for frames in held_out[:2]:
        readings = watch(spoilt(frames, spoil))
        conditions = [reading.condition for reading in readings]
        assert set(conditions[:ONSET]) == {C.OK}
        assert wanted in conditions[ONSET : ONSET + 13]
        assert conditions[-1] is wanted


def test_another_view_is_no_rain(held_out: list[list[Picture]]) -> None:
    brick = np.random.default_rng(0).integers(60, 200, (36, 45, 3), np.uint8)
    wall = cv2.resize(brick, (360, 288), interpolation=cv2.INTER_CUBIC)
    seen = [*held_out[0], *held_out[1], *([wall] * 5), *held_out[2]]
    conditions = [reading.condition for reading in watch(seen)]
    assert C.RAIN not in conditions


@pytest.mark.parametrize('coded', [False, True], ids=['identical', 'encoded anew'])
def test_a_frozen_picture_is_told_though_it_is_encoded_anew(
    held_out: list[list[Picture]], coded: bool
) -> None:
    rng = np.random.default_rng(0)
    for frames in held_out[:2]:
        kept = frames[ONSET]
        pictures = spoilt(
            frames, lambda _, k, p=kept: re_encode(p, int(rng.integers(60, 96))) if coded else p
        )
        conditions = [reading.condition for reading in watch(pictures)]
        found = conditions.index(C.FROZEN) - ONSET
        assert found / 25 <= (1.3 if coded else 0.7)
        assert conditions[-1] is C.FROZEN


def test_a_covered_mouth_is_blocked_though_the_picture_is_good(
    held_out: list[list[Picture]],
) -> None:
    frames = held_out[0]
    x, y, width, height = (
        round(v) for v in mouth_box(FaceTracker().track(frames[ONSET], 0)[0].landmarks)
    )

    def mask(picture: Picture, index: int) -> Picture:
        out = picture.astype(float)
        out[y : y + height, x : x + width] = (200, 180, 160)
        noise = np.random.default_rng(index).normal(0, 1.5, picture.shape)
        return np.clip(out + noise, 0, 255).astype(np.uint8)

    assert watch(spoilt(frames, mask))[-1].condition is C.BLOCKED


def test_a_view_without_anybody_is_no_face(held_out: list[list[Picture]]) -> None:
    corner = [np.ascontiguousarray(frame[:, 250:]) for frame in held_out[0][:30]]
    assert watch(corner)[-1].scores[C.NO_FACE] == 1
    assert watch(corner)[-1].condition is not C.OK


def test_pictures_that_come_late_are_stale() -> None:
    rng, health = np.random.default_rng(0), CameraHealth()
    for index in range(20):
        picture = rng.integers(0, 255, (120, 160, 3), np.uint8)
        reading = health.push(picture, GOOD, True, index * FRAME_NS, staleness=1.0)
    assert reading.condition is C.STALE
    assert reading.scores[C.STALE] == 1


def test_what_hides_the_others_is_told_first() -> None:
    assert set(PRIORITY) | {C.OK} == set(C)
    picture = np.array([1, 0, 1, 0, 1], np.float32)
    reading = CameraReading(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    scores = fault_scores(picture, reading, face=False, staleness=0.0)
    raised = [fault for fault in PRIORITY if scores[fault] == 1]
    assert raised == [C.FROZEN, C.DARK, C.RAIN, C.BLUR, C.NO_FACE]


def test_a_mouth_alone_counts_only_in_a_picture_that_is_good_otherwise() -> None:
    covered = CameraReading(0.9, 1.0, 1.0, 0.1, 1.0, 0.1)
    good, rainy = np.zeros(5, np.float32), np.zeros(5, np.float32)
    rainy[SCORED.index('RAIN')] = 0.9
    assert fault_scores(good, covered, True, 0.0)[C.BLOCKED] == pytest.approx(0.9)
    assert fault_scores(rainy, covered, True, 0.0)[C.BLOCKED] == 0
    assert fault_scores(good, covered, False, 0.0)[C.BLOCKED] == 0


@pytest.mark.parametrize('shape', [(480, 640, 3), (1080, 1920, 3), (100, 90, 3), (7, 5, 3)])
def test_pictures_of_any_size_are_scored(shape: tuple[int, ...]) -> None:
    picture = np.random.default_rng(0).integers(0, 255, shape, np.uint8)
    reading = CameraHealth().push(picture, GOOD, True, 0)
    assert len(reading.scores) == len(C)
    assert all(0 <= score <= 1 for score in reading.scores)


BEANS = pytest.mark.xfail(
    reason='a cup among coffee beans is taken for rain; see docs/evaluation/degradation.md'
)


@pytest.mark.parametrize(
    'name',
    [
        'astronaut.png',
        'motorcycle_left.png',
        'camera.png',
        pytest.param('coffee.png', marks=BEANS),
    ],
)
def test_a_photograph_by_a_hand_held_camera_does_not_raise(name: str) -> None:
    skimage = pytest.importorskip('skimage', reason='needs scikit-image: run `make setup`')
    folder = Path(skimage.__file__).parent / 'data'
    picture = cv2.resize(cv2.imread(str(folder / name)), (720, 540))
    health, rng = CameraHealth(), np.random.default_rng(1)
    for index in range(20):
        x, y = rng.integers(38, 42, 2)
        seen = np.ascontiguousarray(picture[y : y + 480, x : x + 640])
        reading = health.push(seen, GOOD, True, index * FRAME_NS)
        assert reading.condition is C.OK, (index, reading.scores)


def test_a_missing_or_damaged_network_is_said_so(tmp_path: Path) -> None:
    damaged = tmp_path / 'network.onnx'
    damaged.write_bytes(b'nothing')
    for path in (damaged, tmp_path / 'none.onnx'):
        with pytest.raises(CameraHealthError, match='install'):
            CameraHealthNetwork(path)
