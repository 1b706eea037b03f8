# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Mouth crops of many clips, cut once and kept, because training reads each clip many times.

Run as ``python -m av_fusion_ros.learning.crop_cache VIDEO_FOLDER OUT_FOLDER``.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from av_fusion_ros.signals.face_tracker import FaceTracker
from av_fusion_ros.signals.mouth_crop import mouth_crop, mouth_opening


class VideoError(ValueError):
    """A video file cannot be read."""


@dataclass(frozen=True, slots=True)
class ClipCrops:
    """The mouth of one clip: T frames.

    ``crops`` (T, size, size) uint8, 0 where no face was found; ``found`` (T,) bool;
    ``mouth_opening`` (T,) float32, NaN where no face was found; ``stamp_ns`` (T,) int64.
    """

    crops: NDArray[np.uint8]
    found: NDArray[np.bool_]
    mouth_opening: NDArray[np.float32]
    stamp_ns: NDArray[np.int64]


def read_frames(path: Path) -> Iterator[tuple[NDArray[np.uint8], int]]:
    """Yield each frame (h, w, 3) BGR of a video with its time from the start in nanoseconds."""
    capture = cv2.VideoCapture(str(path))
    try:
        rate_hz = capture.get(cv2.CAP_PROP_FPS)
        if not capture.isOpened() or rate_hz <= 0:
            raise VideoError(f'{path} cannot be read as a video; give a file that OpenCV can open')
        index = 0
        while True:
            more, frame = capture.read()
            if not more:
                return
            yield np.asarray(frame, np.uint8), round(index * 1e9 / rate_hz)
            index += 1
    finally:
        capture.release()


def clip_crops(path: Path, size_px: int = 64) -> ClipCrops:
    """Track the face of one clip and cut out its mouth in every frame."""
    tracker = FaceTracker(max_faces=1)
    crops, found, opening, stamps = [], [], [], []
    for image, stamp_ns in read_frames(path):
        faces = tracker.track(image, stamp_ns)
        found.append(bool(faces))
        stamps.append(stamp_ns)
        if faces:
            crops.append(mouth_crop(image, faces[0].landmarks, size_px))
            opening.append(mouth_opening(faces[0].landmarks))
        else:
            crops.append(np.zeros((size_px, size_px), np.uint8))
            opening.append(np.nan)
    return ClipCrops(
        np.stack(crops) if crops else np.zeros((0, size_px, size_px), np.uint8),
        np.array(found, bool),
        np.array(opening, np.float32),
        np.array(stamps, np.int64),
    )


def load_clip_crops(path: Path) -> ClipCrops:
    """Read one file written by ``cache_crops``."""
    with np.load(path) as saved:
        return ClipCrops(saved['crops'], saved['found'], saved['mouth_opening'], saved['stamp_ns'])


def _cache_one(path: Path, out: Path, size_px: int) -> float:
    """Write one clip's file; return the share of frames with a face."""
    cv2.setNumThreads(1)
    clip = clip_crops(path, size_px)
    partial_file = out.with_suffix('.part.npz')
    np.savez(
        partial_file,
        crops=clip.crops,
        found=clip.found,
        mouth_opening=clip.mouth_opening,
        stamp_ns=clip.stamp_ns,
    )
    partial_file.replace(out)  # a file that has its name is whole
    return float(clip.found.mean()) if len(clip.found) else 0.0


def cache_crops(
    video_paths: Sequence[Path], out_dir: Path, size_px: int = 64, n_processes: int = 2
) -> dict[str, float]:
    """Write ``out_dir``/STEM.npz for each video that has none yet.

    Returns:
        For each clip cached by this call, by its stem, the share of frames with a face.

    Raises:
        VideoError: a video cannot be read.
        FaceWeightsError: the face networks' weights are missing.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    missing = [path for path in video_paths if not (out_dir / f'{path.stem}.npz').exists()]
    shares: dict[str, float] = {}
    progress = Progress(
        TextColumn('mouth crops'), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    )
    work = partial(_cache_one, size_px=size_px)
    with progress, ProcessPoolExecutor(n_processes, mp_context=get_context('spawn')) as pool:
        bar = progress.add_task('crops', total=len(missing))
        jobs = {pool.submit(work, path, out_dir / f'{path.stem}.npz'): path for path in missing}
        for job in as_completed(jobs):
            shares[jobs[job].stem] = job.result()
            progress.advance(bar)
    return shares


def main(arguments: Sequence[str] | None = None) -> int:
    """Cache every .mp4 of a folder."""
    parser = argparse.ArgumentParser(description='Cut the mouth out of every clip of a folder.')
    parser.add_argument('videos', type=Path, help='folder of .mp4 files')
    parser.add_argument('out', type=Path, help='folder for the .npz files')
    parser.add_argument('--size', type=int, default=64, help='crop side in pixels (64)')
    parser.add_argument('--processes', type=int, default=2)
    chosen = parser.parse_args(arguments)
    videos = sorted(chosen.videos.glob('*.mp4'))
    if not videos:
        parser.error(f'{chosen.videos} holds no .mp4 file')
    shares = cache_crops(videos, chosen.out, chosen.size, chosen.processes)
    poor = sorted(stem for stem, share in shares.items() if share < 1)
    print(f'{len(shares)} clips cached, {len(poor)} with a frame without a face: {poor[:20]}')
    return 0


if __name__ == '__main__':
    raise SystemExit(main())
