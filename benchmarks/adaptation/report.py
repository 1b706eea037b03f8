# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The trials' CSV files as one page and one figure."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import matplotlib.pyplot as plt

from av_fusion_ros.learning.statistics import wilson_interval
from benchmarks.adaptation.bound_report import bound_lines
from benchmarks.adaptation.swaps_report import swap_lines

Row = dict[str, str]
#: The rows that a whole run has at least.
TRIALS = {'shift_generated': 8, 'shift_recorded': 16, 'calm': 5, 'poison': 6, 'kills': 1}

HEADING = """# Learning a place's noise

Test part: sentences and noise recordings held out of training; GRID s1 is one talker, who is in the
training data with other sentences: **speaker-dependent**. The robot lives through one half of the
sentences and is scored on the other, both ways; noise drawn anew. Commands are read by ear and lips
and selected by confidence, no truth is used. 95 % Wilson intervals over words. How it works:
[adaptation.md](../adaptation.md).

    python -m benchmarks.adaptation shift --places generated   # also: recorded, calm, poison, kills
    python -m benchmarks.adaptation report
"""


def write_report(folder: Path, page: Path) -> None:
    """Write ``page`` and ``folder``/shift.png from the CSV files of ``folder`` that are there."""
    found = {path.stem: _rows(path) for path in sorted(folder.glob('*.csv'))}
    shifts = [row for name in ('shift_generated', 'shift_recorded') for row in found.get(name, [])]
    lines = [HEADING]
    if shifts:
        _draw(shifts, folder / 'shift.png')
        lines += [*_shifts(found), '', f'![words right by ear]({folder.name}/shift.png)', '']
    if judged := [row for row in shifts if 'swaps_shipped_1s_clean' in row]:
        lines += [*swap_lines(judged), '']
    bounds = [row for name in ('bound_generated', 'bound_recorded') for row in found.get(name, [])]
    if bounds:
        lines += [*bound_lines(shifts, bounds), '']
    if 'calm' in found:
        lines += [*_calm(found['calm']), '']
    if 'poison' in found:
        lines += [*_poison(found['poison']), '']
    if 'kills' in found:
        lines += [*_kills(found['kills'][0])]
    missing = [
        f'{name} ({len(found.get(name, []))} of {rows} rows are there)'
        for name, rows in TRIALS.items()
        if len(found.get(name, [])) < rows
    ]
    if missing:
        lines.append(f'\nNot run to the end yet: {", ".join(missing)}.')
    page.write_text('\n'.join(lines).rstrip() + '\n')


def _rows(path: Path) -> list[Row]:
    with path.open(newline='') as stream:
        return list(csv.DictReader(stream))


def _share(right: str, words: str) -> float:
    return 100 * int(right) / int(words)


def _with_interval(right: str, words: str) -> str:
    low, high = wilson_interval(int(right), int(words))
    return f'{_share(right, words):.1f} ({100 * low:.1f} to {100 * high:.1f})'


def _regained(row: Row, reading: str) -> str:
    """Share of the loss against clean sound that is regained; no number for a loss below 2 pt."""
    clean, before, after = (int(row[f'{what}_{reading}']) for what in ('clean', 'before', 'after'))
    if (clean - before) / int(row['words']) < 0.02:
        return '-'
    return f'{100 * (after - before) / (clean - before):.0f} %'


def _shifts(found: dict[str, list[Row]]) -> Iterator[str]:
    yield '## Ten minutes in a noise that it has never heard\n'
    yield (
        'Words right of as many as stated. "Regained": of what the noise cost against clean sound. '
        'Strength: what was put in force after ten minutes, in either half; 0 = no '
        'spectrum is taken out. Tuning: by how many nats the bands are moved, root mean square. '
        'Generated noises are synthetic and of kinds that training has none of; recorded ones are '
        'held-out recordings (15 s or more) of the kinds that training has.'
    )
    for name, title in (('shift_generated', 'Generated'), ('shift_recorded', 'Recorded')):
        rows = found.get(name, [])
        if not rows:
            continue
        yield f'\n{title}, n = {rows[0]["words"]} words a row:\n'
        yield (
            '| noise | SNR | by ear, before | after | regained | by both, before | after '
            '| regained | clean by ear, after | strength | tuning |'
        )
        yield '|---' * 11 + '|'
        for row in rows:
            words = row['words']
            cells = [row['noise'], f'{float(row["snr_db"]):g} dB']
            for reading in ('ear', 'both'):
                cells += [
                    f'{_share(row[f"before_{reading}"], words):.1f}',
                    _with_interval(row[f'after_{reading}'], words),
                    _regained(row, reading),
                ]
            cells += [f'{_share(row["clean_after_ear"], words):.1f}', row['strengths']]
            cells.append(row['tunings'])
            yield '| ' + ' | '.join(cells) + ' |'
        for reading, label in (('ear', 'ear'), ('both', 'both')):
            clean, before, after = (
                sum(int(row[f'{what}_{reading}']) for row in rows)
                for what in ('clean', 'before', 'after')
            )
            share = 100 * (after - before) / max(1, clean - before)
            yield (
                f'\nAll rows by {label}: {clean - before} words lost to the noise, '
                f'{after - before} regained ({share:.0f} %).'
            )


