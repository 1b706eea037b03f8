# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Where an installed package's files can be, for code that does not know ROS."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def share_folders() -> list[Path]:
    """share/av_fusion_ros of every prefix of a sourced ROS 2, then of this Python; any may lack."""
    prefixes = [p for p in os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep) if p]
    return [Path(prefix) / 'share' / 'av_fusion_ros' for prefix in [*prefixes, sys.prefix]]
