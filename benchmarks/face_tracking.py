# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Milliseconds a frame of the way from picture to mouth crop, on one core.

Run as ``python benchmarks/face_tracking.py [CLIP.mp4 ...]``; without clips it takes some of
``$AV_FUSION_DATA`` or ../shared/data. Each clip is tracked as it is and put into a 640x480 picture.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.learning.crop_cache import read_frames
from av_fusion_ros.signals.camera_quality import CameraQuality
from av_fusion_ros.signals.face_detector import FaceDetector
from av_fusion_ros.signals.face_tracker import FaceTracker
from av_fusion_ros.signals.mouth_crop import mouth_crop

VGA = (640, 480)
STAGES = ('track', 'crop', 'quality', 'detect alone')


def to_vga(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Enlarge a picture to fill 640x480, as a camera of that size would see it."""
    return np.asarray(cv2.resize(picture, VGA, interpolation=cv2.INTER_CUBIC), np.uint8)


def measure(frames: list[NDArray[np.uint8]], max_faces: int, times: dict[str, list[float]]) -> int:
    """Add each stage's milliseconds of each frame; return the frames in which a face was found."""
    tracker, camera, detector = FaceTracker(max_faces=max_faces), CameraQuality(), FaceDetector()
    found = 0
    for index, frame in enumerate(frames):
        stamp_ns = index * 40_000_000
        at = [time.perf_counter()]
        faces = tracker.track(frame, stamp_ns)
        at.append(time.perf_counter())
        if faces:
            found += 1
            mouth_crop(frame, faces[0].landmarks)
        at.append(time.perf_counter())
        camera.push(frame, faces[0].landmarks if faces else None, stamp_ns)
        at.append(time.perf_counter())
        detector.detect(frame)
        at.append(time.perf_counter())
        for stage, spent in zip(STAGES, np.diff(at), strict=True):
            times.setdefault(stage, []).append(spent * 1e3)
    return found


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('clips', nargs='*', type=Path)
    clips = parser.parse_args().clips
    if not clips:
        data = Path(os.environ.get('AV_FUSION_DATA', '../shared/data'))
        clips = sorted((data / 'grid' / 's1').glob('*.mp4'))[::200]
    cv2.setNumThreads(1)
    loaded = [[frame for frame, _ in read_frames(clip)] for clip in clips]
    print(f'{len(clips)} clips, one thread, load average {os.getloadavg()[0]:.1f}')
    for name, size in (('as recorded', None), ('640x480', VGA)):
        for max_faces in (1, 2):
            times: dict[str, list[float]] = {}
            found = total = 0
            for clip in loaded:
                frames = [to_vga(frame) for frame in clip] if size else clip
                found += measure(frames, max_faces, times)
                total += len(frames)
            print(f'{name}, max_faces={max_faces}: face in {found} of {total} frames')
            for stage, spent in times.items():
                p50, p95 = np.percentile(spent, [50, 95])
                print(f'  {stage:13} p50 {p50:5.2f} ms  p95 {p95:5.2f} ms')
    return 0


if __name__ == '__main__':
    raise SystemExit(main())
