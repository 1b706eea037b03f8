# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The message definitions that bags are written with: those of ROS 2 and of this package."""

from __future__ import annotations

from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

from av_fusion_ros.nodes.installed_files import PACKAGE, package_file


def typestore() -> Typestore:
    """Return a type store that knows every message of ROS 2 and of this package."""
    store = get_typestore(Stores.ROS2_KILTED)
    types: dict[str, object] = {}
    for path in sorted(package_file('msg').glob('*.msg')):
        types |= get_types_from_msg(path.read_text(), f'{PACKAGE}/msg/{path.stem}')
    store.register(types)  # type: ignore[arg-type]
    return store
