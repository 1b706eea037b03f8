# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Clips of speech, with or without a face, from the layouts we know how to read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import gcd
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import resample_poly

from av_fusion_ros.learning.splits import Part, part_of, speech_commands_key
from av_fusion_ros.signals.log_mel import SAMPLE_RATE_HZ

SOUND_SUFFIXES = ('.wav', '.flac', '.ogg', '.mp3')
NO_WORD = '_background_noise_'  # a folder of minutes of noise among the words' folders


class CorpusError(ValueError):
    """A folder does not hold what its layout promises."""


@dataclass(frozen=True, slots=True)
class Word:
    """A spoken word, or phoneme, and when, in seconds from the start of the clip."""

    text: str
    start_s: float
    end_s: float

    def shifted(self, by_s: float) -> Word:
        """The same word later by ``by_s``."""
        return Word(self.text, self.start_s + by_s, self.end_s + by_s)


@dataclass(frozen=True, slots=True)
class Clip:
    """One utterance: 16 kHz samples (n,) int16, grey mouth crops (frames, 64, 64) at 25 Hz or None.

    Without word times (``timed`` false) every word spans the whole clip. ``phonemes`` is what
    was spoken where that is known better than a dictionary can tell, else None.
    """

    name: str
    speaker: str
    samples: NDArray[np.int16]
    words: tuple[Word, ...]
    crops: NDArray[np.uint8] | None = None
    found: NDArray[np.bool_] | None = None
    timed: bool = True
    phonemes: tuple[Word, ...] | None = None
    source: str = field(default='')

    @property
    def text(self) -> str:
        """The words, separated by spaces."""
        return ' '.join(word.text for word in self.words)


def read_samples(path: Path) -> NDArray[np.int16]:
    """Samples (n,) of a sound file at 16 kHz: the mean of its channels, resampled where needed.

    Raises CorpusError for what libsndfile cannot read.
    """
    try:
        samples, rate_hz = soundfile.read(str(path), dtype='int16', always_2d=True)
    except (soundfile.SoundFileError, OSError) as error:
        raise CorpusError(f'{path} cannot be read as sound: {error}') from error
    mono = samples[:, 0] if samples.shape[1] == 1 else samples.mean(1)
    if rate_hz != SAMPLE_RATE_HZ:
        common = gcd(rate_hz, SAMPLE_RATE_HZ)
        mono = resample_poly(mono.astype(np.float64), SAMPLE_RATE_HZ // common, rate_hz // common)
    return np.clip(np.rint(mono), -32768, 32767).astype(np.int16)


def sound_files(folder: Path) -> list[Path]:
    """The sound files that lie in a folder."""
    return sorted(path for path in folder.glob('*') if path.suffix in SOUND_SUFFIXES)


def speech_commands_clips(folder: Path, parts: Iterable[Part]) -> Iterator[Clip]:
    """Speech Commands clips (WORD/SPEAKER_nohash_N.*, _unknown_/WORD_SPEAKER_...), sound alone.

    ``_silence_`` clips have no words. Raises CorpusError where there is no clip at all.
    """
    wanted = set(parts)
    words = sorted(path for path in folder.glob('*') if path.name != NO_WORD)
    paths = [path for word in words for path in sound_files(word)]
    if not paths:
        raise CorpusError(f'{folder} holds no single words; accepted: WORD/SPEAKER_nohash_N.wav')
    for path in paths:
        if part_of(speech_commands_key(path)) not in wanted:
            continue
        word = path.parent.name
        if word == '_unknown_':
            word = path.name.split('_')[0]
        samples = read_samples(path)
        speaker = re.search(r'([0-9a-f]{8})_nohash_', path.name)
        end_s = len(samples) / SAMPLE_RATE_HZ
        yield Clip(
            name=f'{path.parent.name}/{path.name.split(".")[0]}',
            speaker=speaker.group(1) if speaker else 'none',
            samples=samples,
            words=() if word == '_silence_' else (Word(word, 0.0, end_s),),
            timed=False,
            source='speech_commands',
        )


def generated_clips(folder: Path) -> Iterator[Clip]:
    """Talking-face clips written by av_fusion_ros.generation.training_clips."""
    for path in sorted(folder.glob('*.npz')):
        with np.load(path, allow_pickle=False) as stored:
            yield Clip(
                name=path.stem,
                speaker='generated',
                samples=stored['samples'],
                words=_timed(stored, 'word'),
                phonemes=tuple(_single_phonemes(_timed(stored, 'phoneme'))),
                crops=stored['crops'],
                found=np.ones(len(stored['crops']), bool),
                source='generated',
            )


def _timed(stored: Mapping[str, NDArray[Any]], name: str) -> tuple[Word, ...]:
    """The words or phonemes of a generated clip."""
    columns = (stored[f'{name}s'], stored[f'{name}_starts_s'], stored[f'{name}_ends_s'])
    return tuple(
        Word(str(text), float(start), float(end)) for text, start, end in zip(*columns, strict=True)
    )


def _single_phonemes(spoken: Iterable[Word]) -> Iterator[Word]:
    """One entry for each CMU phoneme: a synthesiser's phoneme may stand for several, or none."""
    for part in spoken:
        names = part.text.split()
        edges = np.linspace(part.start_s, part.end_s, len(names) + 1)
        for name, start_s, end_s in zip(names, edges, edges[1:], strict=False):
            yield Word(name, float(start_s), float(end_s))
