# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Two real talking faces in one picture, and the sound of one of them at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.generation.media_file import read_sound, video_frames
from av_fusion_ros.learning.mixing import mix
from av_fusion_ros.learning.splits import Part, grid_key, noise_parts, part_of
from av_fusion_ros.model.specification import Specification
from av_fusion_ros.recognition.audio_encoder import AudioEncoder
from av_fusion_ros.recognition.backend import Backend
from av_fusion_ros.recognition.features import AudioFeature, VisualFeature
from av_fusion_ros.recognition.visual_encoder import VisualEncoder
from av_fusion_ros.signals.face_tracker import FaceTracker

ROOT = Path(__file__).resolve().parents[2]
CLIP_FRAMES, CLIPS, WIDTH = 75, 4, 360
HOPS = CLIP_FRAMES * CLIPS
SWAP = HOPS // 2
HOP_NS, HOP_SAMPLES = 40_000_000, 640
T0 = 1_760_000_000_000_000_000
CONDITIONS = ('clean', '0 dB machine', 'listener')
Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Stream:
    """Features of a stream, and at each hop the side that is heard and whether a word is said."""

    audio: list[AudioFeature]
    visual: list[VisualFeature]
    side: NDArray[np.int64]
    words: NDArray[np.bool_]


def silent_frames(clip: Path) -> Iterator[Picture]:
    """The face before its first word, to and fro, for as long as a clip."""
    still = list(video_frames(clip))[:6]
    for k in range(CLIP_FRAMES):
        yield still[abs((k + 5) % 10 - 5)]


def words_said(clip: Path) -> NDArray[np.bool_]:
    """Whether a word is being said at each hop, (CLIP_FRAMES,)."""
    said = np.zeros(CLIP_FRAMES, bool)
    for line in clip.with_suffix('.align').read_text().splitlines():
        start, end, word = line.split()
        if word not in ('sil', 'sp'):
            said[int(start) // 1000 : int(end) // 1000] = True
    return said


def padded(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """A clip's sound as long as its picture."""
    whole = np.zeros(CLIP_FRAMES * HOP_SAMPLES, np.float32)
    whole[: len(samples)] = samples[: len(whole)]
    return whole


def recorded(
    backend: Backend,
    spec: Specification,
    sides: list[list[Path]],
    condition: str,
    first: int,
    noise: Path,
) -> Stream:
    """Encode a stream: ``sides`` hold the clips on the left and on the right."""
    side = np.where(np.arange(HOPS) < SWAP, first, 1 - first)
    heard = [sides[side[k * CLIP_FRAMES]][k] for k in range(CLIPS)]
    sound = np.concatenate([padded(read_sound(clip.with_suffix('.flac'))) for clip in heard])
    if condition.startswith('0 dB'):
        hum = np.resize(read_sound(noise), len(sound))
        sound = mix(sound, hum, 0.0)
    ear, eye = AudioEncoder(backend, spec), VisualEncoder(backend, spec, FaceTracker(max_faces=2))
    audio = ear.push(sound, T0 + HOPS * HOP_NS)
    visual: list[VisualFeature] = []
    for k in range(CLIPS):
        views = [
            video_frames(sides[s][k])
            if condition != 'listener' or s == side[k * CLIP_FRAMES]
            else silent_frames(sides[s][k])
            for s in (0, 1)
        ]
        for number, pair in enumerate(zip(*views, strict=False)):
            stamp_ns = T0 + (k * CLIP_FRAMES + number) * HOP_NS
            visual += eye.push(np.hstack(pair), stamp_ns)
    return Stream(audio, visual, side, np.concatenate([words_said(clip) for clip in heard]))


def streams_of(
    backend: Backend, spec: Specification, part: Part, count: int, seed: int
) -> Iterator[tuple[str, Stream]]:
    """Every condition's streams, of clips and noise of the part."""
    data = Path(os.environ.get('AV_FUSION_DATA', ROOT.parent / 'shared' / 'data'))
    paths = sorted((data / 'grid' / 's1').glob('*.mp4'))
    paths = [path for path in paths if part_of(grid_key(path)) == part]
    noises = noise_parts(sorted((data / 'noise' / 'machine').iterdir()))[part]
    rng = np.random.default_rng(seed)
    for number in range(count):
        names = rng.permutation(len(paths))[: 2 * CLIPS]
        sides = [[paths[k] for k in names[:CLIPS]], [paths[k] for k in names[CLIPS:]]]
        first, noise = int(rng.integers(2)), noises[int(rng.integers(len(noises)))]
        condition = CONDITIONS[number % len(CONDITIONS)]
        yield condition, recorded(backend, spec, sides, condition, first, noise)
