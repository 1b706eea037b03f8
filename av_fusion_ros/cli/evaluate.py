# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`av-fusion evaluate`: the robustness grid of a checkpoint, as a table, a CSV and a plot."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av_fusion_ros.learning.evaluation import Score
    from av_fusion_ros.learning.keywords import KeywordScore

HELP = """
Words understood by ear, by eye and by both, over noise and picture conditions, on recordings the
network was not trained on: GRID sentences (the one speaker is in the training data with other
sentences), Speech Commands (other speakers). Noise recordings are held out as well.

Writes grid.csv, keywords.csv, grid.png and summary.md to --output. Mouth crops are taken from
--cache, where "av-fusion train" or the crop cache puts them.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--model', type=Path, default=Path('models/av_fusion.safetensors'))
    parser.add_argument(
        '--data', type=Path, help='recordings (default $AV_FUSION_DATA, ../shared/data)'
    )
    parser.add_argument('--cache', type=Path, default=Path('cache'))
    parser.add_argument('--output', type=Path, default=Path('runs/evaluation'))
    parser.add_argument('--part', choices=('validation', 'test'), default='test')
    parser.add_argument(
        '--snr-db', default='clean,10,0,-8,-14', help='comma-separated, "clean" for no noise'
    )
    parser.add_argument(
        '--families', default='machine,vehicle,rain,crowd,wind,white', help='comma-separated'
    )
    parser.add_argument(
        '--pictures', default='good,absent', help='good, absent, blur, occlude, rain, dim, ...'
    )
    parser.add_argument('--clips', type=int, default=0, help='at most this many (0: all)')
    parser.add_argument('--seed', type=int, default=0)


def run(args: argparse.Namespace) -> int:
    import torch
    from rich.progress import track

    from av_fusion_ros.cli.train import grammars
    from av_fusion_ros.learning.corpus import grid_clips, speech_commands_clips
    from av_fusion_ros.learning.data_folders import DataFolders, recordings_folder
    from av_fusion_ros.learning.evaluation import cells, noise_for, score_cell
    from av_fusion_ros.learning.keywords import score_keywords
    from av_fusion_ros.learning.pronouncing import pronounce
    from av_fusion_ros.model.checkpoint import load_network
    from av_fusion_ros.recognition.confidence import load_calibration

    network, spec = load_network(args.model)
    calibration = load_calibration(args.model.with_suffix('.calibration.json'))
    recordings = recordings_folder(args.data)
    folders = DataFolders(recordings, args.cache / 'grid_s1', args.cache / 'generated')
    sentences = list(grid_clips(recordings / 'grid' / 's1', folders.crops, (args.part,)))
    words = list(speech_commands_clips(recordings / 'speech_commands', (args.part,)))
    if args.clips:
        sentences, words = sentences[: args.clips], words[:: max(1, len(words) // args.clips)]
    snrs_db = [None if text == 'clean' else float(text) for text in args.snr_db.split(',')]
    grid = list(cells(snrs_db, args.families.split(','), args.pictures.split(',')))
    own, _, keywords = grammars()
    torch.manual_seed(args.seed)
    scores: list[Score] = []
    for cell in track(grid, description='sentences'):
        noise = noise_for(recordings / 'noise', cell, args.part)
        scores += score_cell(network, own, sentences, cell, noise, pronounce, args.seed)
    keyword_scores = [
        score_keywords(network, keywords, calibration, words, cell, recordings / 'noise', args.part)
        for cell in track([c for c in grid if c.picture == 'good'], description='keywords')
    ]
    args.output.mkdir(parents=True, exist_ok=True)
    write(args.output / 'grid.csv', GRID_COLUMNS, map(grid_row, scores))
    write(args.output / 'keywords.csv', KEYWORD_COLUMNS, map(keyword_row, keyword_scores))
    plot(args.output / 'grid.png', scores)
    heading = f'Model {spec.model_id}, {args.part} part, seed {args.seed}.\n'
    summary = '\n'.join([heading, *table(scores), '', *keyword_table(keyword_scores)])
    (args.output / 'summary.md').write_text(summary + '\n')
    print(summary)
    return 0


GRID_COLUMNS = (
    'snr_db', 'family', 'picture', 'reading', 'word_accuracy', 'low', 'high', 'words',
    'sentences_right', 'sentences',
)  # fmt: skip
KEYWORD_COLUMNS = ('snr_db', 'family', 'accuracy', 'low', 'high', 'clips', 'calibration_error')


def grid_row(score: Score) -> Sequence[object]:
    low, high = score.interval
    cell = score.cell
    snr_db = 'clean' if cell.snr_db is None else cell.snr_db
    shares = (f'{value:.4f}' for value in (score.accuracy, low, high))
    return (
        snr_db, cell.family, cell.picture, score.reading, *shares, score.words,
        score.sentences_right, score.sentences,
    )  # fmt: skip


def keyword_row(score: KeywordScore) -> Sequence[object]:
    low, high = score.interval
    snr_db = 'clean' if score.cell.snr_db is None else score.cell.snr_db
    shares = (f'{value:.4f}' for value in (score.accuracy, low, high))
    return snr_db, score.cell.family, *shares, score.clips, f'{score.calibration_error:.4f}'


def write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open('w', newline='') as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows(rows)


def condition(score: Score | KeywordScore) -> str:
    cell = score.cell
    return 'clean' if cell.snr_db is None else f'{cell.snr_db:+g} dB {cell.family}'


def table(scores: Sequence[Score]) -> list[str]:
    """Words right per condition and picture, one column a reading, with 95 % intervals."""
    lines = ['| noise | picture | audio | visual | fused |', '|---|---|---|---|---|']
    for i in range(0, len(scores), 3):
        row = scores[i : i + 3]
        shares = (
            f'{100 * s.accuracy:.1f} ({100 * s.interval[0]:.1f} to {100 * s.interval[1]:.1f})'
            for s in row
        )
        lines.append(
            f'| {condition(row[0])} | {row[0].cell.picture} | ' + ' | '.join(shares) + ' |'
        )
    lines.append(f'\nGRID s1, words right of {scores[0].words}, %; speaker-dependent.')
    return lines


def keyword_table(scores: Sequence[KeywordScore]) -> list[str]:
    """Keyword accuracy by sound alone."""
    lines = ['| noise | 10 keywords + reject, by ear |', '|---|---|']
    for score in scores:
        low, high = score.interval
        lines.append(
            f'| {condition(score)} | {100 * score.accuracy:.1f} '
            f'({100 * low:.1f} to {100 * high:.1f}) |'
        )
    lines.append(f'\nSpeech Commands, unseen speakers, {scores[0].clips} clips, %.')
    return lines


def plot(path: Path, scores: Sequence[Score]) -> None:
    """Accuracy over SNR, mean of the noise families, good picture."""
    import matplotlib as mpl

    mpl.use('Agg')
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(6.4, 4))
    good = [s for s in scores if s.cell.picture == 'good' and s.cell.snr_db is not None]
    for name in ('audio', 'visual', 'fused'):
        points: dict[float, list[float]] = {}
        for score in good:
            if score.reading == name and score.cell.snr_db is not None:
                points.setdefault(score.cell.snr_db, []).append(100 * score.accuracy)
        snrs_db = sorted(points)
        axes.plot(snrs_db, [sum(points[s]) / len(points[s]) for s in snrs_db], 'o-', label=name)
    axes.set(xlabel='SNR [dB]', ylabel='words right [%]', ylim=(0, 101))
    axes.set_title('GRID s1, unseen sentences and noises (speaker-dependent)', fontsize=9)
    axes.grid(alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    plt.close(figure)
