# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Lets the tests import their helpers, `recorded` and `browser`, and gives them a recorded run."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def bag(tmp_path):
    """The bag of `recorded.results()` with its truth."""
    from recorded import TRUTH, results, write_bag

    return write_bag(tmp_path / 'bag', results(), TRUTH)


@pytest.fixture
def run(bag):
    """The same as a Run."""
    from av_fusion_ros.reporting.bag_reader import read_run

    return read_run([bag])
