# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Any folder of clips: NAME.mp4, another video, or a sound file, beside NAME.txt with its words."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.learning.corpus import (
    SOUND_SUFFIXES,
    Clip,
    CorpusError,
    Word,
    read_samples,
)
from av_fusion_ros.learning.splits import Part, part_of, transcript_key
from av_fusion_ros.signals.log_mel import SAMPLE_RATE_HZ

VIDEO_SUFFIXES = ('.mp4', '.mpg', '.avi', '.mkv', '.mov', '.webm')


def transcripts(folder: Path) -> dict[Path, str]:
    """The transcripts of a folder and their words, in lower case and without punctuation.

    Raises CorpusError when there is none.
    """
    found = {path: _words(path) for path in sorted(folder.glob('*.txt'))}
    if not found:
        raise CorpusError(f'{folder} holds no transcript; accepted: NAME.txt beside NAME.mp4')
    return found


def videos(folder: Path) -> list[Path]:
    """The videos of a folder that have a transcript."""
    found = (_beside(path, VIDEO_SUFFIXES) for path in transcripts(folder))
    return [path for path in found if path is not None]


def folder_clips(folder: Path, crops: Path, parts: Iterable[Part]) -> Iterator[Clip]:
    """The clips of the given parts, split by their words; word times are not known.

    ``crops``/NAME.npz is what av_fusion_ros.learning.crop_cache makes of the videos. A clip without
    a video is sound alone. Raises CorpusError for a transcript without sound.
    """
    wanted = set(parts)
    for path, text in transcripts(folder).items():
        if part_of(transcript_key(text)) not in wanted:
            continue
        samples = _sound(path)
        end_s = len(samples) / SAMPLE_RATE_HZ
        cached = crops / f'{path.stem}.npz'
        seen, found = None, None
        if cached.is_file():
            with np.load(cached) as stored:
                seen, found = stored['crops'], stored['found']
        yield Clip(
            name=path.stem,
            speaker=folder.name,
            samples=samples,
            words=tuple(Word(word, 0.0, end_s) for word in text.split()),
            crops=seen,
            found=found,
            timed=False,
            source='folder',
        )


def _words(transcript: Path) -> str:
    text = transcript.read_text(encoding='utf-8').lower()
    return ' '.join(''.join(c if c.isalpha() or c == "'" else ' ' for c in text).split())


def _sound(transcript: Path) -> NDArray[np.int16]:
    """The sound file beside a transcript, else the sound of its video, by the ffmpeg program."""
    beside = _beside(transcript, SOUND_SUFFIXES)
    if beside is not None:
        return read_samples(beside)
    video = _beside(transcript, VIDEO_SUFFIXES)
    if video is None:
        raise CorpusError(
            f'no sound for {transcript}: put a {" or ".join(SOUND_SUFFIXES[:2])}, or a video, '
            'beside it'
        )
    return video_sound(video)


def video_sound(video: Path) -> NDArray[np.int16]:
    """Samples (n,) at 16 kHz of a video, by the ffmpeg program. Raises CorpusError without any."""
    if shutil.which('ffmpeg') is None:
        raise CorpusError(
            f'no sound for {video}: put a {" or ".join(SOUND_SUFFIXES[:2])} beside it, or install '
            'ffmpeg'
        )
    command = ['ffmpeg', '-v', 'error', '-i', str(video), '-vn', '-ac', '1']
    command += ['-ar', str(SAMPLE_RATE_HZ), '-f', 's16le', '-']
    done = subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    if not done.stdout:
        raise CorpusError(f'ffmpeg finds no sound in {video}: {done.stderr.decode()[:200]}')
    return np.frombuffer(done.stdout, '<i2').astype(np.int16)


def _beside(path: Path, suffixes: Iterable[str]) -> Path | None:
    return next((path.with_suffix(s) for s in suffixes if path.with_suffix(s).is_file()), None)
