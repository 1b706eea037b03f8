# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The swap areas of a stay in a noise as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

Row = dict[str, str]
JUDGES = {'shipped': 'as shipped', 'any_snr': 'at any SNR'}
SPANS = {'1s': '1 s', '3s': '3 s'}


def swap_lines(rows: Sequence[Row]) -> Iterator[str]:
    """Areas before and after, and what share of the lost area all rows together regain."""
    yield '### Alarms: own picture against that of another clip\n'
    yield (
        "Areas under the ROC curve of the monitor's score after the same ten minutes, over 1 s and "
        '3 s of speech. Windows are where speech is noticed in clean sound; what the monitor does '
        'not know there counts as 0.5, so it costs area when speech is no longer noticed. As '
        'shipped it does not judge below an estimated SNR of 2 dB; "at any SNR" it does.\n'
    )
    cases = [(judge, span) for judge in JUDGES for span in SPANS]
    clean = rows[0]
    heads = [
        f'{JUDGES[judge]}, {SPANS[span]}: before | after '
        f'(clean {_area(clean, judge, span, "clean"):.3f})'
        for judge, span in cases
    ]
    yield f'| noise | SNR | {" | ".join(heads)} |'
    yield '|---' * (2 + 2 * len(cases)) + '|'
    for row in rows:
        areas = [
            f'{_area(row, judge, span, when):.3f}'
            for judge, span in cases
            for when in ('before', 'after')
        ]
        yield f'| {row["noise"]} | {float(row["snr_db"]):g} dB | {" | ".join(areas)} |'
    told = [
        f'{JUDGES[judge]} over {SPANS[span]} {_regained(rows, judge, span):.0f} %'
        for judge, span in cases
    ]
    yield f'\nOf the area lost to the noise, all rows, is regained: {", ".join(told)}.'


def _area(row: Row, judge: str, span: str, when: str) -> float:
    return float(row[f'swaps_{judge}_{span}_{when}'])


def _regained(rows: Sequence[Row], judge: str, span: str) -> float:
    """Percent of what the noise cost against clean sound, summed over rows."""
    clean, before, after = (
        sum(_area(row, judge, span, when) for row in rows) for when in ('clean', 'before', 'after')
    )
    return 100 * (after - before) / (clean - before)
