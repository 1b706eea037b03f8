# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`av-fusion demo`: a generated talking face through the real graph, in under two minutes."""

from __future__ import annotations

import argparse
import os
import shutil
import time
from pathlib import Path
from typing import Any

HELP = """
    Make a talking face that says commands while noise and a blackout come over it, start the
    graph, play the face into it, and print what is recognised. The result folder holds
    commands.csv, weights.csv, summary.md, plot.png, the bag that was played and a bag of
    results. No hardware is needed. The status is 0 only if the graph worked.
"""

EXIT_NOT_WORKED = 1
PRINT_EVERY_S = 2.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        '-o', '--output', type=Path, default=Path('demo_result'), help='folder, made anew'
    )
    parser.add_argument('--seed', type=int, default=1, help='another face and voice')
    parser.add_argument(
        '--separate', action='store_true', help='a process for each node instead of one for all'
    )


def run(args: argparse.Namespace) -> int:
    """Generate, start, play, compare."""
    from av_fusion_ros.cli.demo_report import DemoResult
    from av_fusion_ros.cli.demo_scene import demo_scene
    from av_fusion_ros.cli.ros_session import use_local_network
    from av_fusion_ros.generation.bag_writer import write_scene
    from av_fusion_ros.generation.ground_truth import ground_truth

    begin_s = time.monotonic()
    folder = _fresh_folder(args.output)
    use_local_network()
    # A graph that runs on this machine already must not hear the demo, nor the demo it.
    os.environ['ROS_DOMAIN_ID'] = str(1 + os.getpid() % 100)
    print('making a talking face ...', flush=True)
    scene = demo_scene(args.seed)
    write_scene(folder / 'scene', scene, images='jpeg')
    result = DemoResult(ground_truth(scene))
    print(f'{scene.duration_s:.0f} s of it; starting the graph ...', flush=True)
    _play(folder, result, composed=not args.separate)
    worked = result.write(folder, time.monotonic() - begin_s)
    try:
        from av_fusion_ros.cli.demo_plot import plot

        plot(result, folder / 'plot.png')
    except ModuleNotFoundError as error:
        print(f'no plot.png: {error}')
    print((folder / 'summary.md').read_text())
    print(f'{time.monotonic() - begin_s:.0f} s; everything is in {folder}')
    return 0 if worked else EXIT_NOT_WORKED


def _fresh_folder(folder: Path) -> Path:
    """Return ``folder`` empty; what is removed must be a demo's result."""
    from av_fusion_ros.nodes.result_recorder import RecordError

    if folder.exists():
        if any(folder.iterdir()) and not (folder / 'scene' / 'metadata.yaml').is_file():
            raise RecordError(f"{folder} exists and is no demo's result; give another --output")
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return folder


def _play(folder: Path, result: Any, *, composed: bool) -> None:
    from av_fusion_ros.cli.demo_report import MODES, Heard
    from av_fusion_ros.cli.ros_session import ros_session
    from av_fusion_ros.nodes.graph_processes import GraphOptions, GraphProcesses
    from av_fusion_ros.nodes.installed_files import package_file
    from av_fusion_ros.nodes.replay_session import ReplaySession
    from av_fusion_ros.nodes.stamps import to_ns

    start_ns = result.truth['start_ns']
    printed_s = 0.0

    def seconds(stamp: Any) -> float:
        return (to_ns(stamp) - start_ns) / 1e9

    def on_command(message: Any) -> None:
        if message.partial:
            return
        best = message.best
        times = (seconds(message.start), seconds(message.end))
        result.commands.append(
            Heard(*times, best.text, best.id, best.confidence, message.latency_s)
        )
        print(f'{times[1]:6.1f} s  "{best.text}"  (confidence {best.confidence:.2f})', flush=True)

    def on_weights(message: Any) -> None:
        nonlocal printed_s
        at_s = seconds(message.header.stamp)
        trust = (message.audio, message.visual, message.v2x)
        signs = (message.audio_snr_db, message.camera_quality, message.v2x_age_s)
        result.weights.append((at_s, *trust, *signs, message.mode))
        if at_s >= printed_s:
            printed_s = at_s + PRINT_EVERY_S
            print(
                f'{at_s:6.1f} s  ear {message.audio:.2f}  eye {message.visual:.2f}  '
                f'SNR {message.audio_snr_db:5.1f} dB  picture {message.camera_quality:.2f}',
                flush=True,
            )

    def on_mode(message: Any) -> None:
        at_s = seconds(message.header.stamp)
        if at_s < 0:
            return  # the mode before the first sample
        result.modes.append((at_s, message.mode, message.reason))
        print(f'{at_s:6.1f} s  mode {MODES[message.mode]}: {message.reason}', flush=True)

    options = GraphOptions(
        params_file=package_file('config/fusion.yaml'),
        log_level='warn',
        use_sim_time=True,
        composed=composed,
    )
    with ros_session() as executor, GraphProcesses(options) as processes:
        import rclpy

        driver = rclpy.create_node('av_fusion_demo')
        executor.add_node(driver)
        processes.bring_up(driver, executor)
        session = ReplaySession(
            executor,
            folder / 'scene',
            output=folder / 'results',
            on_command=on_command,
            on_weights=on_weights,
            on_mode=on_mode,
        )
        try:
            session.run()
        finally:
            session.close()
            driver.destroy_node()
