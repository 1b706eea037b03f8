# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Adding a phrase to a command file; everything else in it, comments too, stays as it is."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import yaml

from av_fusion_ros.recognition.errors import VocabularyError
from av_fusion_ros.recognition.vocabulary import Vocabulary, parse_vocabulary

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9' -]*\Z")


def with_command(
    text: str, phrase: str, identifier: str = '', min_confidence: float | None = None
) -> str:
    """The YAML of a command file with one more command at the end of its list.

    The list may be in block or flow style. Raises VocabularyError where the file has no such list,
    or could not be used with the phrase: not pronounceable, an unknown slot, said already.
    """
    try:
        root = yaml.compose(text)
    except yaml.YAMLError as error:
        raise VocabularyError(f'the command file is not valid YAML: {error}') from error
    entries = root.value if isinstance(root, yaml.MappingNode) else []
    commands = next((value for key, value in entries if key.value == 'commands'), None)
    if not isinstance(commands, yaml.SequenceNode) or not commands.value:
        raise VocabularyError('"commands:" must be a list of at least one phrase')
    entry = {'phrase': phrase}
    if identifier:
        entry = {'id': identifier, **entry}
    if commands.flow_style:
        place = commands.value[-1].end_mark.index
        fields = (
            {**entry} if min_confidence is None else {**entry, 'min_confidence': min_confidence}
        )
        added = f', {json.dumps(fields)}'
    else:
        place, added = _block_entry(text, commands, entry, min_confidence)
    changed = text[:place] + added + text[place:]
    before, after = (yaml.safe_load(version) for version in (text, changed))
    parse_vocabulary(after, 'with this phrase')
    if len(after['commands']) != len(before['commands']) + 1:
        raise VocabularyError(
            'the phrase cannot be added without rewriting the file; add it by hand'
        )
    return changed


def _block_entry(
    text: str, commands: yaml.SequenceNode, entry: dict[str, str], min_confidence: float | None
) -> tuple[int, str]:
    """Where in ``text`` an entry goes, below the last one, and its lines."""
    last = commands.value[-1]
    end = last.end_mark.index
    # A block mapping's end mark is where the next thing begins; comments before that are not its.
    lines = text[last.start_mark.index : end].split('\n')
    while len(lines) > 1 and (not lines[-1].strip() or lines[-1].lstrip().startswith('#')):
        lines.pop()
    place = last.start_mark.index + len('\n'.join(lines))
    rest = text.find('\n', place)
    place = len(text) if rest < 0 else rest
    indent = ' ' * commands.start_mark.column
    fields = [f'{name}: {_scalar(value)}' for name, value in entry.items()]
    if min_confidence is not None:
        fields.append(f'min_confidence: {min_confidence:g}')
    return place, f'\n{indent}- ' + f'\n{indent}  '.join(fields)


def _scalar(text: str) -> str:
    """Plain where YAML reads it as this very text, else quoted."""
    plain = _PLAIN.match(text) and yaml.safe_load(text) == text
    return text if plain else json.dumps(text)


def write_command_file(path: Path, text: str) -> Vocabulary:
    """Replace a command file, whole or not at all; returns what it says.

    Raises VocabularyError for what cannot be used or written; the file is then as it was.
    """
    vocabulary = parse_vocabulary(yaml.safe_load(text), str(path))
    path = path.resolve()  # what a link points to is replaced, not the link
    unfinished = path.with_name(f'.{path.name}.unfinished')
    try:
        with unfinished.open('w', encoding='utf-8') as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        if path.exists():
            unfinished.chmod(path.stat().st_mode & 0o777)
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise VocabularyError(f'cannot write the command file {path}: {error}') from error
    return vocabulary
