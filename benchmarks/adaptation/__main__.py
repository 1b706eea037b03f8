# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What adaptation at the place of use brings, and what it can spoil.

    python -m benchmarks.adaptation shift --places generated
    python -m benchmarks.adaptation shift --places recorded
    python -m benchmarks.adaptation bound --places generated
    python -m benchmarks.adaptation bound --places recorded
    python -m benchmarks.adaptation calm
    python -m benchmarks.adaptation poison
    python -m benchmarks.adaptation kills
    python -m benchmarks.adaptation report

Each writes a CSV to --output; `report` makes docs/evaluation/adaptation.md of them. `bound` is
`shift` told what was said: how much could be regained at most. `--noises wipers siren` takes only
noises with such names, `--snrs-db -8` only that level, and `--append` adds rows to those of
earlier calls. Mouth crops
must be cached (python -m av_fusion_ros.learning.crop_cache). GRID s1 is one talker, who is in the
training data with other sentences: speaker-dependent.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from av_fusion_ros.cli.train import grammars
from av_fusion_ros.learning.data_folders import DataFolders, recordings_folder
from benchmarks.adaptation import trials
from benchmarks.adaptation.bound import bound
from benchmarks.adaptation.kills import kills
from benchmarks.adaptation.places import Place, generated, recorded
from benchmarks.adaptation.report import write_report
from benchmarks.adaptation.robot import Robot
from benchmarks.adaptation.swaps import SwapBench

WORK = ('shift', 'bound', 'calm', 'poison', 'kills', 'report')
POISONED = (('buzzer', -8.0), ('mains hum', 0.0))


def rows_of(args: argparse.Namespace) -> Iterable[trials.Row]:
    """The rows of one kind of trial, one after another."""
    if args.work == 'kills':
        yield kills(args.kills, args.seed)
        return
    data = recordings_folder(args.data)
    noise = data / 'noise'
    clips = DataFolders(data, args.cache).sentences(args.part)
    robot = Robot(args.model, clips, grammars()[0], noise, args.part)
    if args.work in ('shift', 'bound'):
        found = generated() if args.places == 'generated' else recorded(noise, args.part)
        if args.work == 'shift':
            crops = args.cache / 'grid_s1'
            swaps = SwapBench(robot, args.model, noise, args.part, crops)
            stay = partial(trials.shift, robot, swaps)
        else:
            stay = partial(bound, robot)
        for name, recording in found.items():
            if args.noises and not any(part in name for part in args.noises):
                continue
            for snr_db in args.snrs_db:
                yield stay(name, Place(recording), snr_db, args.minutes, args.seed)
    elif args.work == 'calm':
        places = [Place(r) for r in recorded(noise, args.part).values()]
        yield from trials.calm(robot, places, args.hours or 2.0, args.seed)
    else:
        for kind in trials.POISONS:
            for name, snr_db in POISONED:
                place = Place(generated()[name])
                yield trials.poison(robot, kind, name, place, snr_db, args.hours or 1.0, args.seed)


def main() -> None:
    """Run one kind of trial and write its rows as they come."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('work', choices=WORK)
    parser.add_argument('--places', choices=('generated', 'recorded'), default='generated')
    parser.add_argument('--noises', nargs='+', help='parts of names (shift, bound)')
    parser.add_argument('--snrs-db', nargs='+', type=float, default=[0.0, -8.0])
    parser.add_argument('--append', action='store_true', help='to the rows that are there')
    parser.add_argument('--model', type=Path, default=Path('models/av_fusion.safetensors'))
    parser.add_argument('--data', type=Path)
    parser.add_argument('--cache', type=Path, default=Path('cache'))
    parser.add_argument('--part', choices=('validation', 'test'), default='test')
    parser.add_argument('--minutes', type=float, default=10.0, help='at a place (shift, bound)')
    parser.add_argument('--hours', type=float, help='2 (calm), 1 (poison)')
    parser.add_argument('--kills', type=int, default=100)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--output', type=Path, default=Path('docs/evaluation/adaptation'))
    args = parser.parse_args()
    if args.work == 'report':
        write_report(args.output, args.output.with_suffix('.md'))
        return
    args.output.mkdir(parents=True, exist_ok=True)
    name = f'{args.work}_{args.places}' if args.work in ('shift', 'bound') else args.work
    path = args.output / f'{name}.csv'
    begun = args.append and path.is_file()
    with path.open('a' if begun else 'w', newline='') as stream:
        writer = None
        for row in rows_of(args):
            if writer is None:
                writer = csv.DictWriter(stream, list(row))
                if not begun:
                    writer.writeheader()
            writer.writerow(row)
            stream.flush()
            print(row, flush=True)


if __name__ == '__main__':
    main()
