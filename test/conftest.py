# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What several rooms' tests need: the real recordings, and a ROS graph of the test's own."""

import gc
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# Set before anything imports rclpy, and inherited by the processes that tests start: a domain
# that no other run on this machine is likely to use, and no traffic beyond this machine.
os.environ['ROS_DOMAIN_ID'] = str(1 + os.getpid() % 100)
os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'
os.environ['ROS_LOCALHOST_ONLY'] = '1'  # the same for Humble
os.environ['FASTRTPS_DEFAULT_PROFILES_FILE'] = str(ROOT / 'config' / 'fastdds_local.xml')
if 'AMENT_PREFIX_PATH' not in os.environ:
    os.environ['AMENT_PREFIX_PATH'] = sys.prefix


@pytest.fixture(scope='session')
def shared_data() -> Path:
    """The folder of real recordings: $AV_FUSION_DATA, else ../shared/data beside the checkout."""
    given = os.environ.get('AV_FUSION_DATA')
    folder = Path(given) if given else ROOT.parent / 'shared' / 'data'
    if not folder.is_dir():
        pytest.skip(f'no recordings at {folder}; set AV_FUSION_DATA to their folder')
    return folder


@pytest.fixture
def ros() -> Iterator[None]:
    """Initialise rclpy for one test; what nodes the test leaves are destroyed after it."""
    rclpy = pytest.importorskip('rclpy', reason='needs rclpy: run `make setup`')
    _destroy_nodes()  # of an earlier test that did without this fixture
    rclpy.init()
    yield
    _destroy_nodes()
    rclpy.try_shutdown()


def _destroy_nodes() -> None:
    """Destroy every node there is: one that is left would be in the graph of the tests to come.

    Collecting garbage does not suffice: pytest keeps the frames of a failed test, with its nodes.
    Nor does ending the context: rclpy then passes over every second of its nodes.
    """
    from rclpy.node import Node

    gc.collect()
    for left in [each for each in gc.get_objects() if issubclass(type(each), Node)]:
        left.destroy_node()


@pytest.fixture
def spin_until() -> Callable[..., None]:
    """`spin_until(executor, condition, timeout_s=10.0)`: spin until the condition holds.

    It returns the moment the condition holds and raises AssertionError after the time limit, so
    that tests neither sleep nor hang.
    """

    def spin(executor: object, condition: Callable[[], bool], timeout_s: float = 10.0) -> None:
        deadline = time.monotonic() + timeout_s
        while not condition():
            left = deadline - time.monotonic()
            assert left > 0, f'the condition did not come true within {timeout_s} s'
            executor.spin_once(timeout_sec=min(left, 0.05))  # type: ignore[attr-defined]

    return spin
