# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The page of an evaluation, in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from av_fusion_ros.learning.conditions import STEADY, STEADY_SPREAD_DB
from av_fusion_ros.learning.evaluation import Score
from av_fusion_ros.learning.evaluation_tables import DISTANCES_M, NOISE_DB
from av_fusion_ros.learning.findings import Findings, pooled_accuracy
from av_fusion_ros.learning.keywords import KeywordScore
from av_fusion_ros.learning.regret import mean_points, worst
from av_fusion_ros.learning.snr_figures import RANGE_DB
from av_fusion_ros.learning.sound_levels import VOCAL_EFFORT_DB, snr_db
from av_fusion_ros.learning.statistics import wilson_interval
from av_fusion_ros.learning.validation import READINGS


def page(findings: Findings) -> str:
    """The whole page."""
    sections = (
        opening, sentences, pictures, sound_levels, regret, gate, snr_head, keywords,
    )  # fmt: skip
    lines = [line.rstrip() for section in sections for line in (*section(findings), '')]
    return '\n'.join(lines[:-1]) + '\n'


def table(columns: Sequence[str], rows: Iterator[Sequence[str]]) -> Iterator[str]:
    """A Markdown table."""
    yield f'| {" | ".join(columns)} |'
    yield '|' + '---|' * len(columns)
    for row in rows:
        yield f'| {" | ".join(row)} |'


def percent(right: int, n: int) -> str:
    """A share with its 95 % Wilson interval, in percent."""
    low, high = wilson_interval(right, n)
    return f'{100 * right / max(1, n):.1f} ({100 * low:.1f} to {100 * high:.1f})'


def opening(findings: Findings) -> Iterator[str]:
    first = findings.results[0].scores['fused']
    yield '# Evaluation'
    yield ''
    yield f'Model {findings.model_id}, {findings.part} part, seed {findings.seed}: '
    yield f'`{findings.command}`, {findings.processor_s / 60:.1f} min of processor time.'
    yield ''
    yield f'{first.sentences} GRID sentences of {first.words} words by one talker, s1, who is in '
    yield 'the training data with other sentences: **speaker-dependent**. Noise recordings are '
    yield 'held out too. SNR is taken on active speech (ITU-T P.56); the pictures are made by '
    yield 'av_fusion_ros/learning/corruption.py, and the camera quality that the gate is told is '
    yield 'simulated as in training. Intervals are 95 %: Wilson over words in one cell; over clips '
    yield 'for means over noise families, which share their sentences.'


def sentences(findings: Findings) -> Iterator[str]:
    yield '## Words understood, good picture [%]'
    yield ''
    yield '![words right over SNR, by noise family](grid.png)'
    yield ''

    def rows() -> Iterator[Sequence[str]]:
        for snr in findings.levels_db:
            for family in ['none'] if snr is None else findings.families:
                found = [findings.scores(snr, 'good', name, family) for name in READINGS]
                if all(found):
                    label = found[0][0].cell.label
                    yield label, *(percent(s.right, s.words) for [s, *_] in found)

    yield from table(('noise', *READINGS), rows())
    yield ''
    yield 'Every cell, with the other pictures, is in [grid.csv](grid.csv).'


def pictures(findings: Findings) -> Iterator[str]:
    yield '## Words understood by both, by picture, mean of the noise families [%]'
    yield ''
    yield '![words right by SNR and picture](pictures.png)'
    yield ''

    def rows() -> Iterator[Sequence[str]]:
        for snr in findings.levels_db:
            ear = findings.scores(snr, findings.pictures[0], 'audio')
            fused = (mean(findings.scores(snr, picture, 'fused')) for picture in findings.pictures)
            yield 'clean' if snr is None else f'{snr:+g} dB', mean(ear), *fused
        eye = (mean(findings.scores(findings.levels_db[0], p, 'visual')) for p in findings.pictures)
        yield 'by eye alone', '', *eye

    yield from table(('noise', 'by ear alone', *findings.pictures), rows())


def mean(scores: Sequence[Score]) -> str:
    """Accuracy over several cells with half its interval, in percent."""
    share, half = pooled_accuracy(scores)
    return f'{100 * share:.1f} ± {100 * half:.1f}'


def sound_levels(findings: Findings) -> Iterator[str]:
    yield f'## What the SNR means: noise of {NOISE_DB:g} dB SPL'
    yield ''
    yield 'Speech levels at 1 m by vocal effort, ISO 9921; a doubled distance costs 6 dB. Words '
    yield 'right with a good picture, mean of the noise families, where that SNR was measured [%].'
    yield ''

    def rows() -> Iterator[Sequence[str]]:
        for effort, speech_db in VOCAL_EFFORT_DB.items():
            for distance_m in DISTANCES_M:
                ratio = snr_db(effort, NOISE_DB, distance_m)
                found = [findings.scores(round(ratio), 'good', name) for name in READINGS]
                shares = (mean(scores) if scores else '' for scores in found)
                yield effort, f'{speech_db:g}', f'{distance_m:g}', f'{ratio:+.1f}', *shares

    columns = ('effort', 'speech at 1 m [dB SPL]', 'distance [m]', 'SNR [dB]', *READINGS)
    yield from table(columns, rows())


