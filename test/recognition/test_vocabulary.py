# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Command files: what they mean, and what each mistake is answered with."""

import shutil
from pathlib import Path

import pytest
import yaml

from av_fusion_ros.recognition.errors import VocabularyError
from av_fusion_ros.recognition.letter_to_sound import espeak_phonemes
from av_fusion_ros.recognition.lexicon import Lexicon
from av_fusion_ros.recognition.vocabulary import load_vocabulary, parse_vocabulary

CONFIG = Path(__file__).resolve().parents[2] / 'config'


def test_a_phrase_with_a_slot_becomes_parts_with_choices() -> None:
    vocabulary = parse_vocabulary(
        {'slots': {'letter': ['a', 'b']}, 'commands': ['bring a box to {letter}']}
    )
    (phrase,) = vocabulary.phrases
    assert phrase.id == 'bring_a_box_to_letter'
    (parts,) = phrase.variants
    assert [part.slot for part in parts] == ['', '', '', '', 'letter']
    # In running text the article, as a slot's value the letter.
    assert ('AH',) in parts[1].choices[0][0].pronunciations
    assert parts[4].choices[0][0].pronunciations == (('EY',),)


def test_aliases_are_variants_of_one_command() -> None:
    vocabulary = parse_vocabulary({'commands': [{'phrase': 'stop', 'aliases': ['halt']}]})
    assert len(vocabulary.phrases) == 1
    assert len(vocabulary.phrases[0].variants) == 2


def test_overrides_replace_the_dictionary_and_drop_stress() -> None:
    vocabulary = parse_vocabulary({'pronunciations': {'dock': ['D AO1 K']}, 'commands': ['dock']})
    assert vocabulary.phrases[0].variants[0][0].choices[0][0].pronunciations == (('D', 'AO', 'K'),)


def test_digits_are_read_one_by_one() -> None:
    assert Lexicon().pronounce('29') == (('T', 'UW', 'N', 'AY', 'N'),)


def test_every_letter_has_a_name() -> None:
    lexicon = Lexicon()
    names = {lexicon.pronounce(letter, spelled=True) for letter in 'abcdefghijklmnopqrstuvwxyz'}
    assert len(names) == 26


def test_the_fallback_is_asked_only_for_unlisted_words() -> None:
    asked = []

    def guess(word: str) -> tuple[str, ...]:
        asked.append(word)
        return ('B', 'AA')

    lexicon = Lexicon(letter_to_sound=guess)
    assert lexicon.pronounce('stop') == (('S', 'T', 'AA', 'P'),)
    assert lexicon.pronounce('zzyzxq') == (('B', 'AA'),)
    assert asked == ['zzyzxq']


def test_espeak_says_a_word_nobody_listed() -> None:
    if shutil.which('espeak-ng') is None:
        pytest.skip('espeak-ng is not installed')
    assert espeak_phonemes('quuxify') == ('K', 'W', 'AH', 'K', 'S', 'IH', 'F', 'AY')


@pytest.mark.parametrize('name', ['commands', 'commands_grid', 'commands_keywords'])
def test_shipped_command_files_load(name: str) -> None:
    vocabulary = load_vocabulary(CONFIG / f'{name}.yaml')
    n_phrases = {'commands': 22, 'commands_grid': 1, 'commands_keywords': 10}[name]
    assert len(vocabulary.phrases) == n_phrases


ONE = ['stop']
MISTAKES = [
    ([], 'the file must be a mapping'),
    ({'comands': ONE}, 'unknown entries comands; known are language'),
    ({}, '"commands:" must be a list of at least one phrase'),
    ({'commands': {'a': 'b'}}, '"commands:" must be a list'),
    ({'commands': ['']}, 'the phrase of a command is empty'),
    ({'commands': [None]}, 'must be text, not None'),
    ({'commands': [True]}, 'put the word in quotes'),
    ({'commands': ['stop!']}, "holds 'stop!'"),
    ({'commands': [{'phrase': 'stop', 'alias': ['halt']}]}, 'unknown entries alias'),
    ({'commands': [{'phrase': 'stop', 'aliases': 'halt'}]}, 'must be a list of at least one'),
    ({'commands': ['go {way}']}, "unknown slot 'way' in 'go {way}'; slots are: none"),
    ({'commands': ['go {a} {a}'], 'slots': {'a': ['up']}}, "slot 'a' comes twice"),
    ({'commands': ONE, 'slots': {'a': []}}, "slot 'a' must be a list of at least one entry"),
    ({'commands': ONE, 'slots': {'a': ['up', 'up']}}, "slot 'a' lists up twice"),
    ({'commands': [{'id': 'x', 'phrase': 'stop'}, {'id': 'x', 'phrase': 'go'}]}, "the id 'x'"),
    ({'commands': ['stop', {'id': 'x', 'phrase': 'stop'}]}, 'can belong to one command only'),
    ({'commands': ['stop zzyzxq']}, "no pronunciation of 'zzyzxq'"),
    ({'commands': ONE, 'pronunciations': {'stop': 'S T QQ'}}, 'holds QQ; write CMU phonemes'),
    ({'commands': ONE, 'pronunciations': {'stop': ''}}, 'holds nothing'),
    ({'commands': ONE, 'language': 'de'}, "language 'de' has no pronunciations"),
    ({'commands': ONE, 'guess_unknown_words': 'maybe'}, 'write true or false'),
]


@pytest.mark.parametrize(('content', 'message'), MISTAKES, ids=[m for _, m in MISTAKES])
def test_each_mistake_is_named(content: object, message: str, tmp_path: Path) -> None:
    path = tmp_path / 'commands.yaml'
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(VocabularyError) as caught:
        load_vocabulary(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(VocabularyError, match=r'cannot read the command file .*nowhere\.yaml'):
        load_vocabulary(tmp_path / 'nowhere.yaml')


def test_bad_yaml_is_named(tmp_path: Path) -> None:
    path = tmp_path / 'commands.yaml'
    path.write_text('commands: [stop')
    with pytest.raises(VocabularyError, match='is not valid YAML'):
        load_vocabulary(path)


def test_a_missing_dictionary_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr('importlib.util.find_spec', lambda name: None)
    monkeypatch.setattr('av_fusion_ros.recognition.lexicon._IN_DEBIAN', tmp_path / 'none')
    with pytest.raises(VocabularyError, match='pip install pocketsphinx'):
        Lexicon().pronounce('stop')
