# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`av-fusion benchmark`: the real nodes, in short."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from av_fusion_ros import cli
from av_fusion_ros.cli.benchmark import PARTS
from av_fusion_ros.measuring import plan


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f'performance_{name}.csv').open(encoding='utf-8') as stream:
        return list(csv.DictReader(stream))


def test_the_parts_named_in_help_are_those_measured() -> None:
    assert PARTS == plan.PARTS


def test_an_unknown_part_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(['benchmark', '--only', 'speed']) == cli.MISTAKE
    assert 'accepted: hop, streams' in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.skipif(shutil.which('espeak-ng') is None, reason='needs espeak-ng')
def test_quick_measures_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In a minute or two; the figures themselves depend on what else this machine does."""
    pytest.importorskip('rclpy', reason='needs rclpy: run `make setup`')
    pytest.importorskip('matplotlib', reason='needs matplotlib: run `make setup`')
    assert cli.main(['benchmark', '--quick', '--output', str(tmp_path)]) == 0
    assert '## End of word to command' in capsys.readouterr().out
    latency = {row['graph']: row for row in rows(tmp_path, 'latency')}
    for graph in ('composed', 'separate processes'):
        answered = int(latency[graph]['answered'])
        assert 1 <= answered <= int(latency[graph]['phrases'])
        assert -500 < float(latency[graph]['end of word to command p50 [ms]']) < 5000
    used = {(row['graph'], row['process']): row for row in rows(tmp_path, 'usage')}
    alone = float(used['ROS alone', 'fusion_container']['CPU [% of a core]'])
    whole = float(used['composed', 'fusion_container']['CPU [% of a core]'])
    assert 0 < alone < whole
    assert {process for graph, process in used if graph == 'separate processes'} == {
        'audio_encoder', 'visual_encoder', 'v2x_gateway', 'fusion', 'all',
    }  # fmt: skip
    assert len(rows(tmp_path, 'start_up')) == 6
    assert len(rows(tmp_path, 'peer')) == 1
    backends = {row['backend'] for row in rows(tmp_path, 'hop_time')}
    assert backends == {'onnxruntime', 'torch'}
    assert (tmp_path / 'performance.md').is_file()
