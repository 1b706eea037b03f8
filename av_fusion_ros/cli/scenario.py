# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`av-fusion scenario`: what the running graph does when a sense fails, passed or failed."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from av_fusion_ros.cli.whole_numbers import not_negative

HELP = """
    Make a bag in which things go wrong on schedule, play it into a freshly started graph, and
    hold weights, modes, alarms and commands against the scenario's criteria. `--list` shows the
    scenarios. The talker is a GRID clip where the recordings are there, else a drawn face. Each
    scenario leaves summary.md, plot.png, its tables and bags in a folder of its own.
"""

EXIT_FAILED = 1
FAILURE = 'a scenario did not meet its criteria'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument('names', nargs='*', metavar='NAME', help='scenarios, or all')
    parser.add_argument('--list', action='store_true', help='show the scenarios and their criteria')
    parser.add_argument(
        '-o', '--output', type=Path, default=Path('scenario_result'), help='folder, made anew'
    )
    parser.add_argument(
        '--source',
        choices=('auto', 'grid', 'drawn'),
        default='auto',
        help='who talks; auto: GRID where it is there',
    )
    parser.add_argument('--data', type=Path, help='folder of recordings; default: $AV_FUSION_DATA')
    parser.add_argument(
        '--seed', type=not_negative, default=1, help='other sentences, another face'
    )
    parser.add_argument(
        '--rate', type=float, default=1.0, help='speed of replay; below 1 for a slow machine'
    )
    parser.add_argument(
        '--separate', action='store_true', help='a process for each node instead of one for all'
    )


def run(args: argparse.Namespace) -> int:
    """Play each scenario and report; 0 when all pass."""
    from av_fusion_ros.cli.graph_replay import keep_apart
    from av_fusion_ros.cli.replay_result import fresh_folder
    from av_fusion_ros.cli.scenario_report import finding_rows
    from av_fusion_ros.cli.scenario_scene import material
    from av_fusion_ros.generation.errors import GenerationError
    from av_fusion_ros.generation.scenario import SCENARIOS, scenarios_named

    if args.list:
        for scenario in SCENARIOS:
            print(f'{scenario.name:<14} {scenario.summary}')
        return 0
    if not args.names:
        raise GenerationError('which scenario? give names, or all; --list shows them')
    chosen = scenarios_named(tuple(args.names))
    talker = material(args.source, args.data, args.seed)
    keep_apart()
    failed, rows = [], ['| scenario | | criteria met | |', '|---|---|---|---|']
    for scenario in chosen:
        begin_s = time.monotonic()
        print(f'== {scenario.name}: {scenario.summary}', flush=True)
        folder = fresh_folder(args.output / scenario.name)
        found = _played(scenario, talker, folder, args)
        print('\n'.join(finding_rows(found)), flush=True)
        met = sum(each.holds for each in found)
        if met < len(found):
            failed.append(scenario.name)
        rows.append(
            f'| [{scenario.name}]({scenario.name}/summary.md) | {scenario.summary} | '
            f'{met} of {len(found)} | {"passed" if met == len(found) else "FAILED"} |'
        )
        print(f'{time.monotonic() - begin_s:.0f} s; everything is in {folder}\n', flush=True)
    passed = len(chosen) - len(failed)
    print(
        f'{passed} of {len(chosen)} passed' + (f'; failed: {", ".join(failed)}' if failed else '')
    )
    return EXIT_FAILED if failed else 0


def _played(scenario: Any, talker: Any, folder: Path, args: argparse.Namespace) -> Any:
    from av_fusion_ros.cli.graph_replay import replay_scene
    from av_fusion_ros.cli.scenario_report import (
        ScenarioResult,
        faults_told,
        findings,
        gateway_counters,
        summary,
    )
    from av_fusion_ros.cli.scenario_scene import scenario_scene
    from av_fusion_ros.generation.ground_truth import ground_truth
    from av_fusion_ros.nodes.installed_files import package_file

    scene = scenario_scene(scenario, talker, args.seed)
    write_bag_on_air(scene, folder)
    result = ScenarioResult(ground_truth(scene))
    replay_scene(
        folder / 'scene',
        result,
        output=folder / 'results',
        composed=not args.separate,
        rate=args.rate,
        parameters=(
            f'fusion:commands_file:={package_file(talker.commands)}',
            f'v2x_gateway:trust_file:={folder / "trust.yaml"}',
        ),
    )
    result.counters = gateway_counters(folder / 'results')
    result.faults = faults_told(folder / 'results', result.truth['start_ns'])
    found = findings(scenario, result)
    result.write_tables(folder)
    (folder / 'summary.md').write_text(summary(scenario, result, found, talker.label))
    try:
        from av_fusion_ros.cli.replay_plot import plot

        plot(result, folder / 'plot.png', scenario.name)
    except ModuleNotFoundError as error:
        print(f'no plot.png: {error}')
    return found


def write_bag_on_air(scene: Any, folder: Path) -> None:
    """Write the scene's bag with signed roadside views, and the trust file for them."""
    from av_fusion_ros.cli.roadside_traffic import RoadsideTraffic
    from av_fusion_ros.generation.bag_writer import write_scene
    from av_fusion_ros.nodes.installed_files import package_file, shipped_model
    from av_fusion_ros.recognition.backend import open_backend

    backend, spec = open_backend(shipped_model(), graph_folders=[package_file('models')])
    traffic = RoadsideTraffic(scene, backend, spec)
    traffic.write_trust_file(folder / 'trust.yaml')
    write_scene(folder / 'scene', scene, images='jpeg', on_air=traffic.messages())
