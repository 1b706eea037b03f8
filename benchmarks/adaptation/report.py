# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""placeholder"""

from __future__ import annotations

from pathlib import Path


def write_report(folder: Path, page: Path) -> None:
    """Not yet."""
