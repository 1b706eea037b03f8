# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Train every arm of every ablation with every seed, and write what came out.

python -m benchmarks.ablations --part test --output docs/evaluation/ablations

Small budgets, equal within a comparison: the arms of a, b, d and e come after the two streams
of --model, which are frozen; those of c are an audio stream from scratch. One thread. Runs that
are done are kept in --work and not repeated, so an interrupted command goes on where it was; what
the streams make of every clip is kept in --cache.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from av_fusion_ros.learning.data_folders import DataFolders, recordings_folder
from benchmarks.ablations import agreement_training, deformable_runs, fusion_training
from benchmarks.ablations.report import write_report
from benchmarks.ablations.results import Results
from benchmarks.ablations.runs import FAMILIES, Runner, Setting
from benchmarks.ablations.tracking import T, Track


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog='python -m benchmarks.ablations',
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--model', type=Path, default=Path('models/av_fusion.safetensors'))
    parser.add_argument('--data', type=Path, help='default $AV_FUSION_DATA, ../shared/data')
    parser.add_argument('--cache', type=Path, default=Path('cache'))
    parser.add_argument('--work', type=Path, default=Path('runs/ablations'))
    parser.add_argument('--output', type=Path, default=Path('runs/ablations/report'))
    parser.add_argument(
        '--part', choices=('validation', 'test'), default='validation', help='what is measured'
    )
    parser.add_argument('--seeds', type=int, default=5)
    parser.add_argument('--steps', type=int, default=250)
    parser.add_argument('--draws', type=int, default=4, help='corruptions of each training clip')
    parser.add_argument('--only', default=','.join(FAMILIES), help='comma-separated families')
    args = parser.parse_args(given)
    if unknown := set(args.only.split(',')) - set(FAMILIES):
        parser.error(f'no family {", ".join(unknown)}; there are {", ".join(FAMILIES)}')
    return args


@contextmanager
def progress() -> Iterator[tuple[Progress, Track]]:
    """A bar for what is under way, and the function that shows it."""
    columns = (TextColumn('{task.description:40}'), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn()) as bars:

        def track(items: Sequence[T], description: str) -> Iterable[T]:
            task = bars.add_task(description, total=len(items))
            yield from bars.track(items, task_id=task)
            bars.remove_task(task)

        yield bars, track


def main(given: Sequence[str] | None = None) -> int:
    """Run what is missing and write the report."""
    args = arguments(given)
    torch.set_num_threads(1)
    folders = DataFolders(recordings_folder(args.data), args.cache)
    with progress() as (bars, track):
        setting = Setting(
            args.model, folders, args.steps, args.draws, args.part, args.cache / 'ablations', track
        )
        budget = f'{args.steps}-steps-{args.draws}-draws-{args.part}'
        results = Results(args.work / budget, setting.model_digest())
        seeds = range(1, args.seeds + 1)
        families = args.only.split(',')
        # Seed by seed, so that what is there when interrupted can be compared.
        wanted = [(f, v, seed) for seed in seeds for f in families for v in FAMILIES[f][1]]
        missing = [run for run in wanted if results.find(*run) is None]
        task = bars.add_task('runs', total=len(wanted), completed=len(wanted) - len(missing))
        runners: dict[str, Runner] = {}
        for family, variant, seed in missing:
            if family not in runners:
                runners[family] = FAMILIES[family][0](setting)
            results.add(runners[family](variant, seed))
            bars.advance(task)
    page = write_report(args.output, results, seeds, heading(args, setting.model_digest()))
    print(page)
    return 0


def heading(args: argparse.Namespace, digest: str) -> str:
    """What the figures are of, and what they do not say."""
    return f"""# Ablations

`python -m benchmarks.ablations --model {args.model} --part {args.part} --seeds {args.seeds} \
--steps {args.steps} --draws {args.draws}`, checkpoint {digest}.

Small trainings of equal length that differ in one part. How to read them:

* Arms of a, b, d and e come after the two streams of the checkpoint, which are frozen. Those
  streams were trained together with a gate, a distiller and dynamic BCE, which favours these.
  All that comes after them is trained from scratch in every arm, by the shipped loss without the
  agreement and SNR terms (d: by the agreement alone), with a smaller phoneme head and no V2X.
* Arms of c are an audio stream and a head from scratch, on GRID and Speech Commands.
* {args.steps} batches: {fusion_training.BATCH} clips in a, b and e, {deformable_runs.BATCH} clips
  in c; in d {agreement_training.LONGER} times as many, of {agreement_training.BATCH} windows. No
  arm was trained to convergence, and another budget may rank them otherwise.
* GRID s1: one talker, who is in the training data with other sentences; the {args.part} part's
  sentences and noises were not trained on. Nothing is said about other faces.
* A seed draws the weights and the order of the batches. Streams, clips and noises are the same for
  all seeds, so the intervals (Student's t over paired seeds) do not cover those. No correction is
  made for there being many intervals.
"""


if __name__ == '__main__':
    raise SystemExit(main())
