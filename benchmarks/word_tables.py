# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Words of GRID sentences, said and read, as tables: by reading, by place, and mistakes."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from av_fusion_ros.learning.conditions import Sound
from av_fusion_ros.learning.splits import Part
from av_fusion_ros.learning.statistics import wilson_interval

SLOTS = ('verb', 'colour', 'preposition', 'letter', 'digit', 'adverb')
READINGS = ('audio', 'visual', 'fused')


def right_words(truth: Sequence[str], texts: Sequence[str]) -> np.ndarray:
    """(clips, words) bool: which words are right; every text has as many words."""
    rows = [
        [a == b for a, b in zip(said.split(), heard.split(), strict=True)]
        for said, heard in zip(truth, texts, strict=True)
    ]
    return np.array(rows)


@dataclass(frozen=True, slots=True)
class Heard:
    """What was read in one condition: a list of texts by reading, beside the truth."""

    part: Part
    sound: Sound
    truth: list[str]
    texts: dict[str, list[str]]

    def right(self, reading: str) -> np.ndarray:
        """(clips, 6) bool: which words are right."""
        return right_words(self.truth, self.texts[reading])

    @property
    def either(self) -> np.ndarray:
        """(clips, 6) bool: right by ear or by eye."""
        return np.asarray(self.right('audio') | self.right('visual'))

    def confusions(self, reading: str) -> Counter[tuple[str, str, str]]:
        """(slot, said, heard) of the wrong words."""
        return Counter(
            (slot, a, b)
            for said, heard in zip(self.truth, self.texts[reading], strict=True)
            for slot, a, b in zip(SLOTS, said.split(), heard.split(), strict=True)
            if a != b
        )


def percent(right: np.ndarray) -> str:
    """Share with its 95 % Wilson interval."""
    low, high = wilson_interval(int(right.sum()), right.size)
    return f'{100 * right.mean():.1f} ({100 * low:.1f} to {100 * high:.1f})'


def word_table(found: Sequence[Heard]) -> Iterator[str]:
    """Words right by part, noise and reading."""
    yield '| sentences | noise | words | audio | visual | fused | either sense |'
    yield '|---|---|---|---|---|---|---|'
    for one in found:
        shares = [percent(one.right(name)) for name in READINGS]
        cells = (one.part, one.sound.label, str(one.either.size), *shares, percent(one.either))
        yield f'| {" | ".join(cells)} |'


def slot_table(found: Sequence[Heard]) -> Iterator[str]:
    """Words right by place in the sentence."""
    yield f'| sentences | noise | reading | {" | ".join(SLOTS)} |'
    yield '|---' * (3 + len(SLOTS)) + '|'
    for one in found:
        for name in READINGS:
            shares = (f'{100 * share:.1f}' for share in one.right(name).mean(0))
            yield f'| {one.part} | {one.sound.label} | {name} | {" | ".join(shares)} |'


def confusion_lines(found: Sequence[Heard]) -> Iterator[str]:
    """The commonest mistakes of the fused reading."""
    for one in found:
        common = one.confusions('fused').most_common(12)
        pairs = ', '.join(f'{a} as {b} {n}' for (_, a, b), n in common)
        yield f'- {one.part}, {one.sound.label}: {pairs or "none"}'


def write_csv(path: Path, found: Sequence[Heard]) -> None:
    """Words right by part, noise, reading and place."""
    with path.open('w', newline='') as stream:
        writer = csv.writer(stream)
        writer.writerow(('part', 'noise', 'reading', 'slot', 'right', 'words'))
        for one in found:
            for name in READINGS:
                for slot, column in zip(SLOTS, one.right(name).T, strict=True):
                    row = (one.part, one.sound.label, name, slot, int(column.sum()), column.size)
                    writer.writerow(row)
