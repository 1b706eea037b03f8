# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`av-fusion train`: from recordings to the checkpoint and its confidence."""

from __future__ import annotations

import argparse
import fcntl
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from av_fusion_ros.cli.whole_numbers import not_negative, positive

if TYPE_CHECKING:
    from av_fusion_ros.learning.data_folders import DataFolders
    from av_fusion_ros.recognition.grammar import Grammar

HELP = """
Train the recogniser on recordings (GRID layout with any number of talkers, Speech Commands
layout, noise), on generated talking faces, and on your own clips (--clips: NAME.mp4 or NAME.wav
beside NAME.txt with its words). Mouth crops and generated clips are made first and kept in
--cache. An interrupted run goes on where it stopped; curves.csv in the run folder holds the
validation figures.

Writes the checkpoint and, fitted on the validation part, the calibration of its confidence.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        '--data', type=Path, help='recordings (default $AV_FUSION_DATA, ../shared/data)'
    )
    parser.add_argument('--cache', type=Path, default=Path('cache'), help='for what is made first')
    parser.add_argument(
        '--run-folder',
        type=Path,
        default=Path('runs/train'),
        help='for curves and what a run goes on from',
    )
    parser.add_argument(
        '--output',
        type=Path,
        default=Path('models/av_fusion.safetensors'),
        help='checkpoint to write',
    )
    parser.add_argument(
        '--model-id', default='grid-s1', help='its name; nodes of one graph compare it'
    )
    parser.add_argument('--generated', type=not_negative, default=1500, help='talking-face clips')
    parser.add_argument('--steps', type=positive, default=2600, help='batches to learn from')
    parser.add_argument(
        '--processes', type=positive, default=2, help='on a CPU; one GPU each otherwise'
    )
    parser.add_argument('--seed', type=not_negative, default=1, help='of everything random')
    parser.add_argument(
        '--clips', type=Path, action='append', default=[], help='folder of your own clips'
    )
    parser.add_argument('--start-from', type=Path, help='train this checkpoint further')
    parser.add_argument(
        '--learning-rate', type=float, default=2e-3, help='the highest, after warming up'
    )
    parser.add_argument(
        '--deformable',
        choices=('frequency', 'time_frequency', 'plain'),
        default='frequency',
        help='along what the deformable convolution moves; plain: not at all',
    )


def run(args: argparse.Namespace) -> int:
    from av_fusion_ros.learning.data_folders import DataFolders, recordings_folder

    folders = DataFolders(recordings_folder(args.data), args.cache)
    # The first process makes what is missing before the others are started; torchrun starts all.
    if 'LOCAL_RANK' not in os.environ or 'GROUP_RANK' in os.environ:
        args.cache.mkdir(parents=True, exist_ok=True)
        with (args.cache / 'preparing').open('w') as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            prepare(folders, args.generated, args.seed, args.clips)
    from av_fusion_ros.learning import recipe
    from av_fusion_ros.learning.training import TrainingSettings, launched_fabric
    from av_fusion_ros.model.checkpoint import save_network
    from av_fusion_ros.model.specification import Specification
    from av_fusion_ros.recognition.confidence import save_calibration

    spec = Specification(model_id=args.model_id, deformable=args.deformable)
    settings = TrainingSettings(steps=args.steps, seed=args.seed, learning_rate=args.learning_rate)
    if args.start_from:
        settings = replace(settings, kl_full_at=0.0)  # the KL term needs no easing in again
    fabric = launched_fabric(settings, args.processes)
    network = recipe.run(
        folders, spec, settings, args.run_folder, fabric, args.start_from, args.clips
    )
    if fabric.is_global_zero:
        save_network(args.output, network, recipe.notes(settings))
        confidence = args.output.with_suffix('.calibration.json')
        save_calibration(confidence, recipe.calibrate(folders, network, grammars()))
        print(f'wrote {args.output} and {confidence}')
    return 0


def prepare(folders: DataFolders, n_generated: int, seed: int, own: list[Path]) -> None:
    """Cut mouths out of the videos and generate talking faces, where not done yet."""
    from av_fusion_ros.learning import clip_folder
    from av_fusion_ros.learning.crop_cache import cache_crops
    from av_fusion_ros.learning.grid_corpus import talkers, videos

    for talker in talkers(folders.recordings / 'grid'):
        cache_crops(videos(talker), folders.crops(talker))
    for folder in own:
        cache_crops(clip_folder.videos(folder), folders.cache / f'clips_{folder.name}')
    if len(list(folders.generated.glob('*.npz'))) < n_generated:
        command = [sys.executable, '-m', 'av_fusion_ros.generation.training_clips']
        command += [str(folders.generated), '--count', str(n_generated), '--seed', str(seed)]
        subprocess.run(command, check=True)


def grammars() -> tuple[Grammar, Grammar, Grammar]:
    """GRID sentences, robot commands, keywords: the command files that are shipped."""
    from av_fusion_ros.nodes.installed_files import package_file
    from av_fusion_ros.recognition.grammar import compile_grammar
    from av_fusion_ros.recognition.vocabulary import load_vocabulary

    files = ('commands_grid.yaml', 'commands.yaml', 'commands_keywords.yaml')
    grid, robot, keywords = (
        compile_grammar(load_vocabulary(package_file(f'config/{name}'))) for name in files
    )
    return grid, robot, keywords
