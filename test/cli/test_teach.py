# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`av-fusion teach`: the file, the warnings, and examples heard by the shipped recogniser."""

from pathlib import Path

import pytest
import soundfile

from av_fusion_ros.cli import main
from av_fusion_ros.learning.phrase_examples import Heard, least_confidence
from av_fusion_ros.learning.splits import part_of, speech_commands_key
from av_fusion_ros.recognition.vocabulary import load_vocabulary

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / 'models' / 'av_fusion.safetensors'


@pytest.fixture
def commands(tmp_path):
    path = tmp_path / 'mine.yaml'
    path.write_text('# mine\ncommands:\n  - turn left\n  - go back\n')
    return path


def test_a_phrase_is_added_and_the_comment_stays(commands, capsys):
    assert main(['teach', 'Open  the gate', '--commands', str(commands), '--id', 'gate']) == 0
    assert commands.read_text().startswith('# mine\n')
    assert [p.text for p in load_vocabulary(commands).phrases][-1] == 'open the gate'
    assert "'gate'" in capsys.readouterr().out


def test_a_file_is_made_where_there_is_none(tmp_path):
    path = tmp_path / 'new.yaml'
    assert main(['teach', 'open the gate', '--commands', str(path)]) == 0
    assert load_vocabulary(path).phrases[0].id == 'open_the_gate'


def test_a_phrase_that_sounds_like_another_is_told_of(commands, capsys):
    assert main(['teach', 'burn left', '--commands', str(commands)]) == 0
    assert "sounds like 'turn left': 1 of" in capsys.readouterr().err


def test_what_cannot_be_pronounced_is_one_line_and_changes_nothing(commands, capsys):
    before = commands.read_text()
    assert main(['teach', 'xyzzyplugh', '--commands', str(commands)]) == 2
    assert 'no pronunciation' in capsys.readouterr().err
    assert commands.read_text() == before


def test_a_dry_run_writes_nothing(commands):
    before = commands.read_text()
    assert main(['teach', 'open the gate', '--commands', str(commands), '--dry-run']) == 0
    assert commands.read_text() == before


def test_real_examples_are_heard_and_wrong_ones_keep_the_phrase_out(
    commands, shared_data, tmp_path, capsys
):
    words = sorted((shared_data / 'speech_commands').rglob('*_nohash_*'))
    clips = [
        path
        for path in words
        if path.name.startswith('stop') or path.parent.name == 'stop'
        if part_of(speech_commands_key(path)) == 'test'
    ][:2]
    if not clips:
        pytest.skip('no Speech Commands clip of "stop" among the recordings')
    before = commands.read_text()
    arguments = ['--commands', str(commands), '--model', str(MODEL), '--examples']
    assert main(['teach', 'follow me', *arguments, *map(str, clips)]) == 1
    assert commands.read_text() == before
    silence = tmp_path / 'silence.wav'
    soundfile.write(silence, [0.0] * 16000, 16000)
    main(['teach', 'stop', *arguments, *map(str, clips), str(silence), '--anyway'])
    told = capsys.readouterr().out
    assert "'stop', confidence" in told
    assert 'silence.wav: nothing' in told
    assert load_vocabulary(commands).phrases[-1].text == 'stop'


@pytest.mark.parametrize(
    ('confidences', 'limit'),
    [((0.9, 0.8), None), ((0.9, 0.8, 0.7), 0.56), ((0.1, 0.9, 0.9), 0.2), ((1.0,) * 3, 0.8)],
)
def test_the_limit_comes_from_the_least_sure_example(confidences, limit):
    examples = [Heard(Path('x.wav'), 'stop', c) for c in confidences]
    assert least_confidence('stop', examples) == limit


def test_an_example_that_is_not_understood_gives_no_limit():
    examples = [Heard(Path('x.wav'), text, 0.9) for text in ('stop', 'stop', 'stop', 'go')]
    assert least_confidence('stop', examples) is None
