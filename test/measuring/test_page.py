# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The findings as tables, verdicts, files and a page."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from av_fusion_ros.measuring.findings import COMPOSED, FLOOR, SEPARATE, Findings
from av_fusion_ros.measuring.graph_run import GraphRun, StartUp
from av_fusion_ros.measuring.hop_time import WHOLE_HOP, Spent
from av_fusion_ros.measuring.live_source import Spoken
from av_fusion_ros.measuring.peer import PeerRun
from av_fusion_ros.measuring.performance_page import write_page
from av_fusion_ros.measuring.process_usage import MIB, Sample, Usage
from av_fusion_ros.measuring.targets import in_real_time, targets


def spent(milliseconds: float) -> Spent:
    return np.full((20, 2), milliseconds)


def graph_run(latencies_s: list[float], cpu_s: float, rss_mib: float) -> GraphRun:
    samples = [Sample(t, cpu_s * t, round(rss_mib * MIB)) for t in range(20)]
    return GraphRun(
        [Spoken('stop', 0, 1, 1)] * len(latencies_s),
        StartUp(2.0, 3.0, 0.5),
        {'fusion_container': Usage(samples)},
        20.0,
        latencies_s,
        len(latencies_s),
        [0.03],
        {'image': 500, 'audio': 1000},
        {'image': 0, 'audio': 2},
    )


@pytest.fixture
def found() -> Findings:
    made = Findings('av-fusion benchmark', '2 phrases', '640x480', 'a machine', 0.1, 0.2)
    parts = {'ear: network': spent(1.0), 'all networks': spent(2.0), WHOLE_HOP: spent(5.0)}
    made.stages = {'onnxruntime': parts}
    made.streams = {'onnxruntime': {1: spent(2.0), 20: spent(30.0), 64: spent(90.0)}}
    made.sizes = {(640, 480): spent(4.0)}
    made.runs = {COMPOSED: graph_run([0.15, 0.19, 0.45], 0.4, 300.0)}
    made.runs[FLOOR] = graph_run([], 0.15, 100.0)
    made.peer = PeerRun(2, 6.0, 0.3, 2, 1, [0.4, 0.5])
    made.left_out = ['GPU: none that torch can use']
    return made


def test_targets_are_judged_by_what_was_found(found: Findings) -> None:
    met = {target.name: target.met for target in targets(found)}
    assert met['all networks, onnxruntime, CPU p95']
    assert not met['the whole hop, onnxruntime, CPU p95']
    assert met[f'end of word to command p50, {COMPOSED}']
    assert not met[f'end of word to command p95, {COMPOSED}']
    assert met[f'CPU of the graph, {COMPOSED}']
    assert met[f'CPU of the graph, {FLOOR}']
    assert met[f'memory, {COMPOSED}']
    assert met[f'configure to active, {COMPOSED}']
    assert met['streams in real time, onnxruntime']


def test_streams_are_in_real_time_while_a_hop_takes_less_than_a_hop() -> None:
    assert in_real_time({1: spent(2.0), 20: spent(30.0), 64: spent(90.0)}) == 20
    assert in_real_time({1: spent(41.0)}) == 0


def test_a_graph_that_answered_nothing_is_shown_as_such(found: Findings, tmp_path: Path) -> None:
    found.runs[SEPARATE] = graph_run([], 0.4, 300.0)
    page = write_page(tmp_path, found)
    assert f'| {SEPARATE} | 0 | 0 | 0 | - | - | - |' in page
    assert f'| {FLOOR} | 0 | 0' not in page


def test_the_page_shows_every_table_and_says_what_is_missing(
    found: Findings, tmp_path: Path
) -> None:
    page = write_page(tmp_path, found)
    assert page == (tmp_path / 'performance.md').read_text(encoding='utf-8')
    assert 'NOT met' in page
    assert 'Left out: GPU: none that torch can use.' in page
    for name in ('targets', 'hop_time', 'latency', 'usage', 'start_up', 'streams', 'loss', 'peer'):
        with (tmp_path / f'performance_{name}.csv').open(encoding='utf-8') as stream:
            rows = list(csv.reader(stream))
        assert len(rows) > 1
        assert all(len(row) == len(rows[0]) for row in rows)
    for name in ('hop_time', 'latency', 'streams', 'usage'):
        picture = f'performance_{name}.png'
        assert (tmp_path / picture).read_bytes().startswith(b'\x89PNG')
        assert f'({picture})' in page


def test_a_part_that_was_not_measured_has_no_table(tmp_path: Path) -> None:
    page = write_page(tmp_path, Findings('av-fusion benchmark', '2 phrases', '640x480'))
    assert '## End of word to command' not in page
    assert not list(tmp_path.glob('*.png'))
