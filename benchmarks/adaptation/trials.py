# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The streams: a shift to an unseen noise, hours in which nothing changes, and hours of poison."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from av_fusion_ros.learning.mixing import NoiseSource
from av_fusion_ros.recognition.features import HOP_NS
from av_fusion_ros.recognition.site_correction import NO_CORRECTION, SiteCorrection
from benchmarks.adaptation.places import Place
from benchmarks.adaptation.robot import N_HOPS, Accuracy, Life, Robot
from benchmarks.adaptation.swaps import SwapBench

CLIP_S = N_HOPS * HOP_NS / 1e9
Row = dict[str, object]
#: What a robot meets on an ordinary day: each sentence in one of them.
ORDINARY_SNRS_DB: tuple[float | None, ...] = (None, None, 10.0, 5.0, 0.0, -5.0)

POISONS = ('single', 'swapped', 'misread')


@dataclass
class Diary:
    """What the adapter told, in order."""

    told: list[tuple[str, float, str]] = field(default_factory=list)

    def note(self, what: str, correction: SiteCorrection, why: str) -> None:
        """Callback of SiteAdapter."""
        self.told.append((what, correction.strength, why))

    def last(self, what: str) -> str:
        """The newest entry of a kind; empty without one."""
        return next((why for kind, _, why in reversed(self.told) if kind == what), '')


def folds(robot: Robot) -> Iterator[tuple[list[int], list[int]]]:
    """(sentences lived through, sentences scored), both ways: every sentence is scored once."""
    everything = list(range(len(robot.clips)))
    even, odd = everything[::2], everything[1::2]
    yield even, odd
    yield odd, even


