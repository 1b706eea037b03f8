# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The page, the table and the figure of the affect benchmark."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl

COLUMNS = ('method', 'against', 'AUROC', 'hits at 1 %', 'hits at 5 %', 'hits at 10 %')


@dataclass(frozen=True, slots=True)
class Figure:
    """One number in [0, 1] with its interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f'{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]'


Table = dict[tuple[str, ...], list[Figure]]

_HEAD = """# A smile against an angry voice

`python3 -m benchmarks.affect`: RAVDESS (Livingstone and Russo 2018, CC BY-NC-SA 4.0), {actors}
actors; evaluation only, nothing learned from it is shipped. A conflict pairs a happy face with an
angry voice of the same actor ({conflicts} pairs); a true pair is a clip as recorded ({same} happy
or angry, {clips} of all eight emotions). Square brackets: 95 % interval over actors drawn with
replacement ({resamples} draws).

**Rule** is what is shipped: thresholds from the literature, nothing fitted. Its face score is
applied to OpenFace's action units; its voice score has only the loudness here, against the actor's
own neutral clips, since the file's 259 voice features turned out to be the mean log-mel level of
259 frames (no pitch, no spectral balance). **Trained** is logistic regression on all action units,
and on the level's statistics, tested on actors it never learned from: the ceiling of such features.

![hits over false alarms](affect.png)
"""

_TAIL = """
## What follows

{verdict}

Not validated, for want of recordings: the mesh's own action units (no RAVDESS pictures here; on
real GRID frames with a warped smile see `benchmarks/affect/geometry.py`), pitch and balance in the
voice's rule, valence, spontaneous instead of acted feeling, noise, and talkers whose usual voice
is not known yet.
"""


def write_page(
    folder: Path, counts: dict[str, int], single: Table, pairs: Table, rates: Table, verdict: str
) -> None:
    """Write affect.md and affect.csv."""
    lines = [_HEAD.format(**counts), '## One sense alone\n']
    lines += _markdown(('what', 'figure'), single)
    lines += [
        '\n## Conflicts\n',
        'Hits: share of conflicts above the score that so many true pairs',
    ]
    lines += ['exceed.\n', *_markdown(COLUMNS, pairs)]
    lines += ['\n## The rule at fixed thresholds\n']
    lines += _markdown(
        ('threshold', 'conflicts found', 'false, happy and angry', 'false, all emotions'), rates
    )
    (folder / 'affect.md').write_text('\n'.join(lines) + '\n' + _TAIL.format(verdict=verdict))
    with (folder / 'affect.csv').open('w', newline='') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(('table', 'row', 'column', 'value', 'low', 'high'))
        for name, table in (('single', single), ('pairs', pairs), ('thresholds', rates)):
            for row, figures in table.items():
                for k, f in enumerate(figures):
                    cells = (round(x, 4) for x in (f.value, f.low, f.high))
                    writer.writerow((name, ', '.join(row), k, *cells))


def _markdown(columns: tuple[str, ...], table: Table) -> list[str]:
    lines = ['| ' + ' | '.join(columns) + ' |', '|---' * len(columns) + '|']
    return lines + [
        '| ' + ' | '.join([*row, *(str(figure) for figure in figures)]) + ' |'
        for row, figures in table.items()
    ]


def write_plot(path: Path, curves: dict[str, tuple[list[float], list[float]]]) -> None:
    """Draw hits over false alarms, on a logarithmic axis."""
    mpl.use('Agg')
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 4), layout='constrained')
    for name, (false, hits) in curves.items():
        axes.step(false, hits, where='post', label=name)
    axes.set(xscale='log', xlim=(1e-3, 1), ylim=(0, 1))
    axes.set_xlabel('false alarms: share of true clips of all emotions')
    axes.set_ylabel('share of conflicts found')
    axes.grid(alpha=0.3)
    axes.legend(loc='upper left')
    figure.savefig(path, dpi=120)
    plt.close(figure)
