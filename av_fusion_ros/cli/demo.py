# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`av-fusion demo`: a generated talking face through the real graph, in under two minutes."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from av_fusion_ros.cli.whole_numbers import not_negative

HELP = """
    Make a talking face that says commands while noise and a blackout come over it, start the
    graph, play the face into it, and print what is recognised. The result folder holds
    commands.csv, weights.csv, summary.md, plot.png, the bag that was played and a bag of
    results. No hardware is needed.
"""

EXIT_NOT_WORKED = 1
FAILURE = 'the graph did not do what it must; summary.md says which check failed'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        '-o', '--output', type=Path, default=Path('demo_result'), help='folder, made anew'
    )
    parser.add_argument('--seed', type=not_negative, default=1, help='another face and voice')
    parser.add_argument(
        '--separate', action='store_true', help='a process for each node instead of one for all'
    )


def run(args: argparse.Namespace) -> int:
    """Generate, start, play, compare."""
    from av_fusion_ros.cli.demo_report import DemoResult
    from av_fusion_ros.cli.demo_scene import demo_scene
    from av_fusion_ros.cli.graph_replay import keep_apart, replay_scene
    from av_fusion_ros.cli.replay_result import fresh_folder
    from av_fusion_ros.generation.bag_writer import write_scene
    from av_fusion_ros.generation.ground_truth import ground_truth

    begin_s = time.monotonic()
    folder = fresh_folder(args.output)
    keep_apart()
    print('making a talking face ...', flush=True)
    scene = demo_scene(args.seed)
    write_scene(folder / 'scene', scene, images='jpeg')
    result = DemoResult(ground_truth(scene))
    print(f'{scene.duration_s:.0f} s of it; starting the graph ...', flush=True)
    replay_scene(folder / 'scene', result, output=folder / 'results', composed=not args.separate)
    worked = result.write(folder, time.monotonic() - begin_s)
    try:
        from av_fusion_ros.cli.replay_plot import plot

        plot(result, folder / 'plot.png')
    except ModuleNotFoundError as error:
        print(f'no plot.png: {error}')
    print((folder / 'summary.md').read_text())
    print(f'{time.monotonic() - begin_s:.0f} s; everything is in {folder}')
    print(f'`av-fusion report {folder}` makes a page of it')
    if worked:
        return 0
    print(
        'A busy machine loses pictures and sound: end other work and try again. '
        '`av-fusion doctor` checks the installation.'
    )
    return EXIT_NOT_WORKED
