# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Completion of `av-fusion` by the tab key, asked of the real shells."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from av_fusion_ros import cli

ROOT = Path(__file__).resolve().parents[2]
NAMES = {command.name for command in cli.COMMANDS}


@pytest.fixture
def shell(tmp_path):
    """`shell(name, script)`: what a shell prints that finds this checkout's av-fusion."""
    command = tmp_path / 'bin' / 'av-fusion'
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m av_fusion_ros.cli "$@"\n')
    command.chmod(0o755)
    environment = os.environ | {
        'PATH': os.pathsep.join([str(command.parent), os.environ['PATH']]),
        'PYTHONPATH': str(ROOT),
        'HOME': str(tmp_path),
    }

    def run(name, script):
        if shutil.which(name) is None:
            pytest.skip(f'no {name} here')
        done = subprocess.run(
            [name, '-c', script],
            capture_output=True,
            text=True,
            env=environment,
            cwd=tmp_path,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.split('\n')

    return run


def in_bash(words):
    """A script that presses tab after the words."""
    quoted = ' '.join(f"'{word}'" for word in words)
    line = ' '.join(words)
    return (
        'eval "$(av-fusion completion bash)"\n'
        f"COMP_LINE='{line}' COMP_POINT={len(line)} COMP_WORDS=({quoted}) COMP_TYPE=9\n"
        f'COMP_CWORD={len(words) - 1}\n'
        '_python_argcomplete av-fusion\n'
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )


@pytest.mark.parametrize(
    ('words', 'wanted'),
    [
        (['av-fusion', ''], NAMES),
        (['av-fusion', 'repo'], {'report'}),
        (['av-fusion', 'completion', ''], {'bash', 'zsh', 'fish'}),
        (['av-fusion', 'replay', '--storage', ''], {'mcap', 'sqlite3'}),
        (['av-fusion', 'watch', '--on'], {'--once'}),
    ],
)
def test_bash_completes_commands_options_and_values(shell, words, wanted):
    given = {line.strip() for line in shell('bash', in_bash(words)) if line.strip()}
    if len(wanted) == 1:
        assert given == wanted
    else:
        assert wanted <= given


def test_bash_completes_files_where_a_bag_is_wanted(shell, tmp_path):
    (tmp_path / 'drive_bag').mkdir()
    assert 'drive_bag' in ''.join(shell('bash', in_bash(['av-fusion', 'report', 'dr'])))


def test_fish_completes(shell):
    lines = shell('fish', 'av-fusion completion fish | source; complete -C "av-fusion re"')
    assert {line.split('\t')[0].strip() for line in lines} >= {'report', 'replay', 'record'}


def test_zsh_takes_the_code_and_knows_who_completes(shell):
    script = (
        'autoload -U compinit; compinit -u -D\n'
        'eval "$(av-fusion completion zsh)"\nprint $_comps[av-fusion]'
    )
    assert '_python_argcomplete' in shell('zsh', script)


@pytest.mark.parametrize('name', sorted(NAMES))
def test_every_command_can_be_completed(name, tmp_path):
    """Its options are found, which an import that needs a graph or a device would prevent."""
    line = f'av-fusion {name} --de'
    answer = tmp_path / 'answer'
    environment = os.environ | {
        '_ARGCOMPLETE': '1',
        '_ARGCOMPLETE_IFS': '\n',
        '_ARGCOMPLETE_STDOUT_FILENAME': str(answer),
        'COMP_LINE': line,
        'COMP_POINT': str(len(line)),
    }
    subprocess.run(
        [sys.executable, '-m', 'av_fusion_ros.cli'],
        env=environment,
        cwd=ROOT,
        timeout=300,
        check=True,
    )
    assert '--debug' in answer.read_text()
