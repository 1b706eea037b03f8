# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How well contradictions of eye and ear are found, and how seldom any is found where none is.

python3 -m benchmarks.consistency [--part test] [--hours 10] [--output docs/evaluation]

Real GRID s1 clips of the held-out part, heard in held-out noise: one talker whose other sentences
the network was trained on, so every figure is speaker-dependent. Sound and picture of each clip are
encoded once in each condition and laid beside each other; every hop then goes through the monitor
of the fusion node. Everything was tuned with --part validation. Ten hours take some fifteen minutes
of a core after the encoding, for which another ten are needed once.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from pathlib import Path

from rich.progress import track

from av_fusion_ros.learning.agreement_conditions import encoded
from av_fusion_ros.learning.agreement_reading import with_phonemes
from av_fusion_ros.learning.data_folders import DataFolders, recordings_folder
from av_fusion_ros.model.checkpoint_file import read_checkpoint
from av_fusion_ros.recognition.agreement_calibration import load_agreement_calibration
from av_fusion_ros.recognition.consistency_settings import ConsistencySettings
from av_fusion_ros.recognition.frozen_head import FrozenHead
from benchmarks.consistency.figures import (
    Row,
    Setting,
    hour_rows,
    shift_rows,
    swap_rows,
    trial_rows,
)
from benchmarks.consistency.report import write_page
from benchmarks.consistency.trials import Hours, consistent_hours

HEADER = ('measurement', 'condition', 'figure', 'value', 'low', 'high', 'n')
PARTS = ('swaps', 'shifts', 'trials', 'hours')


def measured(setting: Setting, what: str, hours: float, seed: int) -> Iterator[Row]:
    """The rows of one measurement."""
    if what == 'swaps':
        yield from swap_rows(setting)
    elif what == 'shifts':
        yield from shift_rows(setting)
    elif what == 'trials':
        yield from trial_rows(setting, seed)
    else:
        total = Hours()
        streams = consistent_hours(
            setting.material, setting.settings, setting.temperature, hours, seed
        )
        for total in streams:
            print(f'{total.hours:.1f} h, {sum(total.false.values())} false alarms', flush=True)
        yield from hour_rows(total)
        for where, condition in total.where:
            yield 'false alarm', condition, where, 1, float('nan'), float('nan'), 1


def main() -> None:
    """Measure, write table, page and figure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--model', type=Path, default=Path('models/av_fusion.safetensors'))
    parser.add_argument('--data', type=Path)
    parser.add_argument('--cache', type=Path, default=Path('cache'))
    parser.add_argument('--part', choices=('validation', 'test'), default='test')
    parser.add_argument('--hours', type=float, default=10.0)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--only', nargs='+', choices=PARTS, default=PARTS)
    parser.add_argument('--output', type=Path, default=Path('runs/consistency'))
    args = parser.parse_args()
    folders = DataFolders(recordings_folder(args.data), args.cache)
    material, temperature = encoded(args.model, folders, args.part)
    material = with_phonemes(material, FrozenHead(read_checkpoint(args.model)[0]))
    calibration = load_agreement_calibration(args.model.with_suffix('.consistency.json'))
    setting = Setting(material, ConsistencySettings(calibration=calibration), temperature)
    rows: list[Row] = []
    for what in track(args.only, description='measuring'):
        rows += measured(setting, what, args.hours, args.seed)
    args.output.mkdir(parents=True, exist_ok=True)
    with (args.output / 'consistency.csv').open('w', newline='') as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADER)
        writer.writerows(rows)
    write_page(args.output, args.part, len(material.names), rows)


if __name__ == '__main__':
    main()