def regret(findings: Findings) -> Iterator[str]:
    yield '## What the gate loses against other choices'
    yield ''
    yield '![regret by picture](regret.png)'
    yield ''
    yield 'Points of words right that the fused reading lies below the alternative; below 0 it is '
    yield 'better. In hindsight the best of several weights is partly luck: that row is a bound. '
    yield 'Every cell is in [regret.csv](regret.csv).'
    yield ''

    def rows() -> Iterator[Sequence[str]]:
        for against, regrets in findings.regrets():
            both = [r for r in regrets if r.cell.picture != 'absent']
            lost = sum(r.points > 1 for r in regrets)
            sure = sum(r.beyond_chance for r in regrets)
            largest = '; '.join(
                f'{r.cell.label}, {r.cell.picture}: {r.points:+.1f} ± {r.half_width:.1f}'
                for r in worst(regrets, 3)
            )
            cells = str(len(regrets))
            means = (f'{mean_points(regrets):+.2f}', f'{mean_points(both):+.2f}')
            yield against, *means, f'{lost} of {cells}', f'{sure} of {cells}', largest

    yield from table(
        (
            'against', 'mean', 'mean where something is seen', 'cells losing over 1 point',
            'cells losing beyond chance', 'worst cells',
        ),
        rows(),
    )  # fmt: skip


def gate(findings: Findings) -> Iterator[str]:
    over = findings.weight_over_snr
    yield '## The gate'
    yield ''
    yield '![weight of the sound over SNR](gate.png)'
    yield ''
    yield 'Spearman rank correlation of the weight of sound with the SNR, good picture: '
    yield f'{over.of_means:.3f} for the means of each SNR, {over.of_clips:.3f} for single clips '
    yield '(mean over the hops in which something is said). The weights sum to 1 within '
    yield f'{findings.sum_error:.0e}.'
    yield ''
    yield 'As deployed: recorded frames and samples, spoilt from the middle of a clip on, through '
    yield 'the encoders and the fusion engine, which measure camera and microphone quality and '
    yield 'take the share of a lost sense to 0. The gate alone judges by the numbers given it, and '
    yield 'dark pictures are shown to it as if a face had been found, which the engine never does: '
    yield 'those rows say what it would do by itself. As deployed: every third clip.'
    yield ''
    rows = (
        (
            'as deployed' if left.deployed else 'gate alone',
            left.event,
            left.sense,
            f'{left.mean:.3f}',
            f'{left.least:.3f}',
            f'{left.share_enough:.0%}',
        )
        for left in findings.weights_left
    )
    yield from table(
        ('', 'event, clean sound', 'weight of', 'mean', 'least', 'clips with at least 0.87'), rows
    )


def snr_head(findings: Findings) -> Iterator[str]:
    low, high = RANGE_DB
    yield f'## The estimated SNR, {low:g} to {high:g} dB'
    yield ''
    yield 'Absolute error against the ratio that was mixed [dB]: mean over the hops from 0.5 s '
    yield 'after the sound begins, and in the hop 0.5 s after the first word begins. '
    yield f'`{STEADY}`: those recordings of machine and vehicle whose level in blocks of 125 ms '
    yield f'spreads by {STEADY_SPREAD_DB:g} dB at most (standard deviation).'
    yield ''
    rows = (
        (e.family, f'{e.mean_db:.1f}', f'{e.settled_db:.1f}', f'{e.bias_db:+.1f}', str(e.clips))
        for e in findings.snr_errors
    )
    yield from table(
        ('noise', 'mean error', 'at 0.5 s of speech', 'bias', 'clips and levels'), rows
    )


def keywords(findings: Findings) -> Iterator[str]:
    if not findings.keywords:
        return
    first = findings.keywords[0]
    yield '## Ten keywords, or nothing, by ear'
    yield ''
    yield f'Speech Commands, speakers not in the training data: {first.keywords} keywords, '
    yield f'{first.others} other words and silences. Right is the keyword, or nothing for the '
    yield 'others. "Of ten": the choice among the keywords alone, nothing rejected. ECE: expected '
    yield 'calibration error of the confidence, ten bins.'
    yield ''
    columns = (
        'noise', 'right', 'of ten', 'keywords: right', 'wrong word', 'rejected',
        'others: rejected', 'ECE',
    )  # fmt: skip
    yield from table(columns, map(keyword_row, findings.keywords))


def keyword_row(score: KeywordScore) -> Sequence[str]:
    counts = (score.keywords_right, score.wrong_word, score.keywords_rejected)
    return (
        score.sound.label,
        percent(score.right, score.clips),
        percent(score.closed_right, score.keywords),
        *(f'{100 * count / max(1, score.keywords):.1f}' for count in counts),
        f'{100 * score.others_rejected / max(1, score.others):.1f}',
        f'{score.calibration_error:.3f}',
    )
