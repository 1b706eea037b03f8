# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`av-fusion report`: a recorded run as one page."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = """
    Write one HTML page about a recorded run, which needs no network: the sound's spectrogram, the
    mouth as the lip reader got it, SNR, picture quality, the trust in each sense, the mode, the
    commands against what was said, alarms and latency over time, and a summary in plain words.
    The timeline is written as a PNG beside it.

    Give the bag of results and, for sound, pictures and the truth, the bag that was played:

        av-fusion report demo_result          # a folder with both, such as the demo's
        av-fusion report result drive.bag     # of `av-fusion replay drive.bag --output result`
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    from av_fusion_ros.cli.ros_arguments import namespace

    parser.add_argument(
        'bags',
        type=Path,
        nargs='+',
        metavar='BAG',
        help='rosbag2 folder, or a folder of several; all of one run',
    )
    parser.add_argument(
        '-o', '--output', type=Path, default=Path('report.html'), help='the page (report.html)'
    )
    parser.add_argument('--title', help="heading of the page; the first bag's name if not given")
    parser.add_argument(
        '--namespace', type=namespace, default='', help='only topics of this ROS namespace'
    )


def run(args: argparse.Namespace) -> int:
    """Read, draw, write."""
    from av_fusion_ros.reporting.bag_reader import read_run
    from av_fusion_ros.reporting.errors import ReportError
    from av_fusion_ros.reporting.page import page
    from av_fusion_ros.reporting.timeline import timeline
    from av_fusion_ros.reporting.track_png import write_png

    recorded = read_run(args.bags, args.namespace)
    drawn = timeline(recorded)
    try:
        args.output.parent.mkdir(parents=True, exist_ok=True)
        args.output.write_text(
            page(recorded, drawn, args.title or args.bags[0].resolve().name), encoding='utf-8'
        )
        print(args.output)
        picture = args.output.with_suffix('.png')
        write_png(drawn, picture)
        print(picture)
    except OSError as error:
        raise ReportError(f'{args.output} cannot be written: {error}') from error
    except ModuleNotFoundError as error:
        print(f'no PNG: the Python package {error.name} is not installed')
    return 0
