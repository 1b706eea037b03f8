# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`av-fusion evaluate`: the figures of a checkpoint, as a page, CSV files and plots."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from av_fusion_ros.cli.whole_numbers import not_negative, positive

HELP = """
Words understood by ear, by eye and by both, over noise and picture conditions, on recordings the
network was not trained on: GRID sentences (the one speaker is in the training data with other
sentences), Speech Commands (other speakers). Noise recordings are held out as well. Beside them:
what the gate loses against the better sense and against fixed weights (chosen on the validation
part), how it weighs, and how well the SNR is estimated.

Writes summary.md, CSV files and plots to --output and prints the page. Mouth crops are taken from
--cache, where "av-fusion train" or the crop cache puts them. All of it takes about 20 minutes of
one core; --quick, for two minutes, has fewer conditions.
"""

SNRS_DB = 'clean,20,15,10,5,0,-5,-8,-10,-14,-15,-20'
FAMILIES = 'machine,vehicle,rain,crowd,wind,white'
PICTURES = 'good,blurred,rain,occluded,frozen,absent'
KEYWORD_SNRS_DB = 'clean,20,10,5,0,-5,-10'
#: What --quick puts in place of the above; 84 sentences have 504 words.
QUICK = {
    'snr_db': 'clean,0,-8,-14',
    'families': 'machine,crowd,white',
    'pictures': 'good,occluded,frozen,absent',
    'keyword_snr_db': 'clean,0',
    'clips': 84,
}


class LevelError(ValueError):
    """An SNR that is no number."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument('--model', type=Path, help='checkpoint (default: the installed one)')
    parser.add_argument(
        '--data', type=Path, help='recordings (default $AV_FUSION_DATA, ../shared/data)'
    )
    parser.add_argument('--cache', type=Path, default=Path('cache'), help='of mouth crops')
    parser.add_argument('--output', type=Path, default=Path('runs/evaluation'), help='folder')
    parser.add_argument(
        '--part', choices=('validation', 'test'), default='test', help='of the recordings'
    )
    parser.add_argument('--quick', action='store_true', help='fewer conditions and sentences')
    parser.add_argument('--snr-db', help=f'"clean" is without noise (default {SNRS_DB})')
    parser.add_argument('--families', help=f'of noise (default {FAMILIES})')
    parser.add_argument(
        '--pictures', help=f'also dim, glare, coarse (default {PICTURES}); all lists by commas'
    )
    parser.add_argument('--keyword-snr-db', help=f'for single words (default {KEYWORD_SNRS_DB})')
    parser.add_argument(
        '--clips', type=positive, help='at most so many of each kind (default: all)'
    )
    parser.add_argument(
        '--seed', type=not_negative, default=0, help='of the noise that is mixed in'
    )


def run(args: argparse.Namespace) -> int:
    from av_fusion_ros.learning.data_folders import DataFolders, recordings_folder
    from av_fusion_ros.learning.evaluation_page import page
    from av_fusion_ros.learning.evaluation_plots import write_plots
    from av_fusion_ros.learning.evaluation_run import Evaluation, Plan
    from av_fusion_ros.learning.evaluation_tables import write_tables
    from av_fusion_ros.model.checkpoint import load_network
    from av_fusion_ros.nodes.installed_files import package_file, shipped_model
    from av_fusion_ros.recognition.confidence import load_calibration
    from av_fusion_ros.recognition.grammar import compile_grammar
    from av_fusion_ros.recognition.snr_estimate import estimator_or_none
    from av_fusion_ros.recognition.vocabulary import load_vocabulary

    complete(args)
    model = args.model or shipped_model()
    network, _ = load_network(model)
    calibration = load_calibration(model.with_suffix('.calibration.json'))
    recordings = recordings_folder(args.data)
    folders = DataFolders(recordings, args.cache)
    sentences, keywords = (
        load_vocabulary(package_file(f'config/commands_{name}.yaml'))
        for name in ('grid', 'keywords')
    )
    plan = Plan(
        levels(args.snr_db),
        args.families.split(','),
        args.pictures.split(','),
        levels(args.keyword_snr_db),
        args.part,
        args.clips,
        args.seed,
        command(args),
    )
    findings = Evaluation(
        network,
        calibration,
        compile_grammar(sentences),
        keywords,
        folders,
        plan,
        estimator_or_none(model, print),
    ).findings()
    args.output.mkdir(parents=True, exist_ok=True)
    write_tables(args.output, findings)
    write_plots(args.output, findings)
    text = page(findings)
    (args.output / 'summary.md').write_text(text)
    print(text)
    return 0


def complete(args: argparse.Namespace) -> None:
    """Put the defaults, or those of --quick, where nothing is given."""
    usual = {
        'snr_db': SNRS_DB,
        'families': FAMILIES,
        'pictures': PICTURES,
        'keyword_snr_db': KEYWORD_SNRS_DB,
        'clips': None,
    }
    for name, value in (QUICK if args.quick else usual).items():
        if getattr(args, name) is None:
            setattr(args, name, value)


def levels(text: str) -> list[float | None]:
    """SNRs in dB by commas, None for "clean". Raises LevelError for what is neither."""
    try:
        return [None if level == 'clean' else float(level) for level in text.split(',')]
    except ValueError as error:
        raise LevelError(
            f'{text!r} is no list of SNRs; give clean, or dB, such as clean,0,-8'
        ) from error


def command(args: argparse.Namespace) -> str:
    """What makes the same figures again."""
    words = ['av-fusion', 'evaluate', '--part', args.part, '--seed', str(args.seed)]
    for name in QUICK:
        if (value := getattr(args, name)) is not None:
            words += [f'--{name.replace("_", "-")}', str(value)]
    return shlex.join(words)
