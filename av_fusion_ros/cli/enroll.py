# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`av-fusion enroll`: a checkpoint that knows your face and voice, and what that brings."""

from __future__ import annotations

import argparse
import csv
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from av_fusion_ros.cli.whole_numbers import not_negative, positive

if TYPE_CHECKING:
    from av_fusion_ros.learning.corpus import Clip
    from av_fusion_ros.learning.talker_figures import TalkerFigure
    from av_fusion_ros.recognition.grammar import Grammar

HELP = """
Adapt a checkpoint to one talker from a few minutes of clips: a folder with NAME.mp4 (one sentence
each, up to 10 s, face in view) beside NAME.txt with its words, or a GRID folder. Fifty clips or
more are worth while. Later layers are trained on two thirds of the sentences; the rest measures
how well the talker was understood before and is after.

Writes the checkpoint to --output, the calibrations of the model it came from beside it, and the
figures as .enroll.csv. Give --output to every node as model_path. Who was understood before may be
understood less well with it: it is one talker's. What tells SNR and speech in loud noise was fitted
to another ear and is left out: the network's own estimate and voice activity do it. Who has the
training data fits it by "av-fusion calibrate --model OUTPUT --snr" and "--speech".
"""

SNRS_DB: tuple[float | None, ...] = (None, 0.0)
CALIBRATIONS = ('.calibration.json', '.consistency.json')
COLUMNS = (
    'snr_db', 'reading', 'clips', 'right_before', 'low_before', 'high_before', 'right_after',
    'low_after', 'high_after', 'phoneme_error_rate_before', 'phoneme_error_rate_after',
)  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('clips', type=Path, help='folder of clips')
    parser.add_argument('--model', type=Path, help='checkpoint (default: the installed one)')
    parser.add_argument(
        '--output', type=Path, default=Path('runs/enrolled.safetensors'), help='checkpoint to write'
    )
    parser.add_argument(
        '--commands', type=Path, help='phrases to tell apart (default: the sentences of the clips)'
    )
    parser.add_argument(
        '--data', type=Path, help='recordings whose noise to train against (default: made noise)'
    )
    parser.add_argument('--cache', type=Path, default=Path('cache'), help='for mouth crops')
    parser.add_argument('--steps', type=positive, default=300, help='batches to learn from')
    parser.add_argument(
        '--learning-rate', type=float, default=5e-4, help='the highest, after warming up'
    )
    parser.add_argument('--seed', type=not_negative, default=1, help='of everything random')


def run(args: argparse.Namespace) -> int:
    from av_fusion_ros.learning.batches import ExampleMaker
    from av_fusion_ros.learning.data_folders import DataFolders
    from av_fusion_ros.learning.enrolling import (
        EnrollSettings,
        clips_of,
        enroll,
        notes,
        renamed,
        split,
        window_hops,
    )
    from av_fusion_ros.learning.forced_alignment import timed
    from av_fusion_ros.learning.mixing import NoiseSource
    from av_fusion_ros.learning.pronouncing import pronounce
    from av_fusion_ros.learning.talker_figures import talker_figures
    from av_fusion_ros.model.checkpoint import load_network, save_network
    from av_fusion_ros.nodes.installed_files import shipped_model

    model = args.model or shipped_model()
    network, spec = load_network(model)
    cut_mouths(args.clips, args.cache)
    clips = clips_of(args.clips, args.cache)
    training, held_out = split(clips)
    grammar = grammar_of(clips, args.commands)
    print(f'{len(training)} clips to learn from, {len(held_out)} of other sentences to measure by')
    settings = EnrollSettings(args.steps, args.learning_rate, seed=args.seed)
    folders = DataFolders(args.data, args.cache) if args.data else None
    other = NoiseSource(folders.noise('test') if folders else [], [])
    maker = ExampleMaker(spec, pronounce, other, window_hops(clips))
    before = talker_figures(network, maker, held_out, grammar, SNRS_DB)
    noise = NoiseSource(folders.noise('train') if folders else [], [])
    adapted = enroll(network, timed(network, maker, training), noise, settings)
    after = talker_figures(adapted, maker, held_out, grammar, SNRS_DB)
    args.output.parent.mkdir(parents=True, exist_ok=True)
    renamed(adapted, f'{spec.model_id}+{args.clips.resolve().name}')
    save_network(args.output, adapted, notes(settings, spec.model_id, len(training)))
    for suffix in CALIBRATIONS:
        if model.with_suffix(suffix).is_file():
            shutil.copyfile(model.with_suffix(suffix), args.output.with_suffix(suffix))
    write(args.output.with_suffix('.enroll.csv'), before, after)
    print('\n'.join(table(before, after)))
    print(f'wrote {args.output}, its calibrations and figures')
    return 0


