# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pronunciations of English words as CMU phonemes without stress.

Looked up in this order: the user's own ``pronunciations:``, letter and number names, the CMU
Pronouncing Dictionary (BSD licence) that the pocketsphinx wheel carries, then an optional
letter-to-sound fallback. All listed pronunciations of a word are kept.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from av_fusion_ros.model.phonemes import CLASS_OF
from av_fusion_ros.recognition.errors import VocabularyError

Pronunciation = tuple[str, ...]

_IN_WHEEL = Path('model') / 'en-us' / 'cmudict-en-us.dict'
_IN_DEBIAN = Path('/usr/share/pocketsphinx') / _IN_WHEEL  # package pocketsphinx-en-us

_DIGITS = {
    '0': 'zero', '1': 'one', '2': 'two', '3': 'three', '4': 'four',
    '5': 'five', '6': 'six', '7': 'seven', '8': 'eight', '9': 'nine',
}  # fmt: skip
# The dictionary lists the article 'a' first; the other letters it lists by their names.
_LETTER_NAMES: dict[str, tuple[Pronunciation, ...]] = {'a': (('EY',),)}


def dictionary_path() -> Path:
    """Where the CMU dictionary is: ``$AV_FUSION_CMUDICT``, the pocketsphinx wheel, or Debian's.

    Raises VocabularyError when it is nowhere.
    """
    candidates = []
    if given := os.environ.get('AV_FUSION_CMUDICT'):
        candidates.append(Path(given))
    # find_spec locates the package without importing it (and its native library).
    found = importlib.util.find_spec('pocketsphinx')
    if found is not None and found.submodule_search_locations:
        candidates.append(Path(found.submodule_search_locations[0]) / _IN_WHEEL)
    candidates.append(_IN_DEBIAN)
    for path in candidates:
        if path.is_file():
            return path
    raise VocabularyError(
        f'no pronouncing dictionary at {", ".join(map(str, candidates))}; install it with '
        '"pip install pocketsphinx" or name a cmudict file in AV_FUSION_CMUDICT'
    )


@lru_cache(maxsize=2)
def _dictionary(path: Path) -> str:
    """The dictionary's text; searching it is faster than parsing 135,000 lines for 50 words."""
    return '\n' + path.read_text(encoding='utf-8').rstrip('\n') + '\n'


def _dictionary_entries(text: str, word: str) -> tuple[Pronunciation, ...]:
    found = []
    for number in range(1, 10):
        key = f'\n{word} ' if number == 1 else f'\n{word}({number}) '
        start = text.find(key)
        if start < 0:
            break
        start += len(key)
        found.append(tuple(text[start : text.index('\n', start)].split()))
    return tuple(found)


def parse_pronunciation(text: str, word: str) -> Pronunciation:
    """``'Z EH D'`` -> ``('Z', 'EH', 'D')``; stress digits are dropped.

    Raises VocabularyError for anything that is not a CMU phoneme.
    """
    phonemes = tuple(p.rstrip('012') for p in text.upper().split())
    unknown = [p for p in phonemes if p not in CLASS_OF]
    if unknown or not phonemes:
        raise VocabularyError(
            f'pronunciation {text!r} of {word!r} holds {", ".join(unknown) or "nothing"}; write '
            f'CMU phonemes separated by spaces, out of {" ".join(CLASS_OF)}'
        )
    return phonemes


class Lexicon:
    """Words to phonemes.

    Args:
        overrides: word -> its pronunciations; they replace the dictionary's.
        letter_to_sound: guesses the phonemes of a word that is nowhere; None refuses it.
    """

    def __init__(
        self,
        overrides: Mapping[str, Sequence[Pronunciation]] | None = None,
        letter_to_sound: Callable[[str], Sequence[str]] | None = None,
    ) -> None:
        self._overrides = {w: tuple(p) for w, p in (overrides or {}).items()}
        self._letter_to_sound = letter_to_sound

    def pronounce(self, word: str, spelled: bool = False) -> tuple[Pronunciation, ...]:
        """All pronunciations of ``word`` (lower case), most common first.

        ``spelled``: a single letter is read by its name ('a' as in 'ABC', not 'a box').
        Raises VocabularyError, naming the word, when there is none.
        """
        if word in self._overrides:
            return self._overrides[word]
        if word.isdigit():
            return self._digits(word)
        if spelled and word in _LETTER_NAMES:
            return _LETTER_NAMES[word]
        entries = _dictionary_entries(_dictionary(dictionary_path()), word)
        if entries:
            return entries
        if self._letter_to_sound is not None:
            guess = tuple(self._letter_to_sound(word))
            if guess and all(p in CLASS_OF for p in guess):
                return (guess,)
        raise VocabularyError(
            f'no pronunciation of {word!r}: check its spelling, or write one under '
            f'"pronunciations:", as in "{word}: K AH M AE N D", or set "guess_unknown_words: '
            'true" (needs espeak-ng)'
        )

    def _digits(self, number: str) -> tuple[Pronunciation, ...]:
        """A number digit by digit: '42' is read 'four two'."""
        readings: tuple[Pronunciation, ...] = ((),)
        for digit in number:
            names = self.pronounce(_DIGITS[digit]) if digit in _DIGITS else ()
            readings = tuple(before + name for before in readings for name in names)
        if not readings:
            raise VocabularyError(f'{number!r} is not a number in the digits 0 to 9; write it out')
        return readings
