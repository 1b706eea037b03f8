# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Speech with phoneme times from espeak-ng (optional: the Debian package espeak-ng).

The same text and voice give the same samples, whatever was said before: see
`espeak_process.py`.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import asdict, dataclass
from functools import cache
from math import gcd
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.signal import resample_poly

from av_fusion_ros.generation.errors import GenerationError
from av_fusion_ros.generation.espeak_phonemes import cmu_phonemes

SAMPLE_RATE_HZ = 16000

_WORD = re.compile(r"[\w']+")
# espeak-ng reads a lone A as the article; this spelling gives the letter's name.
_LETTER_A, _NAME_OF_A = re.compile(r'\bA\b'), 'eh'

_ACCENTS = (
    'en-us', 'en-us', 'en-us', 'gmw/en', 'gmw/en', 'en-gb-scotland', 'en-gb-x-rp', 'en-us-nyc',
    'en-gb-x-gbclan', 'en-gb-x-gbcwmd', 'en-029',
)  # fmt: skip
# espeak-ng's human-like variants: whispering, robots and singing kettles are left out.
_VARIANTS = (
    '', 'm1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7', 'm8', 'f1', 'f2', 'f3', 'f4', 'f5', 'Alex',
    'Alicia', 'Andrea', 'Andy', 'Annie', 'Denis', 'Diogo', 'Gene', 'Henrique', 'Hugo', 'Jacky',
    'Lee', 'Marco', 'Mario', 'Michael', 'Mike', 'Nguyen', 'adam', 'anika', 'announcer', 'antonio',
    'aunty', 'benjamin', 'caleb', 'david', 'edward', 'grandma', 'grandpa', 'john', 'kaukovalta',
    'klatt', 'klatt2', 'klatt3', 'linda', 'marcelo', 'max', 'michel', 'miguel', 'norbert', 'pablo',
    'paul', 'pedro', 'quincy', 'rob', 'robert', 'sandro', 'shelby', 'steph', 'steph2', 'travis',
    'victor', 'zac',
)  # fmt: skip


@dataclass(frozen=True)
class Voice:
    """An espeak-ng voice: accent+variant, words a minute, pitch and its range (0 to 100)."""

    name: str = 'en-us'
    rate_wpm: int = 160
    pitch: int = 50
    pitch_range: int = 50


@dataclass(frozen=True)
class TimedPhoneme:
    """One sounded phoneme: espeak-ng's IPA name, its CMU phonemes, times in seconds."""

    ipa: str
    cmu: tuple[str, ...]
    start_s: float
    end_s: float


