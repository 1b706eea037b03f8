# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The tree is built by colcon, and what that installs is found and starts."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from av_fusion_ros.nodes import graph

ROOT = Path(__file__).resolve().parents[2]

# Run in a shell that has sourced the built workspace, away from the checkout.
PROBE = """
import ament_index_python.packages as index
import av_fusion_ros
import av_fusion_ros.msg as messages
import rclpy

prefix = index.get_package_prefix('av_fusion_ros')
for module in (av_fusion_ros, messages):
    assert module.__file__.startswith(prefix), (module.__file__, prefix)
rclpy.init()
node = rclpy.create_node('probe')
node.create_publisher(messages.Audio, 'audio', 1).publish(messages.Audio())
node.destroy_node()
rclpy.shutdown()
print(prefix)
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which('colcon', path=f'{sys.prefix}/bin{os.pathsep}{os.environ["PATH"]}') is None,
        reason='needs colcon: run `make setup`',
    ),
]


def in_workspace(install: Path, command: list[str], cwd: Path) -> str:
    """Run a command after `source install/setup.bash`, as a user does."""
    script = f'source {ROOT}/tools/environment.sh && source {install}/setup.bash && exec "$@"'
    shown = subprocess.run(
        ['bash', '-c', script, 'bash', *command],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert shown.returncode == 0, shown.stderr
    return shown.stdout.strip()


def test_a_workspace_is_built_and_usable(tmp_path: Path) -> None:
    built = subprocess.run(
        ['tools/colcon_build.sh', str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr

    prefix = tmp_path / 'install' / 'av_fusion_ros'
    for name in graph.EXECUTABLES:
        assert os.access(prefix / 'lib' / 'av_fusion_ros' / name, os.X_OK), name
    share = prefix / 'share'
    assert (share / 'ament_index/resource_index/packages/av_fusion_ros').is_file()
    for folder in ('launch', 'config', 'msg', 'models'):
        assert any((share / 'av_fusion_ros' / folder).iterdir()), folder

    install = tmp_path / 'install'
    assert in_workspace(install, ['python3', '-c', PROBE], tmp_path) == str(prefix)
    assert in_workspace(install, ['which', 'av-fusion'], tmp_path) == f'{prefix}/bin/av-fusion'
    assert in_workspace(install, ['av-fusion', '--version'], tmp_path).startswith('av_fusion_ros')
