# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Small bags for tests, written with rosbags from rclpy's own serialisation."""

from pathlib import Path

from rclpy.serialization import serialize_message
from rosbags.rosbag2 import Writer

from av_fusion_ros.generation.bag_types import bag_types
from av_fusion_ros.nodes.result_recorder import STORAGES


def write_bag(path: Path, storage: str, messages: list[tuple[str, str, int, object]]) -> Path:
    """Write (topic, type, time in ns, message) rows into a new bag."""
    store = bag_types()
    connections = {}
    with Writer(path, version=9, storage_plugin=STORAGES[storage]) as writer:
        for topic, type_name, t_ns, message in messages:
            if topic not in connections:
                connections[topic] = writer.add_connection(topic, type_name, typestore=store)
            writer.write(connections[topic], t_ns, serialize_message(message))
    return path
