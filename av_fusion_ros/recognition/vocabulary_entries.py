# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The entries of a command file, checked one by one: each error says what is accepted.

All raise VocabularyError.
"""

from __future__ import annotations

import re
from typing import Any

from av_fusion_ros.recognition.errors import VocabularyError
from av_fusion_ros.recognition.lexicon import Pronunciation, parse_pronunciation

SLOT = re.compile(r'\{([^{}]*)\}')
_WORD = re.compile(r"[a-z0-9][a-z0-9'.-]*\Z")


def mapping(value: object, what: str, keys: tuple[str, ...] | None = None) -> dict[str, Any]:
    """A mapping with no other keys than ``keys``; ``what`` names it in an error."""
    if not isinstance(value, dict):
        raise VocabularyError(f'{what} must be a mapping (name: value), not {value!r}')
    if keys is not None and (unknown := [str(k) for k in value if k not in keys]):
        raise VocabularyError(
            f'{what} has unknown entries {", ".join(unknown)}; known are {", ".join(keys)}'
        )
    return value


def limit_of(value: object, what: str) -> float | None:
    """A least confidence, None where none is given; ``what`` names its place in an error."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise VocabularyError(f'min_confidence of {what} is {value!r}; write 0 to 1')
    return float(value)


def text_of(value: object, what: str) -> str:
    """Words in small letters with single spaces, and {slots}."""
    # YAML 1.1 reads a bare yes, no, on and off as booleans, where the user meant the word.
    if isinstance(value, bool):
        word = 'yes/on' if value else 'no/off'
        raise VocabularyError(
            f'{what}: YAML reads a bare {word} as {value}; put the word in quotes'
        )
    if not isinstance(value, str | int):
        raise VocabularyError(f'{what} must be text, not {value!r}')
    text = ' '.join(str(value).lower().replace('’', "'").split())
    if not text:
        raise VocabularyError(f'{what} is empty; write the words to be spoken')
    for word in SLOT.sub(' ', text).split():
        if not _WORD.match(word):
            raise VocabularyError(
                f'{what} holds {word!r} in {text!r}; use words of letters, digits, apostrophes '
                'and hyphens, and {slots}'
            )
    return text


def texts_of(value: object, what: str) -> tuple[str, ...]:
    """A list of at least one text, each once."""
    if not isinstance(value, list) or not value:
        raise VocabularyError(f'{what} must be a list of at least one entry, not {value!r}')
    texts = tuple(text_of(v, what) for v in value)
    if twice := sorted({t for t in texts if texts.count(t) > 1}):
        raise VocabularyError(f'{what} lists {", ".join(twice)} twice')
    return texts


def overrides_of(value: object) -> dict[str, tuple[Pronunciation, ...]]:
    """Pronunciations by word, as a command file gives them."""
    overrides = {}
    for key, spoken in mapping(value, 'pronunciations').items():
        word = text_of(key, 'a word under "pronunciations:"')
        listed = spoken if isinstance(spoken, list) else [spoken]
        overrides[word] = tuple(parse_pronunciation(str(text), word) for text in listed)
    return overrides