def cut_mouths(folder: Path, cache: Path) -> None:
    """Find the mouths of the videos that have not been looked at yet.

    Raises CorpusError where there is neither a clip with its words nor a GRID talker.
    """
    from av_fusion_ros.learning import clip_folder, grid_corpus
    from av_fusion_ros.learning.corpus import CorpusError
    from av_fusion_ros.learning.crop_cache import cache_crops

    if any(folder.glob('*.txt')):
        cache_crops(clip_folder.videos(folder), cache / f'clips_{folder.name}')
        return
    if not folder.is_dir():
        raise CorpusError(f'there is no folder {folder}; give the folder of your clips')
    if not any(folder.glob('**/*.align')):
        raise CorpusError(
            f'{folder} holds no clips; accepted: NAME.mp4 beside NAME.txt with its words, or a '
            'GRID folder'
        )
    for talker in grid_corpus.talkers(folder):
        cache_crops(grid_corpus.videos(talker), cache / f'grid_{talker.name}')


def grammar_of(clips: Sequence[Clip], commands: Path | None) -> Grammar:
    """The phrases among which a clip is read."""
    from av_fusion_ros.recognition.grammar import compile_grammar
    from av_fusion_ros.recognition.vocabulary import load_vocabulary, parse_vocabulary

    if commands is not None:
        return compile_grammar(load_vocabulary(commands))
    return compile_grammar(parse_vocabulary({'commands': sorted({clip.text for clip in clips})}))


def share(figure: TalkerFigure) -> tuple[float, float, float]:
    """Share of clips right and its 95 % interval."""
    return (figure.right / max(1, figure.clips), *figure.interval)


def noise_name(snr_db: float | None) -> str:
    return 'clean' if snr_db is None else f'{snr_db:g}'


def write(path: Path, before: Sequence[TalkerFigure], after: Sequence[TalkerFigure]) -> None:
    with path.open('w', newline='') as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for old, new in zip(before, after, strict=True):
            rates = old.phoneme_error_rate, new.phoneme_error_rate
            numbers = [f'{value:.4f}' for value in (*share(old), *share(new), *rates)]
            writer.writerow([noise_name(old.snr_db), old.reading, old.clips, *numbers])


def table(before: Sequence[TalkerFigure], after: Sequence[TalkerFigure]) -> list[str]:
    """What was held out, before and after: phrases right (95 % Wilson), phonemes wrong."""
    lines = [
        '| SNR dB | reading | phrases right before | after | phonemes wrong before | after |',
        '|---|---|---|---|---|---|',
    ]
    for old, new in zip(before, after, strict=True):
        shares = [
            f'{figure.right}/{figure.clips} ({low:.0%} to {high:.0%})'
            for figure in (old, new)
            for low, high in [figure.interval]
        ]
        rates = [f'{figure.phoneme_error_rate:.1%}' for figure in (old, new)]
        cells = [noise_name(old.snr_db), old.reading, *shares, *rates]
        lines.append(f'| {" | ".join(cells)} |')
    return lines
