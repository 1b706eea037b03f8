# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the product regains beside what it could at most, as a section of the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

Row = dict[str, str]


def bound_lines(shifts: Sequence[Row], bounds: Sequence[Row]) -> Iterator[str]:
    """The table of ``bounds``; of ``shifts`` the rows of the same noise and level."""
    product = {_key(row): row for row in shifts}
    yield '## How much could be regained\n'
    steps = bounds[0]['steps']
    yield (
        'The same ten minutes, but every sentence is a lesson with its true words: all that a '
        f'place may teach (192 numbers) is tuned in {steps} steps (the product: 14 a trial) on '
        'the likelihood by ear and by both, and put in force without a vote. Words lost to the '
        'noise, and how many of them are regained by the product and by this. Nearly a bound, not '
        'a proof: other sentences are scored, and other draws of the noise.\n'
    )
    yield (
        '| noise | SNR | by ear, lost | product | told | by both, lost | product | told |\n'
        + '|---' * 8
        + '|'
    )
    for row in bounds:
        beside = product.get(_key(row))
        cells = [row['noise'], f'{float(row["snr_db"]):g} dB']
        for reading in ('ear', 'both'):
            cells += [
                str(_lost([row], reading)),
                '-' if beside is None else str(_regained([beside], reading)),
                str(_regained([row], reading)),
            ]
        yield '| ' + ' | '.join(cells) + ' |'
    for title, recorded in (('Generated', False), ('Recorded', True)):
        told = [row for row in bounds if (':' in row['noise']) is recorded and _key(row) in product]
        if told:
            learnt = [product[_key(row)] for row in told]
            yield f'\n{title}: {"; ".join(_sums(learnt, told, by) for by in ("ear", "both"))}.'


def _key(row: Row) -> tuple[str, str]:
    return row['noise'], row['snr_db']


def _sums(learnt: Sequence[Row], told: Sequence[Row], reading: str) -> str:
    lost = _lost(told, reading)
    return (
        f'by {reading} {lost} lost, {_share(_regained(learnt, reading), lost)} regained by the '
        f'product, {_share(_regained(told, reading), lost)} when told'
    )


def _lost(rows: Sequence[Row], reading: str) -> int:
    return sum(int(row[f'clean_{reading}']) - int(row[f'before_{reading}']) for row in rows)


def _regained(rows: Sequence[Row], reading: str) -> int:
    return sum(int(row[f'after_{reading}']) - int(row[f'before_{reading}']) for row in rows)


def _share(words: int, lost: int) -> str:
    return f'{words} ({100 * words / max(1, lost):.0f} %)'
