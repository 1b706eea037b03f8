# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The environment that ROS 2 needs where it was installed from Python wheels.

A ROS 2 installation sets it when its setup.bash is sourced. Wheels have no such file: their
prefix is the interpreter's own, so it can be derived, for this process and those it starts.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def use_wheels_environment() -> None:
    """Set AMENT_PREFIX_PATH and PATH for ROS 2 wheels, unless a ROS 2 is sourced already."""
    prefix = Path(sys.prefix)
    if os.environ.get('AMENT_PREFIX_PATH') or not (prefix / 'share' / 'ament_index').is_dir():
        return
    os.environ['AMENT_PREFIX_PATH'] = str(prefix)
    executables = str(prefix / 'bin')
    path = os.environ.get('PATH', '')
    if executables not in path.split(os.pathsep):
        os.environ['PATH'] = os.pathsep.join(filter(None, [executables, path]))
