# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The roadside unit in a visual encoder: publishes what it sees, signed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.nodes.diagnostics import ERROR
from av_fusion_ros.nodes.graph import V2X_VISUAL
from av_fusion_ros.nodes.managed_node import ManagedNode
from av_fusion_ros.nodes.roadside_conversion import v2x_visual
from av_fusion_ros.nodes.station_file import StationFileError, load_station_file
from av_fusion_ros.nodes.watched_file import WatchedFile
from av_fusion_ros.recognition.features import NS_PER_S, VisualFeature
from av_fusion_ros.recognition.v2x_unit import RoadsideUnit

LOOK_EVERY_NS = NS_PER_S  # at the station file


class RoadsideSender:
    """Publishes one message for each tick with a face, or for each frame that a tick used.

    The station file is read again when it has changed, so that keys change without a restart.
    Raises StationFileError.
    """

    def __init__(self, node: ManagedNode, path: Path, model_id: str) -> None:
        self._node = node
        self._model_id = model_id
        self._watched = WatchedFile(path)
        self._watched.changed()
        self._file = load_station_file(path)
        node.task.clear('station_file')
        self._unit = RoadsideUnit(self._file.identity)
        self._looked_ns = 0
        self._publisher = node.endpoints.announce(V2X_VISUAL.name)
        node.task.declare_counters('sent')
        node.task.value('station', self._file.identity.station_id)

    def send(
        self,
        features: Sequence[VisualFeature],
        picture: NDArray[np.uint8],
        stamp_ns: int,
        frame_id: str,
    ) -> None:
        """Send what a picture (h, w, 3) BGR, taken at ``stamp_ns``, brought."""
        now_ns = self._node.get_clock().now().nanoseconds
        self._look(now_ns)
        if self._file.sends_frames:
            for feature in features[-1:]:
                self._publish(
                    self._unit.frame(picture, stamp_ns, now_ns, feature.quality, frame_id)
                )
            return
        for feature in features:
            if feature.embedding.size:
                self._publish(self._unit.features(feature, self._model_id, now_ns, frame_id))

    def _publish(self, view: Any) -> None:
        self._publisher.publish(v2x_visual(view))
        self._node.task.count('sent')

    def _look(self, now_ns: int) -> None:
        if abs(now_ns - self._looked_ns) < LOOK_EVERY_NS:
            return
        self._looked_ns = now_ns
        if not self._watched.changed():
            return
        try:
            self._file = load_station_file(self._watched.path)
        except StationFileError as error:
            text = f'the key read before stays in use: {error}'
            self._node.task.lasting_fault('station_file', ERROR, text)
            self._node.get_logger().error(text)
            return
        self._node.task.clear('station_file')
        self._unit.identity = self._file.identity
        self._node.task.value('station', self._file.identity.station_id)
