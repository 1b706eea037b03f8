# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Every link of the documentation leads to a file of this tree and to a heading in it."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r'(?<!`)!?\[[^\]]*\]\(([^)\s]+)\)')
HEADING = re.compile(r'^#+ (.+)$', re.MULTILINE)
FENCED = re.compile(r'^```.*?^```', re.MULTILINE | re.DOTALL)


def pages() -> list[Path]:
    listed = subprocess.run(
        ['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard', '*.md'],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode != 0:
        return []
    found = [ROOT / name for name in listed.stdout.decode().split('\0') if name]
    return sorted(path for path in found if path.is_file())


def anchors(page: Path) -> set[str]:
    """The anchors that Markdown viewers make of a page's headings."""
    text = FENCED.sub('', page.read_text(encoding='utf-8'))
    plain = [re.sub(r'[^\w\- ]', '', heading.strip().lower()) for heading in HEADING.findall(text)]
    return {heading.replace(' ', '-') for heading in plain}


def broken(page: Path) -> list[str]:
    """The page's links that lead nowhere."""
    lost = []
    for target in LINK.findall(FENCED.sub('', page.read_text(encoding='utf-8'))):
        if re.match(r'[a-z]+:', target):
            continue  # another site: not to be asked in a test
        name, _, anchor = target.partition('#')
        file = page.parent / name if name else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            lost.append(target)
    return lost


@pytest.mark.parametrize('page', pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    assert not broken(page)


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    page = tmp_path / 'page.md'
    page.write_text('# A head, two\n[a](#a-head-two) [b](#c) [d](gone.md) [e](https://e.org/)\n')
    assert broken(page) == ['#c', 'gone.md']


def test_every_page_of_docs_is_reached_from_the_index() -> None:
    """docs/README.md leads to each of them, directly or by a page in between."""
    named = {ROOT / 'docs' / 'README.md'}
    for _ in range(2):
        for page in [each for each in named if each.suffix == '.md' and each.is_file()]:
            links = LINK.findall(page.read_text(encoding='utf-8'))
            named |= {(page.parent / link.partition('#')[0]).resolve() for link in links}
    lost = [
        str(page.relative_to(ROOT))
        for page in pages()
        if (ROOT / 'docs') in page.parents and page.name != 'README.md' and page not in named
    ]
    assert not lost, f'not reached from docs/README.md: {lost}'
