# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Clips of a talker that does not exist, to try `av-fusion enroll` on: GRID's s1 in disguise.

    python benchmarks/enroll_stand_in.py STAND_IN --clips 90
    av-fusion enroll STAND_IN --commands config/commands_grid.yaml

The recordings are sentences that no checkpoint was trained on. The face is
mirrored, turned, stretched and lit otherwise, the voice is lower and slower by a factor; so lips
and voice are real, but the talker is **synthetic**, and figures on it only show that enrolment does
what it is for.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import cv2
import numpy as np
import soundfile
from numpy.typing import NDArray

from av_fusion_ros.learning.corpus import read_samples
from av_fusion_ros.learning.crop_cache import read_frames
from av_fusion_ros.learning.grid_corpus import read_alignment
from av_fusion_ros.learning.splits import PARTS, grid_key, part_of
from av_fusion_ros.signals.log_mel import SAMPLE_RATE_HZ

SLOWER = 0.85  # of pitch, formants and tempo
TURN_DEG = 9.0
STRETCH = 1.12  # of the height
GAMMA = 1.5
FRAME_RATE_HZ = 25


def disguised(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Another face: mirrored, turned, longer, darker."""
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), TURN_DEG, 1.0)
    mirrored = cv2.flip(picture, 1)
    turned = cv2.warpAffine(mirrored, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
    longer = cv2.resize(turned, (width, round(height * STRETCH)), interpolation=cv2.INTER_CUBIC)
    curve = (255 * (np.arange(256) / 255) ** GAMMA).astype(np.uint8)
    return np.asarray(cv2.LUT(longer[: longer.shape[0] // 2 * 2], curve), np.uint8)


def write(path: Path, folder: Path) -> None:
    """Write one sentence in disguise: video, sound, words."""
    samples = read_samples(path.with_suffix('.flac'))
    at = np.arange(0, len(samples) - 1, SLOWER)
    slower = np.interp(at, np.arange(len(samples)), samples).astype(np.int16)
    soundfile.write(str(folder / f'{path.stem}.flac'), slower, SAMPLE_RATE_HZ)
    frames = [disguised(picture) for picture, _ in read_frames(path.with_suffix('.mp4'))]
    height, width = frames[0].shape[:2]
    code = cv2.VideoWriter.fourcc(*'mp4v')
    video = cv2.VideoWriter(str(folder / f'{path.stem}.mp4'), code, FRAME_RATE_HZ, (width, height))
    for k in range(round(len(frames) / SLOWER)):
        video.write(frames[min(round(k * SLOWER), len(frames) - 1)])
    video.release()
    words = ' '.join(word.text for word in read_alignment(path))
    (folder / f'{path.stem}.txt').write_text(words + '\n')


def main() -> int:
    """Write the clips."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('folder', type=Path)
    parser.add_argument('--clips', type=int, default=90)
    parser.add_argument('--part', choices=PARTS, default='test', help='which sentences')
    args = parser.parse_args()
    data = Path(os.environ.get('AV_FUSION_DATA', '../shared/data'))
    paths = [
        path
        for path in sorted((data / 'grid' / 's1').glob('*.align'))
        if part_of(grid_key(path)) == args.part
    ]
    args.folder.mkdir(parents=True, exist_ok=True)
    for path in paths[: args.clips]:
        write(path, args.folder)
    print(f'{min(args.clips, len(paths))} clips in {args.folder}: a synthetic talker')
    return 0


if __name__ == '__main__':
    raise SystemExit(main())
