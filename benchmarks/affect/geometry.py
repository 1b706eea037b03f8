# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Does the face's geometry stay quiet in neutral speech, and move with a smile and a frown?

python3 -m benchmarks.affect.geometry [--clips 40] [--part test] [--seed 0]

GRID clips of the part, four in a row as one stream of 12 s: the talker (one man, s1) speaks
neutrally throughout. In the second half the mouth's corners are pulled up and out, or the brows
down and together, by warping the real pictures: a synthetic expression on a real face. The
amounts are in face sizes (outer-eye distances).
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.generation.media_file import video_frames
from av_fusion_ros.learning.splits import grid_key, part_of
from av_fusion_ros.recognition.affect import facial_affect
from av_fusion_ros.signals.expression import Expression
from av_fusion_ros.signals.face_tracker import FaceTracker
from av_fusion_ros.signals.mouth_crop import MOUTH_LEFT, MOUTH_RIGHT, eye_axis

ROOT = Path(__file__).resolve().parents[2]
CLIPS_PER_STREAM = 4
FRAME_NS = 40_000_000
UNITS = ('smile', 'brow', 'press', 'lids')
_BROWS = {107: (0.3, 1.0), 105: (0.1, 1.0), 336: (-0.3, 1.0), 334: (-0.1, 1.0)}
_CORNERS = {MOUTH_RIGHT: (-0.8, -0.6), MOUTH_LEFT: (0.8, -0.6)}
#: What is done to the second half: landmarks that move, right and down, in parts of the amount.
WARPS: dict[str, dict[int, tuple[float, float]]] = {
    'none': {},
    'smile': _CORNERS,
    'frown': _BROWS,
}


def warped(
    picture: NDArray[np.uint8],
    landmarks: NDArray[np.float32],
    moves: dict[int, tuple[float, float]],
    amount: float,
) -> NDArray[np.uint8]:
    """The picture with landmarks and the skin about them moved by ``amount`` face sizes."""
    size = eye_axis(landmarks)[1]
    height, width = picture.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    from_x, from_y = x.copy(), y.copy()
    for number, (right, down) in moves.items():
        at = landmarks[number] + amount * size * np.array([right, down])
        near = np.exp(-((x - at[0]) ** 2 + (y - at[1]) ** 2) / (2 * (0.17 * size) ** 2))
        from_x -= near * np.float32(right * amount * size)
        from_y -= near * np.float32(down * amount * size)
    return np.asarray(cv2.remap(picture, from_x, from_y, cv2.INTER_LINEAR), np.uint8)


def intensities(
    clips: list[Path], moves: dict[int, tuple[float, float]], amount: float
) -> NDArray[np.float64]:
    """UNITS and the scores happy and angry (ticks, 6) of one stream, warped from its middle on."""
    tracker, seen_by, expression = FaceTracker(max_faces=1), FaceTracker(max_faces=1), Expression()
    frames = [frame for clip in clips for frame in video_frames(clip)]
    rows = []
    for k, frame in enumerate(frames):
        picture = frame
        if moves and k >= len(frames) // 2 and (faces := tracker.track(frame, k * FRAME_NS)):
            picture = warped(frame, faces[0].landmarks, moves, amount)
        faces = seen_by.track(picture, k * FRAME_NS)
        if faces:
            units = expression.push(faces[0].landmarks, k * FRAME_NS)
            affect = facial_affect(units)
            rows.append([getattr(units, name) for name in UNITS] + [affect.happy, affect.angry])
    return np.array(rows[len(frames) // 2 + 25 :])  # a second for the smoothing


def main() -> None:
    """Print one row for each kind and amount of warp."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--clips', type=int, default=40)
    parser.add_argument('--part', choices=('validation', 'test'), default='test')
    parser.add_argument('--seed', type=int, default=0)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    data = Path(os.environ.get('AV_FUSION_DATA', ROOT.parent / 'shared' / 'data'))
    paths = sorted((data / 'grid' / 's1').glob('*.mp4'))
    paths = [path for path in paths if part_of(grid_key(path)) == arguments.part]
    order = np.random.default_rng(arguments.seed).permutation(len(paths))[: arguments.clips]
    streams = [
        [paths[k] for k in order[first : first + CLIPS_PER_STREAM]]
        for first in range(0, len(order) - CLIPS_PER_STREAM + 1, CLIPS_PER_STREAM)
    ]
    columns = (*UNITS, 'happy', 'angry')
    print(f'{len(streams)} streams; median [5 %, 95 %] of the ticks; share with a score > 0.8')
    print(f'{"warp":14s} ' + ' '.join(f'{name:>20s}' for name in columns) + '  happy  angry')
    for name, moves in WARPS.items():
        for amount in (0.0,) if name == 'none' else (0.02, 0.05, 0.1):
            found = np.concatenate([intensities(clips, moves, amount) for clips in streams])
            low, middle, high = np.nanpercentile(found, [5, 50, 95], axis=0)
            told = ' '.join(
                f'{m:6.2f} [{a:5.2f}, {b:5.2f}]' for a, m, b in zip(low, middle, high, strict=True)
            )
            sure = (found[:, 4:] > 0.8).mean(0)
            print(f'{name:8s} {amount:5.2f} {told} {sure[0]:6.2f} {sure[1]:6.2f}')


if __name__ == '__main__':
    main()
