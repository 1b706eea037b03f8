# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Every field and constant of every interface says what it means, numbers with their unit."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
INTERFACES = sorted([*ROOT.glob('msg/*.msg'), *ROOT.glob('srv/*.srv')])

FIELD = re.compile(r'^(?P<type>[A-Za-z][\w/]*(?:<=\d+)?(?:\[[^\]]*\])?)\s+(?P<name>[A-Za-z]\w*)')
# How a unit or a range begins a comment: [Hz], [0, 1], [m]; "1 to 32", "one of ..." do as well.
FLOAT_MEANING = re.compile(r'\[[^\]]+\]|no unit|log-likelihood|as in \w+')


@dataclass(frozen=True)
class Line:
    """One field or constant of an interface file."""

    type: str
    name: str
    comment: str
    constant: bool


def lines_of(path: Path) -> list[Line]:
    found = []
    for text in path.read_text(encoding='utf-8').splitlines():
        code, _, comment = text.partition('#')
        match = FIELD.match(code)
        if match:
            constant = '=' in code[match.end() :]
            found.append(Line(match['type'], match['name'], comment.strip(), constant))
    return found


def test_a_field_without_a_comment_would_be_noticed(tmp_path: Path) -> None:
    path = tmp_path / 'Sample.msg'
    path.write_text('# Head.\nfloat32[4] box\nuint8 LEVEL=1  # why\nstring<=8 name # who\n')
    assert lines_of(path) == [
        Line('float32[4]', 'box', '', False),
        Line('uint8', 'LEVEL', 'why', True),
        Line('string<=8', 'name', 'who', False),
    ]


@pytest.mark.parametrize('path', INTERFACES, ids=lambda path: path.name)
def test_the_file_opens_with_what_it_is(path: Path) -> None:
    first = path.read_text(encoding='utf-8').splitlines()[0]
    assert re.match(r'# \S+.* \S+', first), f'{path.name} must open with a comment on its purpose'


@pytest.mark.parametrize('path', INTERFACES, ids=lambda path: path.name)
def test_every_field_is_documented(path: Path) -> None:
    fields = [line for line in lines_of(path) if not line.constant]
    assert fields, f'{path.name} has no field'
    bare = [line.name for line in fields if len(line.comment) < 8]
    assert not bare, f'{path.name}: no comment on {", ".join(bare)}'


@pytest.mark.parametrize('path', INTERFACES, ids=lambda path: path.name)
def test_every_floating_point_field_gives_its_unit_or_range(path: Path) -> None:
    bare = [
        line.name
        for line in lines_of(path)
        if line.type.startswith('float') and not FLOAT_MEANING.search(line.comment)
    ]
    assert not bare, f'{path.name}: no unit or range for {", ".join(bare)}'


@pytest.mark.parametrize('path', INTERFACES, ids=lambda path: path.name)
def test_constants_of_one_kind_differ(path: Path) -> None:
    for prefix in {line.name.split('_')[0] for line in lines_of(path) if line.constant}:
        pattern = rf'^\S+\s+({prefix}_\w+)\s*=\s*(\S+)'
        pairs = re.findall(pattern, path.read_text(encoding='utf-8'), re.MULTILINE)
        values = [value for _, value in pairs]
        assert len(values) == len(set(values)), f'{path.name}: two {prefix}_* have one value'