def _calm(rows: Sequence[Row]) -> Iterator[str]:
    yield '## Two ordinary hours\n'
    yield (
        'Each sentence in a held-out recording of any kind, drawn anew, clean to -5 dB. Scored '
        'on the other half of the sentences, clean and at 0 dB of each recording.\n'
    )
    yield (
        '| hours | words right by ear | by both | strength | tuning | lessons | trials '
        '| put in force |'
    )
    yield '|---' * 8 + '|'
    for row in rows:
        yield (
            f'| {float(row["hours"]):.1f} | {_with_interval(row["ear"], row["words"])} | '
            f'{_with_interval(row["both"], row["words"])} | {float(row["strength"]):g} | '
            f'{row["tuning"]} | {row["taken"]} | {row["trials"]} | {row["promotions"]} |'
        )
    for reading in ('ear', 'both'):
        shares = [_share(row[reading], row['words']) for row in rows]
        most = max(abs(share - shares[0]) for share in shares)
        yield f'\nLargest change by {reading}: {most:.2f} points.'


def _poison(rows: Sequence[Row]) -> Iterator[str]:
    yield '## An hour of poison\n'
    yield (
        'Ten good minutes in a noise, then an hour in it: of the one sentence that had taught most '
        "often, over and over (single); of another sentence's lips over each sound (swapped), "
        'hardly ever understood surely enough to teach; of another sentence taken to be '
        'understood each time with full confidence, past the selection (misread). Held: commands '
        'that were not learnt from because the stream was bad; contradicted: because the ear says '
        'something else.\n'
    )
    yield (
        '| stream | noise | by ear, before | after | by both, before | after | strength '
        '| tuning | held | contradicted | roll-backs | why |'
    )
    yield '|---' * 12 + '|'
    for row in rows:
        words = row['words']
        shares = [
            f'{_share(row[f"{when}_{reading}"], words):.1f}'
            for reading in ('ear', 'both')
            for when in ('before', 'after')
        ]
        strength = f'{float(row["strength_before"]):g} → {float(row["strength_after"]):g}'
        noise = f'{row["noise"]}, {float(row["snr_db"]):g} dB'
        tuning = f'{float(row["tuning_before"]):g} → {float(row["tuning_after"]):g}'
        cells = [row['kind'], noise, *shares, strength, tuning, row['held'], row['contradicted']]
        cells += [row['rollbacks'], row['reason'] or '-']
        yield '| ' + ' | '.join(cells) + ' |'


def _kills(row: Row) -> Iterator[str]:
    yield '## Killed at any moment\n'
    yield (
        f'A process that writes state and snapshots all the time, killed {row["kills"]} times by '
        f'SIGKILL at random moments, {row["in_the_middle_of_a_write"]} of them in the middle of '
        f'writing a file: the state was whole {row["state_whole"]} times, and newer than before '
        f'{row["newer_than_before"]} times ({row["writes"]} snapshots written in all).'
    )


def _draw(rows: Sequence[Row], path: Path) -> None:
    labels = [f'{row["noise"]}, {float(row["snr_db"]):g} dB' for row in rows]
    places = range(len(rows))
    figure, axes = plt.subplots(figsize=(8, 0.28 * len(rows) + 1.2), layout='constrained')
    series = (('clean', 'clean sound', 'o'), ('before', 'before', 'x'), ('after', 'after', 'D'))
    for what, label, marker in series:
        shares = [_share(row[f'{what}_ear'], row['words']) for row in rows]
        axes.plot(shares, places, marker, label=label, markersize=5)
    axes.set_yticks(list(places), labels, fontsize=7)
    axes.invert_yaxis()
    axes.set_xlabel('words right by ear [%]')
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    figure.savefig(path, dpi=120)
    plt.close(figure)
