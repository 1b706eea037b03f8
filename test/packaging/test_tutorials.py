# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The tutorials' commands are run; those that need what is not here are checked otherwise."""

import ast
import os
import runpy
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / 'docs' / 'tutorials').glob('*.md'))
LIMIT_S = 300.0
TOOL = runpy.run_path(str(Path(__file__).with_name('tutorial_blocks.py')))
blocks_of, commands_of, check = TOOL['blocks_of'], TOOL['commands_of'], TOOL['check']


def marked(page):
    """The page as a test parameter; slow where it starts a graph."""
    script = ''.join(b.text for b in blocks_of(page) if b.kind == 'run')
    slow = [pytest.mark.slow] if 'av-fusion up' in script else []
    return pytest.param(page, marks=slow, id=page.stem)


@pytest.fixture
def folder(tmp_path):
    """An empty folder with this checkout's av-fusion and python3 first on the path."""
    programs = tmp_path / 'bin'
    programs.mkdir()
    for name, arguments in (('av-fusion', '-m av_fusion_ros.cli '), ('python3', '')):
        (programs / name).write_text(f'#!/bin/sh\nexec {sys.executable} {arguments}"$@"\n')
        (programs / name).chmod(0o755)
    work = tmp_path / 'work'
    work.mkdir()
    return work


@pytest.mark.parametrize('page', [marked(page) for page in PAGES])
def test_the_commands_of_the_page_run(page, folder):
    blocks = blocks_of(page)
    script = ''.join(block.text for block in blocks if block.kind == 'run')
    if not script:
        pytest.skip('all of its commands need what is not here; their arguments are checked')
    for block in blocks:
        if block.kind == 'file':
            (folder / block.detail).write_text(block.text)
    environment = os.environ | {
        'PATH': os.pathsep.join([str(folder.parent / 'bin'), os.environ['PATH']]),
        'PYTHONPATH': str(ROOT),
    }
    process = subprocess.Popen(
        ['bash', '-mc', f'set -eo pipefail\n{script}'],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=LIMIT_S)
    finally:
        end_session(process.pid)
    assert process.returncode == 0, output[-4000:]


def end_session(session):
    """End what a failed script has left running: the processes of its session."""
    for entry in Path('/proc').glob('[0-9]*'):
        try:
            if os.getsid(int(entry.name)) == session:
                os.kill(int(entry.name), signal.SIGTERM)
        except (ProcessLookupError, PermissionError):
            continue


@pytest.mark.parametrize('page', PAGES, ids=lambda page: page.stem)
def test_every_block_of_commands_is_run_or_says_why_not(page):
    bare = [b.text for b in blocks_of(page) if b.language == 'bash' and b.kind != 'run']
    reasons = [b.detail for b in blocks_of(page) if b.kind == 'check']
    assert len(bare) == len(reasons)
    assert all(len(reason) > 8 for reason in reasons)


def checked():
    for page in PAGES:
        for block in blocks_of(page):
            if block.kind == 'check':
                for words in commands_of(block):
                    yield pytest.param(page, words, id=f'{page.stem}: {" ".join(words)[:60]}')


@pytest.mark.parametrize(('page', 'words'), list(checked()))
def test_the_arguments_of_what_is_not_run_are_accepted(page, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for block in blocks_of(page):
        if block.kind == 'file':
            Path(block.detail).write_text(block.text)
    check(words)


@pytest.mark.parametrize(
    'line',
    [
        'av-fusion up --colour red',
        'av-fusion up -p fusion:min_confidence:=2.0',
        'av-fusion up -p fusion:volume:=2.0',
        'av-fusion up -r picture:=/camera',
        'ros2 launch av_fusion_ros fusion.launch.py picture_topic:=/camera',
        'ros2 run av_fusion_ros listener --ros-args',
        'ros2 param set /fusion lateness_s early',
        'torchrun --nnodes 2 -m av_fusion_ros.cli train --colour red',
        'torchrun --machines 2 -m av_fusion_ros.cli train',
        'rm -r everything',
    ],
)
def test_a_wrong_argument_would_be_found(line, capsys):
    with pytest.raises((AssertionError, SystemExit)):
        check(line.split())


@pytest.mark.parametrize('page', PAGES, ids=lambda page: page.stem)
def test_every_python_block_is_python(page):
    for block in blocks_of(page):
        if block.language == 'python':
            ast.parse(block.text)
