# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Speech with phoneme times, from espeak-ng through its C library.

espeak-ng keeps its voice, its parameters and its callback in global variables, so one
process has one synthesiser: `synthesise` guards it with a lock and loads it on first
use. Use processes, not threads, to go faster.
"""

from __future__ import annotations

import ctypes
import re
import threading
from dataclasses import dataclass
from functools import cache
from math import gcd

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


class _EventId(ctypes.Union):
    _fields_ = [
        ('number', ctypes.c_int),
        ('name', ctypes.c_char_p),
        ('string', ctypes.c_char * 8),
    ]


class _Event(ctypes.Structure):
    """espeak_EVENT of espeak-ng/speak_lib.h."""

    _fields_ = [
        ('type', ctypes.c_int),
        ('unique_identifier', ctypes.c_uint),
        ('text_position', ctypes.c_int),
        ('length', ctypes.c_int),
        ('audio_position', ctypes.c_int),
        ('sample', ctypes.c_int),
        ('user_data', ctypes.c_void_p),
        ('id', _EventId),
    ]


_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)
_EVENT_END, _EVENT_WORD, _EVENT_PHONEME = 0, 1, 7
_OUTPUT_SYNCHRONOUS = 2
_OPTION_PHONEME_EVENTS, _OPTION_PHONEME_IPA = 1, 2
_PARAMETER_RATE, _PARAMETER_PITCH, _PARAMETER_RANGE = 1, 3, 4
_CHARS_UTF8, _POSITION_CHARACTER = 1, 1


class _Espeak:
    """The library's one synthesiser."""

    def __init__(self) -> None:
        try:
            self._library = ctypes.CDLL('libespeak-ng.so.1')
        except OSError as error:
            raise GenerationError(
                'the speech synthesiser libespeak-ng.so.1 is not installed; '
                'install the Debian package espeak-ng (apt-get install espeak-ng)'
            ) from error
        self.rate_hz = int(
            self._library.espeak_Initialize(
                _OUTPUT_SYNCHRONOUS, 0, None, _OPTION_PHONEME_EVENTS | _OPTION_PHONEME_IPA
            )
        )
        if self.rate_hz <= 0:
            raise GenerationError(
                'espeak-ng found no voice data; install the Debian package espeak-ng-data'
            )
        self._blocks: list[npt.NDArray[np.int16]] = []
        self._phonemes: list[tuple[int, str]] = []
        self._words: list[tuple[int, int, int]] = []
        self._callback = _CALLBACK(self._receive)
        self._library.espeak_SetSynthCallback(self._callback)
        self._lock = threading.Lock()

    def _receive(
        self,
        samples: ctypes._Pointer[ctypes.c_short],
        count: int,
        events: ctypes._Pointer[_Event],
    ) -> int:
        if samples and count > 0:
            self._blocks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        index = 0
        while events[index].type != _EVENT_END:
            event = events[index]
            if event.type == _EVENT_PHONEME:
                name = bytes(event.id.string).split(b'\0')[0].decode('utf-8', 'ignore')
                self._phonemes.append((event.sample, name))
            elif event.type == _EVENT_WORD:
                self._words.append((event.sample, event.text_position, event.length))
            index += 1
        return 0

    def say(
        self, text: str, voice: Voice
    ) -> tuple[npt.NDArray[np.int16], list[tuple[int, str]], list[tuple[int, int, int]]]:
        with self._lock:
            self._blocks, self._phonemes, self._words = [], [], []
            if self._library.espeak_SetVoiceByName(voice.name.encode()) != 0:
                raise GenerationError(
                    f'espeak-ng has no voice {voice.name!r}; list them with: espeak-ng --voices=en'
                )
            for parameter, value in (
                (_PARAMETER_RATE, voice.rate_wpm),
                (_PARAMETER_PITCH, voice.pitch),
                (_PARAMETER_RANGE, voice.pitch_range),
            ):
                self._library.espeak_SetParameter(parameter, value, 0)
            data = text.encode()
            self._library.espeak_Synth(
                data, len(data) + 1, 0, _POSITION_CHARACTER, 0, _CHARS_UTF8, None, None
            )
            self._library.espeak_Synchronize()
            blocks = self._blocks or [np.zeros(0, np.int16)]
            return np.concatenate(blocks), list(self._phonemes), list(self._words)


@cache
def _espeak() -> _Espeak:
    return _Espeak()


def espeak_available() -> bool:
    """Whether speech can be synthesised on this machine."""
    try:
        _espeak()
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
    engine = _espeak()
    spoken = _LETTER_A.sub(_NAME_OF_A, text)
    raw, phoneme_events, word_events = engine.say(spoken, voice)
    if not any(name for _, name in phoneme_events):
        raise GenerationError(f'nothing to say in {text!r}; give at least one English word')
    factor = gcd(SAMPLE_RATE_HZ, engine.rate_hz)
    samples = resample_poly(
        raw.astype(np.float64) / 32768.0, SAMPLE_RATE_HZ // factor, engine.rate_hz // factor
    ).astype(np.float32)
    phonemes = _timed_phonemes(phoneme_events, len(raw), engine.rate_hz)
    return Speech(
        text=text,
        voice=voice,
        samples=np.clip(samples, -1.0, 1.0),
        phonemes=phonemes,
        words=_timed_words(text, spoken, word_events, phonemes, engine.rate_hz),
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
