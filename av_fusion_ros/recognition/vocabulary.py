# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Commands as text: the phrases, slots and pronunciations of a command file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from av_fusion_ros.recognition.errors import VocabularyError
from av_fusion_ros.recognition.letter_to_sound import espeak_phonemes
from av_fusion_ros.recognition.lexicon import Lexicon, Pronunciation
from av_fusion_ros.recognition.vocabulary_entries import (
    SLOT,
    limit_of,
    mapping,
    overrides_of,
    text_of,
    texts_of,
)
from av_fusion_ros.recognition.yaml_text import parsed_yaml

_KEYS = (
    'language',
    'slots',
    'pronunciations',
    'guess_unknown_words',
    'min_confidence',
    'commands',
)
_COMMAND_KEYS = ('id', 'phrase', 'aliases', 'min_confidence')


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word and every way it is pronounced."""

    text: str
    pronunciations: tuple[Pronunciation, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One place in a phrase: what may be said there; ``slot`` is '' for a fixed word."""

    slot: str
    choices: tuple[tuple[SpokenWord, ...], ...]


@dataclass(frozen=True, slots=True)
class Phrase:
    """One command; ``variants`` holds the phrase and its aliases as parts in spoken order.

    ``min_confidence`` is its own limit or the file's, None = the node's.
    """

    id: str
    text: str
    variants: tuple[tuple[Part, ...], ...]
    min_confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The phrases that can be recognised, with everything resolved to phonemes."""

    language: str
    phrases: tuple[Phrase, ...]
    slots: dict[str, tuple[str, ...]]
    source: str = ''


def load_vocabulary(path: Path | str) -> Vocabulary:
    """Read a command file. Raises VocabularyError saying what is wrong and what to do."""
    path = Path(path)
    try:
        text = path.read_text(encoding='utf-8')
    except (OSError, UnicodeDecodeError) as error:
        raise VocabularyError(
            f'cannot read the command file {path}: {error}; give the path of a YAML file such as '
            'config/commands.yaml'
        ) from error
    try:
        content = parsed_yaml(text)
    except yaml.YAMLError as error:
        raise VocabularyError(f'{path} is not valid YAML: {error}') from error
    return parse_vocabulary(content, str(path))


def parse_vocabulary(content: object, source: str = 'vocabulary') -> Vocabulary:
    """Build a vocabulary from the mapping a command file holds; see config/commands.yaml.

    Raises VocabularyError naming ``source`` and the entry that is wrong.
    """
    try:
        return _Parser(content, source).vocabulary()
    except VocabularyError as error:
        raise VocabularyError(f'{source}: {error}') from error


class _Parser:
    def __init__(self, content: object, source: str) -> None:
        top = mapping(content, 'the file', _KEYS)
        self._source = source
        self._language = str(top.get('language', 'en-US'))
        if not self._language.lower().startswith('en'):
            raise VocabularyError(
                f'language {self._language!r} has no pronunciations here; use en-US or en-GB'
            )
        voice = 'en-gb' if self._language.lower() == 'en-gb' else 'en-us'
        guess = top.get('guess_unknown_words', False)
        if not isinstance(guess, bool):
            raise VocabularyError(f'guess_unknown_words is {guess!r}; write true or false')
        self._lexicon = Lexicon(
            overrides_of(top.get('pronunciations') or {}),
            (lambda word: espeak_phonemes(word, voice)) if guess else None,
        )
        slots = mapping(top.get('slots') or {}, 'slots')
        self._slots = {str(name): texts_of(v, f'slot {name!r}') for name, v in slots.items()}
        self._limit = limit_of(top.get('min_confidence'), 'the file')
        self._commands = top.get('commands')

    def vocabulary(self) -> Vocabulary:
        if not isinstance(self._commands, list) or not self._commands:
            raise VocabularyError('"commands:" must be a list of at least one phrase')
        phrases: dict[str, Phrase] = {}
        said: dict[str, str] = {}
        for entry in self._commands:
            phrase, texts = self._phrase(entry)
            if phrase.id in phrases:
                raise VocabularyError(f'two commands have the id {phrase.id!r}; ids must differ')
            for text in texts:
                if text in said:
                    raise VocabularyError(
                        f'{text!r} is said for {said[text]!r} and again for {phrase.id!r}; '
                        'a phrase can belong to one command only'
                    )
                said[text] = phrase.id
            phrases[phrase.id] = phrase
        return Vocabulary(self._language, tuple(phrases.values()), self._slots, self._source)

    def _phrase(self, entry: object) -> tuple[Phrase, list[str]]:
        if isinstance(entry, dict):
            command = mapping(entry, 'a command', _COMMAND_KEYS)
        else:
            command = {'phrase': entry}
        text = text_of(command.get('phrase'), 'the phrase of a command')
        aliases = command.get('aliases') or []
        alias_texts = list(texts_of(aliases, f'aliases of {text!r}')) if aliases else []
        identifier = str(command.get('id') or re.sub(r'[^a-z0-9]+', '_', text).strip('_'))
        texts = [text, *alias_texts]
        own = limit_of(command.get('min_confidence'), repr(text))
        limit = self._limit if own is None else own
        return Phrase(identifier, text, tuple(self._parts(t) for t in texts), limit), texts

    def _parts(self, text: str) -> tuple[Part, ...]:
        parts: list[Part] = []
        for piece in SLOT.sub(lambda m: ' {' + m.group(1).strip() + '} ', text).split():
            if not piece.startswith('{'):
                parts.append(Part('', (self._words(piece, spelled=False),)))
                continue
            name = piece[1:-1]
            if name not in self._slots:
                known = ', '.join(self._slots) or 'none'
                raise VocabularyError(
                    f'unknown slot {name!r} in {text!r}; slots are: {known}; add it to "slots:"'
                )
            if any(part.slot == name for part in parts):
                raise VocabularyError(
                    f'slot {name!r} comes twice in {text!r}; give the second one a name of its '
                    'own under "slots:"'
                )
            values = self._slots[name]
            parts.append(Part(name, tuple(self._words(v, spelled=True) for v in values)))
        return tuple(parts)

    def _words(self, text: str, spelled: bool) -> tuple[SpokenWord, ...]:
        # In running text 'a' and 'i' are words; as a slot's whole value they are letters.
        letter = spelled and len(text) == 1
        return tuple(SpokenWord(w, self._lexicon.pronounce(w, letter)) for w in text.split())
