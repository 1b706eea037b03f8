# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The message types a generated bag holds, without ROS: those of ROS 2 and this package's."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

from av_fusion_ros.generation.errors import GenerationError

PACKAGE = 'av_fusion_ros'


def _candidate_folders() -> Iterator[Path]:
    """The checkout's msg folder, then those of the installed packages."""
    yield Path(__file__).resolve().parents[2] / 'msg'
    for prefix in filter(None, os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep)):
        yield Path(prefix) / 'share' / PACKAGE / 'msg'
    for parent in Path(__file__).resolve().parents:
        yield parent / 'share' / PACKAGE / 'msg'


@cache
def bag_types() -> Typestore:
    """A type store with every message of the package; raises GenerationError if absent."""
    folder = next((f for f in _candidate_folders() if (f / 'Audio.msg').is_file()), None)
    if folder is None:
        raise GenerationError(
            f'the message definitions of {PACKAGE} are not installed; install the package '
            '(share/av_fusion_ros/msg) or run from a checkout'
        )
    store = get_typestore(Stores.ROS2_JAZZY)
    types = {}
    for path in sorted(folder.glob('*.msg')):
        types.update(get_types_from_msg(path.read_text(), f'{PACKAGE}/msg/{path.stem}'))
    store.register(types)
    return store
