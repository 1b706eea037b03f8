# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The figures of an evaluation as rows of CSV files."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from av_fusion_ros.learning.conditions import Cell, Sound
from av_fusion_ros.learning.findings import Findings
from av_fusion_ros.learning.gate_figures import ENOUGH
from av_fusion_ros.learning.sound_levels import VOCAL_EFFORT_DB, snr_db
from av_fusion_ros.learning.validation import READINGS

Row = Sequence[object]
NOISE_DB = 80.0
DISTANCES_M = (0.5, 1.0, 2.0)


def write_tables(folder: Path, findings: Findings) -> None:
    """Write grid.csv, regret.csv, gate.csv, snr_head.csv, keywords.csv and sound_levels.csv."""
    for name, rows in (
        ('grid', grid_rows(findings)),
        ('regret', regret_rows(findings)),
        ('gate', gate_rows(findings)),
        ('snr_head', snr_rows(findings)),
        ('keywords', keyword_rows(findings)),
        ('sound_levels', sound_level_rows()),
    ):
        write(folder / f'{name}.csv', rows)


def write(path: Path, rows: Iterable[Row]) -> None:
    """Write rows, the first the names of the columns."""
    with path.open('w', newline='') as stream:
        csv.writer(stream).writerows(rows)


def level(sound: Sound) -> object:
    """The SNR as a CSV file states it."""
    return 'clean' if sound.snr_db is None else f'{sound.snr_db:g}'


def grid_rows(findings: Findings) -> Iterator[Row]:
    """Every cell by every reading."""
    yield (
        'snr_db', 'family', 'picture', 'reading', 'word_accuracy', 'low', 'high', 'words',
        'sentences_right', 'sentences', 'mean_weight_audio',
    )  # fmt: skip
    for result in findings.results:
        cell: Cell = result.cell
        for reading in READINGS:
            score = result.scores[reading]
            shares = [f'{value:.4f}' for value in (score.accuracy, *score.interval)]
            weight = f'{result.weight_audio.mean():.4f}' if reading == 'fused' else ''
            yield (
                level(cell), cell.family, cell.picture, reading, *shares, score.words,
                score.sentences_right, score.sentences, weight,
            )  # fmt: skip


def regret_rows(findings: Findings) -> Iterator[Row]:
    """Every cell against each alternative; points of words right lost by the fused reading."""
    yield 'against', 'snr_db', 'family', 'picture', 'best', 'points_lost', 'half_width'
    for against, regrets in findings.regrets():
        for r in regrets:
            numbers = (f'{r.points:.2f}', f'{r.half_width:.2f}')
            yield against, level(r.cell), r.cell.family, r.cell.picture, r.against, *numbers


def gate_rows(findings: Findings) -> Iterator[Row]:
    """Weights over SNR, then where a sense is gone."""
    yield 'figure', 'condition', 'value'
    over = findings.weight_over_snr
    yield 'spearman(w_audio, SNR), clips', 'good picture', f'{over.of_clips:.4f}'
    yield 'spearman(w_audio, SNR), means', 'good picture', f'{over.of_means:.4f}'
    for snr, weight in over.means:
        yield 'mean w_audio', f'{snr:g} dB', f'{weight:.4f}'
    for left in findings.weights_left:
        by = 'as deployed' if left.deployed else 'gate alone'
        yield f'mean w_{left.sense}, {by}', left.event, f'{left.mean:.4f}'
        yield f'least w_{left.sense}, {by}', left.event, f'{left.least:.4f}'
        yield f'share of clips >= {ENOUGH}, {by}', left.event, f'{left.share_enough:.4f}'
    yield 'largest |sum of weights - 1|', 'all hops', f'{findings.sum_error:.1e}'


def snr_rows(findings: Findings) -> Iterator[Row]:
    """The error of the estimated SNR by family."""
    yield 'family', 'mean_absolute_error_db', 'at_half_a_second_db', 'bias_db', 'clips'
    for error in findings.snr_errors:
        numbers = (error.mean_db, error.settled_db, error.bias_db)
        yield error.family, *(f'{value:.2f}' for value in numbers), error.clips


def keyword_rows(findings: Findings) -> Iterator[Row]:
    """Every noise: the answers counted."""
    yield (
        'snr_db', 'family', 'accuracy', 'low', 'high', 'clips', 'keywords', 'keywords_right',
        'wrong_word', 'keywords_rejected', 'closed_right', 'others', 'others_rejected',
        'calibration_error',
    )  # fmt: skip
    for score in findings.keywords:
        shares = [f'{value:.4f}' for value in (score.accuracy, *score.interval)]
        yield (
            level(score.sound), score.sound.family, *shares, score.clips, score.keywords,
            score.keywords_right, score.wrong_word, score.keywords_rejected, score.closed_right,
            score.others, score.others_rejected, f'{score.calibration_error:.4f}',
        )  # fmt: skip


def sound_level_rows() -> Iterator[Row]:
    """SNR of each vocal effort in noise of 80 dB SPL."""
    yield 'effort', 'speech_db_spl_at_1_m', 'noise_db_spl', 'distance_m', 'snr_db'
    for effort, speech_db in VOCAL_EFFORT_DB.items():
        for distance_m in DISTANCES_M:
            ratio = snr_db(effort, NOISE_DB, distance_m)
            yield effort, f'{speech_db:g}', f'{NOISE_DB:g}', f'{distance_m:g}', f'{ratio:.1f}'
