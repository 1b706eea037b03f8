# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The benchmark's page, in Markdown, with its CSV files and plots beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from av_fusion_ros.measuring.findings import Findings
from av_fusion_ros.measuring.performance_plots import write_plots
from av_fusion_ros.measuring.tables import tables
from av_fusion_ros.measuring.targets import verdicts

NAME = 'performance'


def write_page(folder: Path, found: Findings) -> str:
    """Write performance.md, performance_*.csv and performance_*.png; return the page."""
    folder.mkdir(parents=True, exist_ok=True)
    for table in (verdicts(found), *tables(found)):
        table.write(folder / f'{NAME}_{table.name}.csv')
    plots = write_plots(folder, NAME, found)
    text = '\n'.join(_lines(found, plots)) + '\n'
    (folder / f'{NAME}.md').write_text(text, encoding='utf-8')
    return text


def _lines(found: Findings, plots: dict[str, str]) -> Iterator[str]:
    yield '# Performance'
    yield ''
    yield f'`{found.command}` on {found.machine}. Load average {found.load_before:.1f} before and '
    yield f'{found.load_after:.1f} after: above about 1 before, other work was running, and wall '
    yield 'times and latencies are longer than on a quiet machine; CPU figures are little changed.'
    yield ''
    yield f'Shown and played: {found.material}; {found.camera}.'
    for name, meant in found.backends.items():
        yield f'`{name}` is {meant}.'
    for reason in found.left_out:
        yield f'Left out: {reason}.'
    for table in (verdicts(found), *tables(found)):
        yield ''
        yield f'## {table.title}'
        yield ''
        yield from table.markdown()
        if table.note:
            yield ''
            yield table.note
        if table.name in plots:
            yield ''
            yield f'![{table.title}]({plots[table.name]})'
