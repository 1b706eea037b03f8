# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`av-fusion benchmark`: what the package costs on this machine."""

from __future__ import annotations

import argparse
import os
import shlex
from pathlib import Path

from av_fusion_ros.cli.whole_numbers import positive

HELP = """
Time of a 40 ms hop by stage and backend; end of a word to its command through the real nodes, in
one process and in several; CPU and memory of each process, and what of it ROS alone costs;
start-up time; many streams at once; sizes of the picture; quality of service; pocketsphinx on the
same sound.

Recordings are GRID's where --data has them, else generated. Prints the page and writes it with CSV
files and plots to --output. About 6 minutes of both cores of a small machine, which should have
nothing else to do; --quick takes one to two.
"""
PARTS = ('hop', 'streams', 'sizes', 'graph', 'peer')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument('--quick', action='store_true', help='less of everything, in short')
    parser.add_argument(
        '--only', help=f'parts by commas: {", ".join(PARTS)} (default: all of them)'
    )
    parser.add_argument('--takes', type=positive, help='phrases of the long runs through the nodes')
    parser.add_argument('--model', type=Path, help='another checkpoint than the installed one')
    parser.add_argument(
        '--data', type=Path, help='recordings (default $AV_FUSION_DATA, ../shared/data)'
    )
    parser.add_argument(
        '--output', type=Path, default=Path('runs/benchmark'), help='folder of page, CSV and plots'
    )


def run(args: argparse.Namespace) -> int:
    """Measure, print and write."""
    from dataclasses import replace

    from rich.console import Console

    from av_fusion_ros.cli.ros_session import use_local_network
    from av_fusion_ros.measuring.performance_page import write_page
    from av_fusion_ros.measuring.plan import QUICK, Plan, Subject, carry_out
    from av_fusion_ros.measuring.takes import material
    from av_fusion_ros.nodes.installed_files import package_file, shipped_model

    parts = chosen_parts(args.only)
    plan = replace(QUICK if args.quick else Plan(), parts=parts)
    if args.takes is not None:
        plan = replace(plan, takes=args.takes)
    use_local_network()
    # Nobody else's graph may hear the benchmark's, or be heard by it.
    os.environ.setdefault('ROS_DOMAIN_ID', str(1 + os.getpid() % 100))
    folder = args.data or Path(os.environ.get('AV_FUSION_DATA', '../shared/data'))
    taken = material(folder, max(plan.takes, plan.short_takes, plan.hop_takes))
    subject = Subject(
        (args.model or shipped_model()).resolve(),
        [package_file('models')],
        package_file(taken.commands_file),
        taken,
    )
    console = Console(stderr=True)
    with console.status('benchmark') as status:
        found = carry_out(
            plan, subject, command(args), lambda text: status.update(f'benchmark: {text}')
        )
    print(write_page(args.output, found))
    print(f'written to {args.output}')
    return 0


def chosen_parts(only: str | None) -> tuple[str, ...]:
    """The parts that are named; raises MeasuringError for an unknown one."""
    from av_fusion_ros.measuring.errors import MeasuringError

    parts = PARTS if only is None else tuple(only.split(','))
    if unknown := set(parts) - set(PARTS):
        raise MeasuringError(
            f'no part of the benchmark is called {", ".join(sorted(unknown))}; accepted: '
            f'{", ".join(PARTS)}'
        )
    return parts


def command(args: argparse.Namespace) -> str:
    """What makes the same figures again."""
    words = ['av-fusion', 'benchmark']
    words += ['--quick'] if args.quick else []
    words += ['--only', args.only] if args.only else []
    words += ['--takes', str(args.takes)] if args.takes is not None else []
    return shlex.join(words)
