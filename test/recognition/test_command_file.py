# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Adding a phrase to a command file leaves everything else as it was."""

from pathlib import Path

import pytest
import yaml

from av_fusion_ros.recognition.command_file import with_command, write_command_file
from av_fusion_ros.recognition.confusable import confusable, edits
from av_fusion_ros.recognition.errors import VocabularyError
from av_fusion_ros.recognition.vocabulary import load_vocabulary, parse_vocabulary

SHIPPED = Path(__file__).resolve().parents[2] / 'config' / 'commands.yaml'

LAYOUTS = {
    'shipped': SHIPPED.read_text(),
    'flow': 'commands: [stop, "go back"]  # two\n',
    'unindented': 'commands:\n- stop\n# the end\n\nlanguage: en-US\n',
    'mapping last': 'commands:\n  - id: a\n    phrase: stop\n\n  # a comment\nslots:\n  x: [one]\n',
    'no newline at the end': 'commands:\n  - stop',
    'comment on the last': 'commands:\n  - stop  # now\n',
}


@pytest.mark.parametrize('layout', LAYOUTS)
def test_the_phrase_is_added_and_every_line_of_the_file_stays(layout):
    before = LAYOUTS[layout]
    after = with_command(before, 'open the gate')
    was, now = yaml.safe_load(before), yaml.safe_load(after)
    assert now.pop('commands') == [*was.pop('commands'), {'phrase': 'open the gate'}]
    assert now == was
    if layout != 'flow':
        assert [line for line in after.split('\n') if line in before.split('\n')] == (
            before.split('\n')
        )


def test_an_id_and_a_limit_are_written(tmp_path):
    text = with_command(SHIPPED.read_text(), 'open the gate', 'gate', 0.42)
    vocabulary = write_command_file(tmp_path / 'mine.yaml', text)
    assert (vocabulary.phrases[-1].id, vocabulary.phrases[-1].min_confidence) == ('gate', 0.42)
    assert load_vocabulary(tmp_path / 'mine.yaml') == vocabulary


def test_words_that_yaml_reads_otherwise_are_quoted():
    text = with_command('commands: \n  - stop\n', 'off')
    assert yaml.safe_load(text)['commands'][-1]['phrase'] == 'off'


@pytest.mark.parametrize(
    ('phrase', 'why'),
    [
        ('xyzzyplugh', 'no pronunciation'),
        ('stop', 'two commands'),
        ('halt', 'said for'),
        ('go to the {moon}', 'unknown slot'),
        ('', 'phrase'),
    ],
)
def test_a_phrase_that_cannot_be_used_is_refused(phrase, why):
    with pytest.raises(VocabularyError, match=why):
        with_command(SHIPPED.read_text(), phrase)


@pytest.mark.parametrize('text', ['', 'commands: []', 'commands: stop', '[1]', ': no [yaml'])
def test_a_file_without_a_list_of_commands_is_refused(text):
    with pytest.raises(VocabularyError):
        with_command(text, 'open the gate')


def test_a_file_that_cannot_be_written_stays_as_it_was(tmp_path):
    path = tmp_path / 'mine.yaml'
    path.write_text('commands: [stop]')
    with pytest.raises(VocabularyError):
        write_command_file(path, 'commands: []')
    assert path.read_text() == 'commands: [stop]'
    assert [p.name for p in tmp_path.iterdir()] == ['mine.yaml']


def test_a_link_to_a_command_file_stays_a_link(tmp_path):
    (tmp_path / 'real.yaml').write_text('commands: [stop]')
    (tmp_path / 'link.yaml').symlink_to(tmp_path / 'real.yaml')
    write_command_file(tmp_path / 'link.yaml', 'commands: [go back]')
    assert (tmp_path / 'link.yaml').is_symlink()
    assert (tmp_path / 'real.yaml').read_text() == 'commands: [go back]'


@pytest.mark.parametrize('limit', [-0.1, 1.5, 'high', True])
def test_a_limit_that_is_no_probability_is_refused(limit):
    with pytest.raises(VocabularyError, match='min_confidence'):
        parse_vocabulary({'commands': [{'phrase': 'stop', 'min_confidence': limit}]})


def alike(*phrases, slots=None):
    vocabulary = parse_vocabulary({'commands': list(phrases), 'slots': slots or {}})
    return [one.said for one in confusable(vocabulary, vocabulary.phrases[-1])]


def test_phrases_that_sound_alike_are_named_the_most_alike_first():
    assert alike('turn left', 'turn around', 'go back', 'burn left') == ['turn left']
    assert alike('bake it', 'take it', 'make it')[0] in ('bake it', 'take it')


def test_what_may_stand_in_a_slot_is_compared():
    slots = {'room': ['kitchen', 'garage']}
    assert alike('go to the {room}', 'go to the chicken', slots=slots) == ['go to the kitchen']


@pytest.mark.parametrize(
    ('a', 'b', 'expected'), [('', '', 0), ('AB', 'AB', 0), ('AB', 'B', 1), ('ABC', 'XBCD', 2)]
)
def test_edits_are_counted(a, b, expected):
    assert edits(tuple(a), tuple(b)) == expected


def test_a_limit_of_the_file_holds_for_the_commands_without_their_own():
    vocabulary = parse_vocabulary(
        {'min_confidence': 0.3, 'commands': ['wait', {'phrase': 'stop', 'min_confidence': 0}]}
    )
    assert [phrase.min_confidence for phrase in vocabulary.phrases] == [0.3, 0.0]
    assert parse_vocabulary({'commands': ['wait']}).phrases[0].min_confidence is None
    with pytest.raises(VocabularyError, match='min_confidence of the file is 2'):
        parse_vocabulary({'min_confidence': 2, 'commands': ['wait']})
