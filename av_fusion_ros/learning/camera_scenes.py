# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Clean short scenes for training what is wrong with a camera: talkers, photographs, textures.

A scene is three pictures (240, 320, 3): one of seconds ago, the one before, and the present one.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.generation.drawn_talker import DrawnTalker
from av_fusion_ros.learning.crop_cache import read_frames
from av_fusion_ros.signals.camera_maps import HEIGHT, WIDTH

Picture = NDArray[np.uint8]
Scene = tuple[Picture, Picture, Picture]

#: Those in scikit-image's wheel that a camera made of the world; every other one is for testing.
PHOTOGRAPHS = (
    'astronaut.png', 'brick.png', 'camera.png', 'chelsea.png', 'coffee.png', 'coins.png',
    'grass.png', 'gravel.png', 'motorcycle_left.png', 'page.png', 'rocket.jpg',
)  # fmt: skip
_MARGIN = 16
_FRAMES_OF_A_CLIP = (6, 40, 41)
_BEFORE_S = (0.0, 4.0, 4.04)


def recorded_scene(clip: Path) -> Scene:
    """Three frames of a recorded clip."""
    frames = [frame for frame, _ in read_frames(clip)]
    small = [
        cv2.resize(frames[min(k, len(frames) - 1)], (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
        for k in _FRAMES_OF_A_CLIP
    ]
    return _scene(small)


def drawn_scene(seed: int) -> Scene:
    """A drawn talker, silent."""
    talker = DrawnTalker([], seed, None, 640, 480)
    size = (WIDTH, HEIGHT)
    return _scene(
        [
            cv2.resize(
                talker.picture(time_s, round(25 * time_s)), size, interpolation=cv2.INTER_AREA
            )
            for time_s in _BEFORE_S
        ]
    )


def leaves_scene(rng: np.random.Generator) -> Scene:
    """Shapes of all sizes that hide each other: natural pictures have their statistics.

    Lee, Mumford and Huang 2001, 'Occlusion models for natural images'. Here with texture, slopes
    of light and, often, all but one layer out of focus. The view drifts a little.
    """
    width, height = WIDTH + 2 * _MARGIN, HEIGHT + 2 * _MARGIN
    base = rng.uniform(30, 200, 3)
    picture = np.empty((height, width, 3), np.float32)
    picture[:] = base
    smallest = float(np.exp(rng.uniform(np.log(2.0), np.log(25.0))))
    count = int(np.exp(rng.uniform(np.log(12), np.log(900))))
    sharp_from = rng.uniform(0.0, 0.8) if rng.random() < 0.5 else 0.0
    spread = rng.uniform(15, 60)
    blur = rng.uniform(1.0, 5.0)
    for k in range(count):
        if sharp_from and k == int(sharp_from * count):
            picture = cv2.GaussianBlur(picture, (0, 0), blur)
        _leaf(rng, picture, smallest, base + rng.normal(0, spread, 3))
    if rng.random() < 0.5:
        _write(rng, picture)
    slope = cv2.resize(rng.uniform(0.6, 1.3, (2, 2)).astype(np.float32), (width, height))
    picture *= slope[..., None]
    grain = rng.uniform(0, 12) * rng.standard_normal((height, width)).astype(np.float32)
    picture += cv2.GaussianBlur(grain, (0, 0), 0.7)[..., None]
    picture = cv2.GaussianBlur(picture, (0, 0), 0.6)
    return _held(rng, picture)


def texture_scene(rng: np.random.Generator) -> Scene:
    """Fine texture all over, as of gravel, grass or brick: noise of some scale, often stretched."""
    size = (HEIGHT + 2 * _MARGIN, WIDTH + 2 * _MARGIN)
    scale = float(np.exp(rng.uniform(np.log(0.6), np.log(3.0))))
    stretch = float(np.exp(rng.uniform(0.0, np.log(4.0)))) if rng.random() < 0.6 else 1.0
    sigmas = (scale, scale * stretch) if rng.random() < 0.5 else (scale * stretch, scale)
    grains = cv2.GaussianBlur(
        rng.standard_normal(size).astype(np.float32), (0, 0), sigmas[0], sigmaY=sigmas[1]
    )
    grains /= grains.std()
    shape = rng.random()
    if shape < 0.3:  # ridges, or stones with dark joints
        grains = 1.5 - 2.5 * np.exp(-2.0 * np.abs(grains))
    elif shape < 0.6:
        grains = np.tanh(3.0 * grains)
    large = cv2.resize(rng.normal(0, 20, (4, 5)).astype(np.float32), size[::-1])
    picture = rng.uniform(60, 170) + large + rng.uniform(8, 50) * grains
    return _held(rng, np.repeat(picture[..., None], 3, 2).astype(np.float32))


def photograph_scene(rng: np.random.Generator, photograph: Picture) -> Scene:
    """A window of a photograph, at some scale."""
    size = (WIDTH + 2 * _MARGIN, HEIGHT + 2 * _MARGIN)
    height, width = photograph.shape[:2]
    share = float(rng.uniform(0.4, 1.0)) * min(width / size[0], height / size[1])
    window = (int(size[0] * share), int(size[1] * share))
    left = int(rng.integers(0, width - window[0] + 1))
    top = int(rng.integers(0, height - window[1] + 1))
    part = photograph[top : top + window[1], left : left + window[0]]
    return _held(rng, cv2.resize(part, size, interpolation=cv2.INTER_AREA).astype(np.float32))


def photographs(part: str) -> list[tuple[str, Picture]]:
    """Name and picture of the photographs in scikit-image's wheel for 'test', or for the rest."""
    import skimage

    folder = Path(skimage.__file__).parent / 'data'
    names = PHOTOGRAPHS[0::2] if part == 'test' else PHOTOGRAPHS[1::2]
    return [(name, np.asarray(cv2.imread(str(folder / name)), np.uint8)) for name in names]


def _held(rng: np.random.Generator, picture: NDArray[np.float32]) -> Scene:
    """A picture with a margin, seen by a camera that is held still or shakes."""
    shake_px = float(np.exp(rng.uniform(np.log(0.2), np.log(2.5))))
    steps = np.array([[4.0], [shake_px], [shake_px]])
    shifts = np.cumsum(rng.normal(0, steps, (3, 2)), 0)
    seen = []
    for dx, dy in np.clip(shifts, -_MARGIN + 1, _MARGIN - 1):
        move = np.array([[1, 0, dx - _MARGIN], [0, 1, dy - _MARGIN]], np.float32)
        seen.append(cv2.warpAffine(picture, move, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC))
    return _scene([np.clip(p, 0, 255).astype(np.uint8) for p in seen])


def varied(rng: np.random.Generator, scene: Scene) -> Scene:
    """The scene by another camera: a part of it, mirrored, in another light."""
    share = float(rng.uniform(0.65, 1.0))
    width, height = round(WIDTH * share), round(HEIGHT * share)
    left = int(rng.integers(0, WIDTH - width + 1))
    top = int(rng.integers(0, HEIGHT - height + 1))
    tones = np.linspace(0, 1, 256) ** rng.uniform(0.6, 1.6)
    tones = rng.uniform(0, 25) + tones * rng.uniform(130, 240)
    table = np.clip(tones, 0, 255).astype(np.uint8)
    mirrored = rng.random() < 0.5
    out = []
    for picture in scene:
        part = picture[top : top + height, left : left + width]
        part = cv2.resize(part, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        out.append(table[part[:, ::-1] if mirrored else part])
    return _scene(out)


def _leaf(
    rng: np.random.Generator,
    picture: NDArray[np.float32],
    smallest: float,
    colour: NDArray[np.float64],
) -> None:
    height, width = picture.shape[:2]
    # Areas fall with the cube of the size: the scene looks alike at every scale.
    size = smallest / np.sqrt(max(rng.random(), (smallest / 160) ** 2))
    x, y = rng.uniform(0, width), rng.uniform(0, height)
    b, g, r = (float(v) for v in np.clip(colour, 2, 245))
    if rng.random() < 0.4:
        points = rng.normal((x, y), size / 2, (int(rng.integers(3, 6)), 2))
        hull = cv2.convexHull(points.astype(np.float32)).astype(np.int32)
        cv2.fillPoly(picture, [hull], (b, g, r))
    else:
        axes = (max(1, int(size / 2)), max(1, int(size / 2 * rng.uniform(0.2, 1.0))))
        angle = float(rng.uniform(0, 180))
        cv2.ellipse(picture, (int(x), int(y)), axes, angle, 0, 360, (b, g, r), -1)


def _write(rng: np.random.Generator, picture: NDArray[np.float32]) -> None:
    height, width = picture.shape[:2]
    for _ in range(int(rng.integers(1, 12))):
        letters = ''.join(chr(c) for c in rng.integers(33, 123, 12))
        at = (int(rng.integers(-40, width - 40)), int(rng.integers(0, height)))
        tone = float(rng.uniform(0, 250))
        size = float(rng.uniform(0.3, 1.2))
        cv2.putText(picture, letters, at, cv2.FONT_HERSHEY_SIMPLEX, size, (tone, tone, tone), 1)


def _scene(pictures: list[NDArray[np.uint8]]) -> Scene:
    first, second, third = pictures
    return first, second, third
