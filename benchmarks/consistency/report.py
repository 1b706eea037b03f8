# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The figures as a page and a plot."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.consistency.figures import Row

HEADING = """# Do eye and ear agree? Measured

Made by `python3 -m benchmarks.consistency --part {part} --output docs/evaluation` from {clips} GRID
s1 clips of the {part} part, real recordings of one talker whose other sentences the network was
trained on: **speaker-dependent**. Noise is of recordings held out of training; heads that turn,
light and level that come and go, silence and loops are made of the same clips (synthetic). The
clips recur in other orders and conditions. What the alarms mean is in
[alarms.md](../alarms.md). Fitted and tuned on the validation part. Intervals are 95 %: bootstrap
over clips (areas), blocks (offset), Wilson (shares), order statistics (delays), Garwood (rates).

![Delays, areas and offsets](consistency.png)
"""
#: Measurement (its beginning), its heading, and a line on it.
SECTIONS = (
    (
        'content swap AUROC',
        'Own picture against that of another clip',
        (
            'Both at the same place of the sentence, in the same noise, at the same level, of the '
            'same length and codec, so none of these can give the swap away. "abstaining": where '
            'the monitor judges at all (SNR estimate of 0 dB and more).'
        ),
    ),
    ('abstained', 'Not judged', 'Windows of speech without a score.'),
    ('calibration error', 'Calibration', 'Expected calibration error at even odds, ten bins.'),
    ('desync AUROC', 'In step against shifted', 'By the size of the estimated offset.'),
    ('offset error s', 'Error of the estimated offset', 'Mean absolute, in seconds.'),
    ('offset not told', 'Offset not told', 'Windows of speech in which no peak was clear enough.'),
    (
        '',
        'Through the sequential test',
        (
            'Streams of eight clips in which something goes wrong after the fourth: seconds to '
            'the alarm since the first speech after the onset, and since the onset itself (0.5 s '
            'and more pass before a clip is spoken). "alarm before it": in the 12 s before.'
        ),
    ),
    ('false alarms an hour', 'False alarms', 'In consistent material, at the defaults.'),
    ('hours', 'Hours of consistent material', ''),
    ('share of time', 'What the time is', 'OK: judged and fine. UNKNOWN: nobody speaks, or noise.'),
    ('false alarm', 'Each false alarm', ''),
)


def write_page(folder: Path, part: str, clips: int, rows: Sequence[Row]) -> None:
    """Write consistency.md and consistency.png into a folder."""
    text = [HEADING.format(part=part, clips=clips)]
    named = [start for start, _, _ in SECTIONS if start]
    for start, title, note in SECTIONS:
        chosen = [
            row
            for row in rows
            if (row[0] == start or row[0].startswith(f'{start},'))
            or (not start and not any(row[0] == s or row[0].startswith(f'{s},') for s in named))
        ]
        if chosen:
            text += [f'## {title}', '', *([note, ''] if note else []), *_table(chosen), '']
    (folder / 'consistency.md').write_text('\n'.join(text))
    _plot(rows).savefig(folder / 'consistency.png', dpi=110)


def _table(rows: Sequence[Row]) -> list[str]:
    lines = [
        '| measurement | condition | | value | 95 % interval | n |',
        '|---|---|---|---|---|---|',
    ]
    for what, condition, figure, value, low, high, n in rows:
        interval = f'{low:.3f} to {high:.3f}' if isfinite(low) or isfinite(high) else ''
        lines.append(f'| {what} | {condition} | {figure} | {value:.3f} | {interval} | {n} |')
    return lines


def _plot(rows: Sequence[Row]) -> Figure:
    mpl.use('Agg')
    figure = Figure(figsize=(12, 4.5), layout='constrained')
    left, middle, right = figure.subplots(1, 3)
    for length in ('1 s', '3 s'):
        chosen = [r for r in rows if r[0] == 'content swap AUROC' and r[2] == length]
        _bars(left, [(r[1], r[3], r[4], r[5]) for r in chosen], length)
    left.set_title('swap: area under ROC')
    left.legend()
    chosen = [r for r in rows if r[0] == 'desync AUROC']
    _bars(middle, [(r[1], r[3], r[4], r[5]) for r in chosen], '3 s')
    middle.set_title('shift: area under ROC')
    for quantile in ('median', 'p95'):
        chosen = [r for r in rows if r[2] == f'{quantile} since speech s' and isfinite(r[3])]
        _bars(right, [(f'{r[0]}, {r[1]}', r[3], r[4], r[5]) for r in chosen], quantile)
    right.axvline(2.0, color='0.5', linestyle=':')
    right.set_title('delay since first speech [s]')
    right.legend()
    return figure


def _bars(axes: object, values: Sequence[tuple[str, float, float, float]], label: str) -> None:
    names = [name for name, *_ in values]
    points = [value for _, value, _, _ in values]
    below = [max(0.0, v - low) if isfinite(low) else 0.0 for _, v, low, _ in values]
    above = [max(0.0, high - v) if isfinite(high) else 0.0 for _, v, _, high in values]
    axes.errorbar(points, names, xerr=(below, above), fmt='o', label=label)  # type: ignore[attr-defined]
    axes.tick_params(labelsize=7)  # type: ignore[attr-defined]
