# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The page, the tables and the figure of the ablations."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from benchmarks.ablations.comparisons import COMPARISONS, Comparison, Metric
from benchmarks.ablations.figure import draw
from benchmarks.ablations.results import Results
from benchmarks.ablations.summary import Estimate, Row, relative_gain, rows


def write_report(folder: Path, results: Results, seeds: Sequence[int], heading: str) -> str:
    """Write runs.csv, differences.csv, ablations.png and summary.md; returns the page."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = {c.key: table for c in COMPARISONS if (table := rows(c, results, seeds))}
    chosen = [result for result in results if result.seed in seeds]
    with (folder / 'runs.csv').open('w', newline='') as stream:
        writer = csv.writer(stream)
        columns = ('family', 'variant', 'seed', 'parameters', 'train_cpu_s', 'figure', 'value')
        writer.writerow(columns)
        for r in chosen:
            for name, value in r.figures.items():
                run = (r.family, r.variant, r.seed, r.parameters, r.train_cpu_s)
                writer.writerow((*run, name, f'{value:.6g}'))
    with (folder / 'differences.csv').open('w', newline='') as stream:
        writer = csv.writer(stream)
        writer.writerow(
            ('comparison', 'figure', 'variant', 'seeds', 'mean', 'deviation',
             'ours_less_it', 'low', 'high')
        )  # fmt: skip
        for key, table in tables.items():
            for row in table:
                writer.writerow((key, row.metric.name, row.variant, *_numbers(row)))
    draw(folder / 'ablations.png', tables)
    parts = [heading]
    for comparison in COMPARISONS:
        if comparison.key in tables:
            parts += [*section(comparison, tables[comparison.key], results, seeds), '']
    page = '\n'.join(parts).rstrip() + '\n'
    (folder / 'summary.md').write_text(page)
    return page


def section(
    comparison: Comparison, table: Sequence[Row], results: Results, seeds: Sequence[int]
) -> list[str]:
    """One comparison: who took part, figures, differences, and the article's claim."""
    arms = (comparison.ours, *comparison.others)
    lines = [f'## {comparison.key}. {comparison.title}', '', comparison.note, '']
    lines += ['| arm | parameters | training, processor time |', '|---|---|---|']
    for arm in arms:
        found = [r for s in seeds if (r := results.find(comparison.family, arm, s)) is not None]
        cpu_s = sum(r.train_cpu_s for r in found) / len(found)
        lines.append(f'| {arm} | {found[0].parameters:,} | {cpu_s:.0f} s |')
    n = len(table[0].values)
    lines += [
        '',
        f'Mean and standard deviation over {n} seeds; under it, {comparison.ours} less that',
    ]
    lines += ['arm, paired by seed, with 95 % interval (bold where it leaves out zero).', '']
    lines += ['| figure | ' + ' | '.join(arms) + ' |', '|---' * (len(arms) + 1) + '|']
    for metric in comparison.metrics:
        own = {row.variant: row for row in table if row.metric is metric}
        cells = [_cell(own[arm]) if arm in own else '' for arm in arms]
        lines.append(f'| {metric.label} | ' + ' | '.join(cells) + ' |')
    return [*lines, '', *claim_lines(comparison, table)]


def claim_lines(comparison: Comparison, table: Sequence[Row]) -> list[str]:
    """The article's claim beside what was measured, and whether they agree."""
    claim = comparison.claim
    if claim is None:
        return ['The source article states no figure for this.']
    lines = [f'The source article: {claim.text}. Measured, relative to {claim.relative_to}:', '']
    for row in table:
        gain = relative_gain(row, claim.relative_to)
        if row.metric.name in claim.metrics and gain is not None:
            lines.append(
                f'* {comparison.ours} over {row.variant}, {row.metric.label}: '
                f'{_interval(gain, 1)} %: {verdict(gain, claim.gain)}'
            )
    return lines


def verdict(gain: Estimate, claimed: float) -> str:
    """What the interval of a gain says of itself and of the claim."""
    if gain.low != gain.low:
        return 'one seed says nothing.'
    shown = {1: 'a gain', 0: 'no difference shown', -1: 'a loss'}[gain.side]
    if gain.low <= claimed <= gain.high:
        return f'{shown}; the claimed {claimed} % lies within the interval.'
    return f'{shown}; contradicts the claimed {claimed} %.'


def _cell(row: Row) -> str:
    """Mean and deviation, and under it how much better ours is."""
    scale, digits = _scale(row.metric)
    text = f'{scale * row.mean:.{digits}f} ± {scale * row.deviation:.{digits}f}'
    if row.difference is None:
        return text
    difference = _interval(row.difference.scaled(scale), digits)
    return f'{text}<br>**{difference}**' if row.difference.side else f'{text}<br>{difference}'


def _interval(estimate: Estimate, digits: int) -> str:
    low, high = (f'{end:+.{digits}f}' for end in (estimate.low, estimate.high))
    return f'{estimate.value:+.{digits}f} ({low} to {high})'


def _scale(metric: Metric) -> tuple[int, int]:
    return (100, 1) if metric.share else (1, metric.digits)


def _numbers(row: Row) -> tuple[object, ...]:
    ends = ('', '', '')
    if (d := row.difference) is not None:
        ends = (f'{d.value:.6g}', f'{d.low:.6g}', f'{d.high:.6g}')
    return (len(row.values), f'{row.mean:.6g}', f'{row.deviation:.6g}', *ends)
