# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A scene of real recordings one after another, under the same events as drawn ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from av_fusion_ros.generation.errors import GenerationError
from av_fusion_ros.generation.events import Event, Mismatch
from av_fusion_ros.generation.media_file import read_sound, video_frames, video_rate_hz
from av_fusion_ros.generation.scene import Scene, SceneSettings, Utterance, assemble
from av_fusion_ros.generation.speech import SAMPLE_RATE_HZ, Speech, TimedWord, Voice
from av_fusion_ros.generation.viewpoint import Viewpoint, seen_from

Picture = npt.NDArray[np.uint8]

_ALIGN_UNITS_PER_S = 25000  # GRID .align files as distributed
_SILENCES = ('sil', 'sp')


@dataclass(frozen=True)
class RecordedClip:
    """A video, its sound (another file, or the video itself) and the words in it."""

    video: Path
    sound: Path
    words: tuple[TimedWord, ...]


def grid_clip(folder: Path, name: str) -> RecordedClip:
    """A GRID clip NAME.mp4, NAME.flac, NAME.align; raises GenerationError if one is missing."""
    files = [folder / f'{name}{suffix}' for suffix in ('.mp4', '.flac', '.align')]
    for file in files:
        if not file.is_file():
            raise GenerationError(f'there is no {file}; a GRID clip is NAME.mp4, .flac and .align')
    words = []
    for line in files[2].read_text().splitlines():
        start, end, word = line.split()
        if word not in _SILENCES:
            start_s, end_s = int(start) / _ALIGN_UNITS_PER_S, int(end) / _ALIGN_UNITS_PER_S
            words.append(TimedWord(word, start_s, end_s))
    return RecordedClip(files[0], files[1], tuple(words))


class _RecordedPictures:
    """Frames of the clips in turn, one clip decoded at a time."""

    def __init__(
        self, clips: Sequence[RecordedClip], lengths: Sequence[int], rate_hz: float
    ) -> None:
        self._rate_hz = rate_hz
        self._clips = clips
        self._ends = np.cumsum(lengths)
        self._decoded = -1
        self._frames: list[Picture] = []

    def picture(self, time_s: float, index: int) -> Picture:
        clip = min(int(np.searchsorted(self._ends, index, side='right')), len(self._clips) - 1)
        if clip != self._decoded:
            self._frames = list(video_frames(self._clips[clip].video))
            self._decoded = clip
        first = int(self._ends[clip - 1]) if clip else 0
        return self._frames[min(index - first, len(self._frames) - 1)]

    def roadside_picture(self, time_s: float, index: int) -> Picture:
        return seen_from(self.picture(time_s, round(time_s * self._rate_hz)), Viewpoint())


def recorded_scene(
    clips: Sequence[RecordedClip],
    events: Sequence[Event] = (),
    settings: SceneSettings | None = None,
) -> Scene:
    """The clips end to end; size and frame rate are the first clip's.

    Roadside views are the same pictures as another camera might see them. Raises GenerationError
    for no clip, clips of different frame rates, or a mismatch event (there is no other text to
    hear).
    """
    if not clips:
        raise GenerationError('a scene needs a clip')
    if any(isinstance(event, Mismatch) for event in events):
        raise GenerationError('mismatch needs synthetic speech; shift recordings by desync instead')
    rate_hz = video_rate_hz(clips[0].video)
    lengths, utterances, first = [], [], 0
    for clip in clips:
        if abs(video_rate_hz(clip.video) - rate_hz) > 0.01:
            raise GenerationError(f'{clip.video} is not at {rate_hz:g} frames a second')
        length = sum(1 for _ in video_frames(clip.video))
        count = round(length / rate_hz * SAMPLE_RATE_HZ)
        samples = np.zeros(count, np.float32)
        sound = read_sound(clip.sound)[:count]
        samples[: len(sound)] = sound
        text = ' '.join(word.text for word in clip.words)
        speech = Speech(text, Voice('recorded'), samples, (), clip.words)
        utterances.append(Utterance(text, first / rate_hz, speech, speech))
        lengths.append(length)
        first += length
    height, width = next(video_frames(clips[0].video)).shape[:2]
    settings = replace(
        settings or SceneSettings(), width=width, height=height, frame_rate_hz=rate_hz
    )
    pictures = _RecordedPictures(clips, lengths, rate_hz)
    return assemble(settings, utterances, events, first / rate_hz, pictures)
