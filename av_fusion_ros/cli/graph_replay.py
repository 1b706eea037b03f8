# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Starts the graph, plays a generated scene into it and gathers what it publishes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from av_fusion_ros.cli.replay_result import MODES, Heard, ReplayResult
from av_fusion_ros.cli.ros_session import ros_session, use_local_network
from av_fusion_ros.nodes.graph_processes import GraphOptions, GraphProcesses
from av_fusion_ros.nodes.installed_files import package_file
from av_fusion_ros.nodes.replay_session import ReplaySession
from av_fusion_ros.nodes.stamps import to_ns

PRINT_EVERY_S = 2.0


def keep_apart() -> None:
    """Keep the traffic on this machine, and to this run; before rclpy.init."""
    use_local_network()
    # A graph that runs on this machine already must not hear this one, nor this one it.
    os.environ['ROS_DOMAIN_ID'] = str(1 + os.getpid() % 100)


class _Gatherer:
    """Takes the graph's messages into a result, and prints them."""

    def __init__(self, result: ReplayResult, *, silent: bool) -> None:
        self._result = result
        self._silent = silent
        self._start_ns = result.truth['start_ns']
        self._printed_s = 0.0

    def _say(self, text: str) -> None:
        if not self._silent:
            print(text, flush=True)

    def _seconds(self, stamp: Any) -> float:
        return float(to_ns(stamp) - self._start_ns) / 1e9

    def on_command(self, message: Any) -> None:
        if message.partial:
            return
        best = message.best
        times = (self._seconds(message.start), self._seconds(message.end))
        self._result.commands.append(
            Heard(*times, best.text, best.id, best.confidence, message.latency_s)
        )
        self._say(f'{times[1]:6.1f} s  "{best.text}"  (confidence {best.confidence:.2f})')

    def on_weights(self, message: Any) -> None:
        at_s = self._seconds(message.header.stamp)
        trust = (message.audio, message.visual, message.v2x)
        signs = (message.audio_snr_db, message.camera_quality, message.v2x_age_s)
        self._result.weights.append((at_s, *trust, *signs, message.mode))
        if at_s >= self._printed_s:
            self._printed_s = at_s + PRINT_EVERY_S
            roadside = f'  roadside {message.v2x:.2f}' if message.v2x else ''
            self._say(
                f'{at_s:6.1f} s  ear {message.audio:.2f}  eye {message.visual:.2f}{roadside}  '
                f'SNR {message.audio_snr_db:5.1f} dB  picture {message.camera_quality:.2f}'
            )

    def on_mode(self, message: Any) -> None:
        at_s = self._seconds(message.header.stamp)
        if at_s < 0:
            return  # the mode before the first sample
        self._result.modes.append((at_s, message.mode, message.reason))
        self._say(f'{at_s:6.1f} s  mode {MODES[message.mode]}: {message.reason}')

    def on_alarm(self, message: Any) -> None:
        at_s = self._seconds(message.header.stamp)
        self._result.alarms.append((at_s, message.kind, message.level, message.detail))


def replay_scene(
    bag: Path,
    result: ReplayResult,
    *,
    output: Path,
    composed: bool = True,
    rate: float = 1.0,
    parameters: tuple[str, ...] = (),
    silent: bool = False,
) -> None:
    """Play ``bag`` into a freshly started graph; what it publishes goes into ``result``.

    ``output`` is a bag of all results; ``rate`` is the speed: all times are those of the stamps, so
    that a slow machine may play slowly; ``parameters`` are NAME:=VALUE.
    """
    options = GraphOptions(
        params_file=package_file('config/fusion.yaml'),
        log_level='warn',
        use_sim_time=True,
        composed=composed,
        parameters=parameters,
    )
    gatherer = _Gatherer(result, silent=silent)
    with ros_session() as executor, GraphProcesses(options) as processes:
        import rclpy

        driver = rclpy.create_node('av_fusion_driver')
        executor.add_node(driver)
        processes.bring_up(driver, executor)
        session = ReplaySession(
            executor,
            bag,
            rate=rate,
            output=output,
            on_command=gatherer.on_command,
            on_weights=gatherer.on_weights,
            on_mode=gatherer.on_mode,
            on_alarm=gatherer.on_alarm,
        )
        try:
            session.run()
        finally:
            session.close()
            driver.destroy_node()