def order(sentences: Sequence[int], minutes: float, seed: int) -> list[int]:
    """So many minutes of sentences, each as often as the others, in random order."""
    rng = np.random.default_rng(seed)
    wanted = round(minutes * 60 / CLIP_S)
    rounds = -(-wanted // len(sentences))
    return [int(i) for _ in range(rounds) for i in rng.permutation(sentences)][:wanted]


def summed(parts: Sequence[Accuracy]) -> Accuracy:
    """Several sets of sentences as one."""
    return Accuracy(
        np.concatenate([p.ear for p in parts]),
        np.concatenate([p.fused for p in parts]),
        sum(p.words for p in parts),
    )


def shift(
    robot: Robot,
    swaps: SwapBench,
    name: str,
    noise: Place,
    snr_db: float,
    minutes: float,
    seed: int,
) -> Row:
    """A robot that knows nothing of a place's noise spends some minutes there."""
    learnt: list[tuple[list[int], SiteCorrection]] = []
    diary = Diary()
    taken = 0
    for fold, (lived, scored) in enumerate(folds(robot)):
        life = Life(robot, robot.adapter(diary.note))
        for step, index in enumerate(order(lived, minutes, seed + fold)):
            life.hear(index, noise, snr_db, sound_seed(seed, step))
        learnt.append((scored, life.adapter.correction))
        taken += life.adapter.counts['taken']
    return {
        'noise': name, 'snr_db': snr_db, 'minutes': minutes, 'seed': seed,
        'strengths': ' '.join(f'{one.strength:g}' for _, one in learnt),
        'tunings': ' '.join(f'{one.tuning:.2f}' for _, one in learnt),
        'lessons': taken,
        **words_right_with(robot, noise, snr_db, learnt),
        **swaps.areas(noise, snr_db, learnt),
    }  # fmt: skip


def sound_seed(seed: int, step: int) -> int:
    """What the noise over the ``step``-th sentence of a stay is drawn by."""
    return 1000 * (seed + 1) + step


def words_right_with(
    robot: Robot,
    noise: Place,
    snr_db: float,
    learnt: Sequence[tuple[Sequence[int], SiteCorrection]],
) -> Row:
    """Words right by ear and by both, clean and in noise, without and with what was learnt.

    ``learnt``: the sentences scored and the correction that other sentences have taught.
    """
    row: Row = {}
    for label, level, corrected in (
        ('clean', None, False),
        ('before', snr_db, False),
        ('after', snr_db, True),
        ('clean_after', None, True),
    ):
        total = summed(
            [
                robot.accuracy(scored, noise, level, one if corrected else NO_CORRECTION)
                for scored, one in learnt
            ]
        )
        row |= {f'{label}_ear': int(total.ear.sum()), f'{label}_both': int(total.fused.sum())}
        row['words'] = total.words
    return row


def calm(robot: Robot, noises: Sequence[NoiseSource], hours: float, seed: int) -> Iterator[Row]:
    """Hours of an ordinary day; the accuracy on the other half's sentences, every half hour."""
    lived, scored = next(folds(robot))
    diary = Diary()
    life = Life(robot, robot.adapter(diary.note))
    rng = np.random.default_rng(seed)
    sentences = order(lived, hours * 60, seed)
    marks = {round(len(sentences) * part) for part in (0.25, 0.5, 0.75, 1.0)}

    def row() -> Row:
        learnt = life.adapter.correction
        parts = [
            robot.accuracy(scored, noise, snr_db, learnt, seed=99 + place)
            for place, (noise, snr_db) in enumerate((noises[0], s) for s in (None, 0.0))
        ] + [robot.accuracy(scored, noise, 0.0, learnt) for noise in noises[1:]]
        total = summed(parts)
        return {
            'hours': round(life.hours, 2),
            'seed': seed,
            'strength': learnt.strength,
            'tuning': round(learnt.tuning, 3),
            'ear': int(total.ear.sum()),
            'both': int(total.fused.sum()),
            'words': total.words,
            **{n: life.adapter.counts[n] for n in ('taken', 'trials', 'promotions', 'rollbacks')},
        }

    yield row()
    for step, index in enumerate(sentences, start=1):
        noise = noises[int(rng.integers(len(noises)))]
        snr_db = ORDINARY_SNRS_DB[int(rng.integers(len(ORDINARY_SNRS_DB)))]
        life.hear(index, noise, snr_db, 5000 + step)
        if step in marks:
            yield row()


def poison(
    robot: Robot, kind: str, name: str, noise: Place, snr_db: float, hours: float, seed: int
) -> Row:
    """Ten good minutes, then hours of one sentence ('single'), other lips ('swapped') or 'misread'.

    The one sentence is that which taught most often in the good minutes: one that is never
    understood surely enough to teach would be no poison. What is misread is another sentence each
    time, with full confidence: past the selection, so that only the guards are left.
    """
    lived, scored = next(folds(robot))
    diary = Diary()
    life = Life(robot, robot.adapter(diary.note))
    taught: Counter[int] = Counter()
    for step, index in enumerate(order(lived, 10, seed)):
        taken = life.adapter.counts['taken']
        life.hear(index, noise, snr_db, 1000 + step)
        taught[index] += life.adapter.counts['taken'] - taken
    good = life.adapter.correction
    surest = taught.most_common(1)[0][0]
    before = robot.accuracy(scored, noise, snr_db, good)
    rng = np.random.default_rng(seed)
    for step, index in enumerate(order(lived, hours * 60, seed + 1)):
        if kind == 'single':
            life.hear(surest, noise, snr_db, 5000 + step)
        else:
            other = int(rng.choice([one for one in lived if one != index]))
            if kind == 'swapped':
                life.hear(index, noise, snr_db, 5000 + step, lips=other)
            else:
                text = robot.clips[other].text
                life.hear(index, noise, snr_db, 5000 + step, misread=text)
    after = robot.accuracy(scored, noise, snr_db, life.adapter.correction)
    return {
        'kind': kind, 'noise': name, 'snr_db': snr_db, 'hours': hours, 'seed': seed,
        'strength_before': good.strength, 'strength_after': life.adapter.correction.strength,
        'tuning_before': round(good.tuning, 3),
        'tuning_after': round(life.adapter.correction.tuning, 3),
        'before_ear': int(before.ear.sum()), 'after_ear': int(after.ear.sum()),
        'before_both': int(before.fused.sum()), 'after_both': int(after.fused.sum()),
        'words': before.words, 'rollbacks': life.adapter.counts['rollbacks'],
        'held': life.adapter.counts['held'], 'contradicted': life.adapter.counts['contradicted'],
        'promotions': life.adapter.counts['promotions'], 'reason': diary.last('rolled_back'),
    }  # fmt: skip
