# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the benchmark shows and plays: phrases whose end is known, real ones where there are any."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, repeat
from pathlib import Path

import cv2
import numpy as np
import soundfile
from numpy.typing import NDArray

from av_fusion_ros.generation.scene import SceneSettings, make_scene
from av_fusion_ros.learning.crop_cache import read_frames
from av_fusion_ros.learning.grid_corpus import read_alignment
from av_fusion_ros.learning.splits import grid_key, part_of

RATE_HZ = 16000
FPS = 25.0
FRAME_SAMPLES = round(RATE_HZ / FPS)
DRAWN = ('go forward', 'turn left', 'pick up the red box', 'place blue at b seven', 'follow me')

Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Take:
    """One phrase. ``end_s``: its last word's end; ``samples`` (n,) float32 at 16 kHz in [-1, 1].

    ``pictures`` gives the frames (h, w, 3) BGR at 25 Hz anew at each call.
    """

    text: str
    end_s: float
    samples: NDArray[np.float32]
    pictures: Callable[[], Iterator[Picture]]

    @property
    def duration_s(self) -> float:
        """Length of the sound; the pictures are as long."""
        return len(self.samples) / RATE_HZ


@dataclass(frozen=True, slots=True)
class Material:
    """Takes, the installed phrases file that holds their texts, and what they are."""

    takes: tuple[Take, ...]
    commands_file: str
    label: str


def material(recordings: Path, count: int) -> Material:
    """``count`` takes: GRID's test part where ``recordings`` has it, else drawn and synthesised.

    Raises GenerationError when neither is possible.
    """
    found = sorted((recordings / 'grid' / 's1').glob('*.align'))
    clips = [path for path in found if part_of(grid_key(path)) == 'test']
    if clips:
        chosen = clips[:: max(1, len(clips) // count)][:count]
        label = f'{len(chosen)} GRID sentences of the test part (one talker, speaker-dependent)'
        return Material(tuple(map(_recorded, chosen)), 'config/commands_grid.yaml', label)
    texts = [DRAWN[k % len(DRAWN)] for k in range(count)]
    label = f'{count} generated phrases (drawn face, synthetic voice)'
    return Material(tuple(map(_drawn, texts)), 'config/commands.yaml', label)


def _recorded(alignment: Path) -> Take:
    samples, rate_hz = soundfile.read(alignment.with_suffix('.flac'), dtype='float32')
    assert rate_hz == RATE_HZ, f'{alignment} has sound at {rate_hz} Hz'
    words = read_alignment(alignment)

    def pictures() -> Iterator[Picture]:
        frames = (picture for picture, _ in read_frames(alignment.with_suffix('.mp4')))
        return as_many(frames, len(whole) // FRAME_SAMPLES)

    whole = samples[: len(samples) // FRAME_SAMPLES * FRAME_SAMPLES]
    return Take(' '.join(word.text for word in words), words[-1].end_s, whole, pictures)


def _drawn(text: str) -> Take:
    scene = make_scene([text], settings=SceneSettings(frame_rate_hz=FPS, lead_s=0.5, tail_s=0.7))

    def pictures() -> Iterator[Picture]:
        frames = (frame.image for frame in scene.frames())
        return as_many(frames, len(whole) // FRAME_SAMPLES)

    samples = scene.sound.samples
    whole = samples[: len(samples) // FRAME_SAMPLES * FRAME_SAMPLES]
    said = scene.utterances[0]
    return Take(text, said.start_s + said.speech.words[-1].end_s, whole, pictures)


def as_many(pictures: Iterable[Picture], count: int) -> Iterator[Picture]:
    """The first ``count`` pictures; the last is held where there are fewer.

    Takes follow each other: a picture too many in each, as GRID's files have, would let the lips
    fall behind the sound more and more.
    """
    newest: Picture | None = None
    given = 0
    for newest in islice(pictures, count):
        given += 1
        yield newest
    if newest is not None:
        yield from repeat(newest, count - given)


def shown_at(picture: Picture, width: int, height: int) -> Picture:
    """The picture as a camera of another size would see it."""
    if picture.shape[:2] == (height, width):
        return picture
    return np.asarray(cv2.resize(picture, (width, height)), np.uint8)


def hops(takes: Sequence[Take]) -> Iterator[tuple[NDArray[np.float32], Picture]]:
    """40 ms of sound (640,) with the picture of the moment, take after take."""
    for take in takes:
        for k, picture in enumerate(take.pictures()):
            hop = take.samples[k * FRAME_SAMPLES : (k + 1) * FRAME_SAMPLES]
            if len(hop) == FRAME_SAMPLES:
                yield hop, picture
