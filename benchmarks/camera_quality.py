# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the camera-quality numbers say of real clips, clean and spoilt from the 41st frame on.

Run as ``python benchmarks/camera_quality.py [CLIP.mp4 ...]``; without clips it takes some of
``$AV_FUSION_DATA`` or ../shared/data.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.learning.crop_cache import read_frames
from av_fusion_ros.signals.camera_quality import CameraQuality, CameraReading
from av_fusion_ros.signals.face_tracker import FaceTracker
from av_fusion_ros.signals.mouth_crop import mouth_box

Picture = NDArray[np.uint8]
SPOILT_FROM = 40
_RNG = np.random.default_rng(0)


def _with_noise(picture: NDArray[np.floating], sigma: float = 2.5) -> Picture:
    return np.clip(picture + _RNG.normal(0, sigma, picture.shape), 0, 255).astype(np.uint8)


def defocus(picture: Picture, radius_px: float) -> Picture:
    """Disc of confusion, with sensor noise after it."""
    reach = int(np.ceil(radius_px))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = (x * x + y * y <= radius_px**2).astype(np.float32)
    return _with_noise(cv2.filter2D(picture, -1, disc / disc.sum()).astype(float), 1.0)


def expose(picture: Picture, gain: float) -> Picture:
    """Less or more light on the same sensor."""
    return _with_noise(picture.astype(float) * gain)


def veil(picture: Picture, share: float, tone: float) -> Picture:
    """Glare (tone 255) or fog (tone 150)."""
    return _with_noise(picture * (1 - share) + tone * share, 1.0)


def drops(picture: Picture, count: int) -> Picture:
    """Drops on the lens: each shows a blurred and displaced picture."""
    rng = np.random.default_rng(7)
    height, width = picture.shape[:2]
    mask = np.zeros((height, width), np.float32)
    for _ in range(count):
        at = (int(rng.integers(width)), int(rng.integers(height)))
        cv2.circle(mask, at, int(rng.uniform(width / 40, width / 14)), 1.0, -1)
    mask = cv2.GaussianBlur(mask, (0, 0), 2)[..., None]
    bent = cv2.GaussianBlur(np.roll(picture, height // 12, 0), (0, 0), width / 60)
    return _with_noise(picture * (1 - mask) + (bent * 0.85 + 30) * mask, 1.0)


def cover(picture: Picture, share: float, box: tuple[float, ...], tone: Picture) -> Picture:
    """Something of one colour before the lower ``share`` of the mouth box."""
    x, y, width, height = box
    out = picture.copy()
    top = int(y + height * (1 - share))
    out[max(0, top) : int(y + height * 1.1), int(x) : int(x + width)] = tone
    return _with_noise(out.astype(float), 1.5)


def stand_still(picture: Picture, kept: Picture) -> Picture:
    """The camera repeats one picture."""
    return kept


def spoilers(box: tuple[float, ...], skin: Picture) -> dict[str, Callable[[Picture], Picture]]:
    """Every way to spoil a picture, by name."""
    grey = np.array([60, 60, 60], np.uint8)
    table: dict[str, Callable[[Picture], Picture]] = {'clean': np.copy}
    for radius in (1, 2, 3, 5, 8):
        table[f'defocus {radius} px'] = partial(defocus, radius_px=radius)
    for gain in (0.5, 0.25, 0.12, 0.05, 0.0, 1.5, 2.0, 3.0):
        table[f'light x {gain}'] = partial(expose, gain=gain)
    for share in (0.3, 0.6, 0.8, 0.95):
        table[f'glare {share}'] = partial(veil, share=share, tone=255)
    for share in (0.5, 0.8):
        table[f'fog {share}'] = partial(veil, share=share, tone=150)
    for count in (15, 40, 100):
        table[f'{count} drops'] = partial(drops, count=count)
    for share in (0.25, 0.5, 1.0):
        table[f'cover {share}'] = partial(cover, share=share, box=box, tone=grey)
        table[f'hand {share}'] = partial(cover, share=share, box=box, tone=skin)
    return table


def read_clip(frames: list[Picture], spoil: Callable[[Picture], Picture]) -> list[CameraReading]:
    """Track and judge a clip that is spoilt from SPOILT_FROM on."""
    tracker, camera, readings = FaceTracker(max_faces=1), CameraQuality(), []
    for index, frame in enumerate(frames):
        picture = spoil(frame) if index >= SPOILT_FROM else frame
        stamp_ns = index * 40_000_000
        faces = tracker.track(picture, stamp_ns)
        landmarks = faces[0].landmarks if faces else None
        start = time.perf_counter()
        readings.append(camera.push(picture, landmarks, stamp_ns))
        _TIMES_MS.append((time.perf_counter() - start) * 1e3)
    return readings


_TIMES_MS: list[float] = []


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('clips', nargs='*', type=Path)
    clips = parser.parse_args().clips
    if not clips:
        data = Path(os.environ.get('AV_FUSION_DATA', '../shared/data'))
        clips = sorted((data / 'grid' / 's1').glob('*.mp4'))[::250]
    cv2.setNumThreads(1)
    table: dict[str, list[CameraReading]] = {}
    for clip in clips:
        frames = [frame for frame, _ in read_frames(clip)]
        face = FaceTracker(max_faces=1).track(frames[SPOILT_FROM], 0)[0]
        cheek = np.rint(face.landmarks[50]).astype(int)
        ways = spoilers(mouth_box(face.landmarks), frames[SPOILT_FROM][cheek[1], cheek[0]])
        ways['freeze'] = partial(stand_still, kept=frames[SPOILT_FROM])
        for name, spoil in ways.items():
            table.setdefault(name, []).extend(read_clip(frames, spoil)[SPOILT_FROM + 12 :])
    print(f'{len(clips)} clips; mean over the frames from 0.5 s after the onset')
    print(f'{"":16}sharpness exposure contrast visibility motion quality (p5 .. p95)')
    for name, readings in table.items():
        rows = np.array(
            [[r.sharpness, r.exposure, r.contrast, r.visibility, r.motion] for r in readings]
        )
        quality = np.array([r.quality for r in readings])
        low, high = np.percentile(quality, [5, 95])
        parts = ' '.join(f'{value:8.2f}' for value in np.nanmean(rows, 0))
        print(f'{name:14}{parts}    {quality.mean():.2f} ({low:.2f} .. {high:.2f})')
    p50, p95 = np.percentile(_TIMES_MS, [50, 95])
    print(f'{p50:.2f} ms a frame (p95 {p95:.2f})')
    return 0


if __name__ == '__main__':
    raise SystemExit(main())
