# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Where ROS 2 comes from wheels, the environment it needs is derived; a sourced ROS 2 is kept."""

import os
import sys
from pathlib import Path

import pytest

from av_fusion_ros.cli.wheels_environment import use_wheels_environment


@pytest.fixture
def prefix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment's prefix that holds ROS 2 wheels."""
    (tmp_path / 'share' / 'ament_index').mkdir(parents=True)
    monkeypatch.setattr(sys, 'prefix', str(tmp_path))
    monkeypatch.delenv('AMENT_PREFIX_PATH')
    monkeypatch.setenv('PATH', '/usr/bin')
    return tmp_path


def test_the_interpreters_prefix_is_used(prefix: Path) -> None:
    use_wheels_environment()
    assert os.environ['AMENT_PREFIX_PATH'] == str(prefix)
    assert os.environ['PATH'] == f'{prefix}/bin:/usr/bin'


def test_the_path_is_not_lengthened_twice(prefix: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('PATH', f'{prefix}/bin:/usr/bin')
    use_wheels_environment()
    assert os.environ['PATH'] == f'{prefix}/bin:/usr/bin'


def test_a_sourced_ros_2_is_left_alone(prefix: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('AMENT_PREFIX_PATH', '/opt/ros/kilted')
    use_wheels_environment()
    assert os.environ['AMENT_PREFIX_PATH'] == '/opt/ros/kilted'
    assert os.environ['PATH'] == '/usr/bin'


def test_a_python_without_ros_2_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, 'prefix', str(tmp_path))
    monkeypatch.delenv('AMENT_PREFIX_PATH')
    use_wheels_environment()
    assert 'AMENT_PREFIX_PATH' not in os.environ