@dataclass(frozen=True)
class TimedWord:
    """One word of the text as spoken, times in seconds."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Speech:
    """Samples (n,) float32 in [-1, 1] at 16 kHz with the times of their phonemes and words."""

    text: str
    voice: Voice
    samples: npt.NDArray[np.float32]
    phonemes: tuple[TimedPhoneme, ...]
    words: tuple[TimedWord, ...]

    @property
    def duration_s(self) -> float:
        return len(self.samples) / SAMPLE_RATE_HZ


def random_voice(rng: np.random.Generator) -> Voice:
    """A voice drawn from the accents and human-like variants; deterministic by generator."""
    accent, variant = str(rng.choice(_ACCENTS)), str(rng.choice(_VARIANTS))
    return Voice(
        name=f'{accent}+{variant}' if variant else accent,
        rate_wpm=int(rng.integers(125, 200)),
        pitch=int(np.clip(rng.normal(48, 14), 15, 85)),
        pitch_range=int(np.clip(rng.normal(50, 15), 15, 90)),
    )


def _speak(
    text: str, voice: Voice
) -> tuple[int, npt.NDArray[np.int16], list[tuple[int, str]], list[tuple[int, int, int]]]:
    """Sample rate, samples, (sample, IPA) and (sample, position, length) from a new process."""
    request = {'text': text, **asdict(voice)}
    request['voice'] = request.pop('name')
    # -I -S: nothing but the standard library, whatever is in the environment.
    command = [sys.executable, '-I', '-S', str(Path(__file__).with_name('espeak_process.py'))]
    result = subprocess.run(
        command, input=json.dumps(request).encode(), capture_output=True, check=False
    )
    head, _, data = result.stdout.partition(b'\n')
    if result.returncode != 0 or not head:
        reason = result.stderr.decode(errors='replace').strip()[-300:]
        raise GenerationError(f'espeak-ng stopped ({result.returncode}) on {text!r}: {reason}')
    header = json.loads(head)
    if 'error' in header:
        raise GenerationError(header['error'])
    return header['rate_hz'], np.frombuffer(data, np.int16), header['phonemes'], header['words']


@cache
def espeak_available() -> bool:
    """Whether speech can be synthesised on this machine."""
    try:
        _speak('a', Voice())
    except GenerationError:
        return False
    return True


def synthesise(text: str, voice: Voice | None = None) -> Speech:
    """Speak `text` (English); times are of the samples returned.

    A capital A standing alone is the letter's name, a small one the article.
    Raises GenerationError without espeak-ng, for an unknown voice or for a text without
    a word.
    """
    voice = voice or Voice()
    spoken = _LETTER_A.sub(_NAME_OF_A, text)
    rate_hz, raw, phoneme_events, word_events = _speak(spoken, voice)
    if not any(name for _, name in phoneme_events):
        raise GenerationError(f'nothing to say in {text!r}; give at least one English word')
    factor = gcd(SAMPLE_RATE_HZ, rate_hz)
    samples = resample_poly(
        raw.astype(np.float64) / 32768.0, SAMPLE_RATE_HZ // factor, rate_hz // factor
    ).astype(np.float32)
    phonemes = _timed_phonemes(phoneme_events, len(raw), rate_hz)
    return Speech(
        text=text,
        voice=voice,
        samples=np.clip(samples, -1.0, 1.0),
        phonemes=phonemes,
        words=_timed_words(text, spoken, word_events, phonemes, rate_hz),
    )


def _timed_phonemes(
    events: list[tuple[int, str]], n_samples: int, rate_hz: int
) -> tuple[TimedPhoneme, ...]:
    """Each phoneme lasts until the next event, pauses (empty names) included."""
    ends = [sample for sample, _ in events[1:]] + [n_samples]
    return tuple(
        TimedPhoneme(name, cmu_phonemes(name), sample / rate_hz, max(end, sample) / rate_hz)
        for (sample, name), end in zip(events, ends, strict=True)
        if name
    )


def _timed_words(
    text: str,
    spoken: str,
    events: list[tuple[int, int, int]],
    phonemes: tuple[TimedPhoneme, ...],
    rate_hz: int,
) -> tuple[TimedWord, ...]:
    """Every word of the text with the times of its phonemes.

    espeak-ng's events point at the word or at the space before it (it counts from 1), it
    splits numbers into several and joins short words ('of the') into one: joined words
    share their time by their lengths in letters.
    """
    written = _WORD.findall(text)
    ends = [match.end() for match in _WORD.finditer(spoken)]
    starts: dict[int, float] = {}
    for sample, position, _ in events:
        token = next((i for i, end in enumerate(ends) if end > position - 1), None)
        if token is not None:
            starts.setdefault(token, sample / rate_hz)
    heard = sorted(starts)
    timed: list[TimedWord] = []
    for token, following in zip(heard, [*heard[1:], len(written)], strict=True):
        until_s = starts.get(following, float('inf'))
        inside = [p for p in phonemes if starts[token] <= p.start_s < until_s]
        if inside:
            timed.extend(_share(written[token:following], inside[0].start_s, inside[-1].end_s))
    return tuple(timed)


def _share(texts: list[str], start_s: float, end_s: float) -> list[TimedWord]:
    letters = np.cumsum([0, *(len(text) for text in texts)]) / sum(len(text) for text in texts)
    edges = start_s + (end_s - start_s) * letters
    return [
        TimedWord(text, float(first), float(last))
        for text, first, last in zip(texts, edges[:-1], edges[1:], strict=True)
    ]
