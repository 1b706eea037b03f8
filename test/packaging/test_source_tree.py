# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What must hold for every file of the tree: licence headers, and nothing of one machine."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEADER = (
    '# Copyright 2026 The av_fusion_ros authors',
    '# SPDX-License-Identifier: Apache-2.0',
)
LARGEST_FILE_MB = 20

# Folders that exist on one person's machine: homes, temporary folders, a workplace.
MACHINE_PATH = re.compile(r'(?<![\w.~$}/-])/(?:home|root|Users|work|tmp|mnt|scratch)/[\w.-]+')


def tracked_files() -> list[Path]:
    listed = subprocess.run(
        ['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip('not a git checkout')
    paths = [ROOT / name for name in listed.stdout.decode().split('\0') if name]
    return [path for path in paths if path.is_file()]


def text_of(path: Path) -> str:
    """The file's text; empty for a binary file."""
    data = path.read_bytes()
    return '' if b'\0' in data[:8192] else data.decode('utf-8')


def is_source(path: Path) -> bool:
    return path.suffix in {'.py', '.sh', '.cmake'} or path.name in {'CMakeLists.txt', 'Makefile'}


def test_every_source_file_states_its_licence() -> None:
    sources = [path for path in tracked_files() if is_source(path)]
    assert sources
    bare = []
    for path in sources:
        lines = text_of(path).splitlines()
        first = 1 if lines and lines[0].startswith('#!') else 0
        if tuple(lines[first : first + 2]) != HEADER:
            bare.append(str(path.relative_to(ROOT)))
    assert not bare, f'no licence header: {bare}'


def test_no_file_names_a_path_of_one_machine() -> None:
    found = []
    for path in tracked_files():
        for number, line in enumerate(text_of(path).splitlines(), 1):
            if MACHINE_PATH.search(line):
                found.append(f'{path.relative_to(ROOT)}:{number}: {line.strip()}')
    assert not found, '\n'.join(found)


@pytest.mark.parametrize(
    ('line', 'named'),
    [
        ('open("/ho' + 'me/ann/x.bag")', True),
        ('cd /wo' + 'rk/main', True),
        ('$HOME/tmp/x', False),
        ('https://example.org/home/page', False),
        ('share/wo' + 'rk/main', False),
    ],
)
def test_the_search_for_machine_paths_finds_them(line: str, named: bool) -> None:
    assert bool(MACHINE_PATH.search(line)) == named


def test_no_file_is_too_large_for_a_repository() -> None:
    large = [
        f'{path.relative_to(ROOT)}: {path.stat().st_size / 2**20:.1f} MB'
        for path in tracked_files()
        if path.stat().st_size > LARGEST_FILE_MB * 2**20
    ]
    assert not large, large
