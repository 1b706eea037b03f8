# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Listens to ETSI ITS messages where their packages are installed (etsi_its_msgs)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from av_fusion_ros.nodes.graph import ITS_CAM, ITS_CPM, Topic
from av_fusion_ros.nodes.managed_node import ManagedNode
from av_fusion_ros.nodes.message_types import MessageTypeError, message_class
from av_fusion_ros.recognition.v2x_its import (
    ItsStation,
    MapOrigin,
    station_of_cam,
    station_of_cpm,
)

Reader = Callable[[Any, MapOrigin], ItsStation | None]
READERS: dict[Topic, Reader] = {ITS_CAM: station_of_cam, ITS_CPM: station_of_cpm}


def listen_to_its(node: ManagedNode, take: Callable[[Reader, Any], None]) -> list[str]:
    """Subscribe to the kinds that are installed and return their names.

    ``take`` is called in the executor's thread with each message and what reads it.
    """
    heard = []
    for topic, read in READERS.items():
        try:
            message_class(topic.type)
        except MessageTypeError:
            continue
        node.endpoints.listen(topic.name, partial(take, read))
        heard.append(topic.type)
    return heard
