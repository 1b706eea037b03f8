# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One run of a graph in a process of its own, with nodes that do nothing."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip('rclpy', reason='needs rclpy: run `make setup`')

from av_fusion_ros.cli.ros_session import ros_session
from av_fusion_ros.measuring.graph_run import Picture, run_graph
from av_fusion_ros.measuring.takes import FRAME_SAMPLES, Take
from av_fusion_ros.nodes.graph_processes import GraphOptions

N_FRAMES = 75


def test_ros_alone_passes_everything_on_and_sleeps_in_between() -> None:
    """An executor that spins without sleeping would take the whole core."""
    rng = np.random.default_rng(0)
    sound = rng.normal(0, 0.05, N_FRAMES * FRAME_SAMPLES).astype(np.float32)
    picture = rng.integers(0, 255, (48, 64, 3), np.uint8)
    take = Take('stop', 0.5, sound, lambda: iter([picture] * N_FRAMES))
    floor = 'av_fusion_ros.measuring.transport_floor'
    options = GraphOptions(composed=True, log_level='warn', container=floor)
    with ros_session() as executor:
        run = run_graph(executor, options, (take,), Picture(64, 48, 25.0))
    assert run.lost == {'image': 0, 'audio': 0}
    assert run.sent['image'] == N_FRAMES
    assert abs(len(run.weights_s) - N_FRAMES) <= 3
    assert not run.latencies_s
    (used,) = run.usage.values()
    assert 0 < used.cpu_percent < 50
    assert used.rss_mib > 20
    assert 0 < run.start_up.answer_s < 60
