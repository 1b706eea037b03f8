# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`av-fusion teach`: a new command from its words."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av_fusion_ros.recognition.vocabulary import Vocabulary

HELP = """
Add a command to a command file. Nothing is trained: its words are looked up in the dictionary.
Phrases that sound like it are told of. A running fusion node reads the file again by itself.

With --examples, recordings of the phrase are played to the recogniser: is it understood, and how
surely? From three on, all of them understood, the command gets a confidence limit of its own. It
is added only if they are understood, unless --anyway is given.

  av-fusion teach "open the gate" --commands my_commands.yaml
  av-fusion teach "open the gate" --commands my_commands.yaml --examples gate_*.wav
"""

FAILURE = 'an example was not understood, and so the command was not added'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('phrase', help='the words; {slot} stands for a slot of the file')
    parser.add_argument(
        '--commands',
        type=Path,
        required=True,
        help='command file to add it to; where there is none, one with this command is made',
    )
    parser.add_argument('--id', default='', help='published name (default: the words with _)')
    parser.add_argument(
        '--examples', type=Path, nargs='+', default=[], help='sound files, or videos with sound'
    )
    parser.add_argument('--model', type=Path, help='checkpoint (default: the installed one)')
    parser.add_argument('--dry-run', action='store_true', help='check only; write nothing')
    parser.add_argument(
        '--anyway', action='store_true', help='add it though examples are not understood'
    )


def run(args: argparse.Namespace) -> int:
    import yaml

    from av_fusion_ros.recognition.command_file import with_command, write_command_file
    from av_fusion_ros.recognition.confusable import confusable
    from av_fusion_ros.recognition.vocabulary import parse_vocabulary

    phrase = ' '.join(args.phrase.lower().split())
    old = _text(args.commands)
    text = with_command(old, phrase, args.id) if old else _new_file(phrase, args.id)
    vocabulary = parse_vocabulary(yaml.safe_load(text), str(args.commands))
    added = vocabulary.phrases[-1]
    for alike in confusable(vocabulary, added):
        print(
            f'sounds like {alike.said!r}: {alike.edits} of {alike.phonemes} phonemes differ; '
            'expect them to be confused in noise',
            file=sys.stderr,
        )
    if args.examples:
        limit, understood = _heard(args, vocabulary, phrase)
        if not understood and not args.anyway:
            print('not added: not every example was understood (--anyway adds it)')
            return 1
        if limit is not None:
            text = (
                with_command(old, phrase, args.id, limit)
                if old
                else _new_file(phrase, args.id, limit)
            )
    if args.dry_run:
        print(f'could be added as {added.id!r}')
        return 0
    write_command_file(args.commands, text)
    print(f'added {phrase!r} as {added.id!r} to {args.commands}')
    return 0


def _text(path: Path) -> str:
    from av_fusion_ros.recognition.errors import VocabularyError

    try:
        return path.read_text(encoding='utf-8')
    except FileNotFoundError:
        return ''
    except (OSError, UnicodeDecodeError) as error:
        raise VocabularyError(f'cannot read the command file {path}: {error}') from error


def _new_file(phrase: str, identifier: str, limit: float | None = None) -> str:
    import yaml

    from av_fusion_ros.recognition.vocabulary import parse_vocabulary

    command: dict[str, object] = {'phrase': phrase}
    if identifier:
        command = {'id': identifier, **command}
    if limit is not None:
        command['min_confidence'] = limit
    content = {'language': 'en-US', 'commands': [command]}
    parse_vocabulary(content, 'the new command file')
    return yaml.safe_dump(content, sort_keys=False)


def _heard(
    args: argparse.Namespace, vocabulary: Vocabulary, phrase: str
) -> tuple[float | None, bool]:
    """The limit that the examples ask for, and whether all of them were understood."""
    from rich.progress import track

    from av_fusion_ros.learning.phrase_examples import ExampleListener, least_confidence
    from av_fusion_ros.nodes.installed_files import package_file, shipped_model
    from av_fusion_ros.recognition.backend import open_backend
    from av_fusion_ros.recognition.confidence import Calibration, load_calibration

    model = args.model or shipped_model()
    fitted = model.with_suffix('.calibration.json')
    calibration = load_calibration(fitted) if fitted.is_file() else Calibration()
    backend, spec = open_backend(model, graph_folders=[package_file('models')])
    listener = ExampleListener(backend, spec, vocabulary, calibration)
    heard = [listener.listen(path) for path in track(args.examples, description='examples')]
    for one in heard:
        what = f'{one.text!r}, confidence {one.confidence:.2f}' if one.text else 'nothing'
        print(f'{one.path.name}: {what}')
    limit = least_confidence(phrase, heard)
    right = [one for one in heard if one.text == phrase]
    print(f'{len(right)} of {len(heard)} examples understood')
    if limit is not None:
        print(f'its own confidence limit: {limit:g}')
    return limit, len(right) == len(heard)
