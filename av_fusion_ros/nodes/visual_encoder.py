# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Node: pictures -> face -> mouth crops -> visual features at 25 Hz."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from rclpy.publisher import Publisher
from rclpy.subscription import Subscription

from av_fusion_ros.nodes.diagnostics import ERROR
from av_fusion_ros.nodes.feature_messages import visual_features_message
from av_fusion_ros.nodes.graph import COMPRESSED, IMAGE, VISUAL_ENCODER, VISUAL_FEATURES
from av_fusion_ros.nodes.inference_worker import Lane
from av_fusion_ros.nodes.input_watch import InputWatch
from av_fusion_ros.nodes.managed_node import ManagedNode
from av_fusion_ros.nodes.network_loading import load_for_node
from av_fusion_ros.nodes.roadside_sender import RoadsideSender
from av_fusion_ros.nodes.running import run_nodes
from av_fusion_ros.nodes.stamps import capture_ns, shifted_ns
from av_fusion_ros.recognition.visual_encoder import VisualEncoder
from av_fusion_ros.signals.camera_health import CameraCondition
from av_fusion_ros.signals.face_tracker import FaceTracker
from av_fusion_ros.signals.frame_clock import FrameCounts
from av_fusion_ros.signals.freshness import Freshness
from av_fusion_ros.signals.image_decoding import compressed_to_bgr, to_bgr

WARM_UP_SHAPE = (240, 320, 3)
STUCK_FRAMES = 10  # a camera that lets stamps stand still, or go back by less than a reset
TRANSPORTS = {'auto': (IMAGE, COMPRESSED), 'raw': (IMAGE,), 'compressed': (COMPRESSED,)}


class VisualEncoderNode(ManagedNode):
    """Subscribes to raw or compressed pictures, publishes one message for each 40 ms tick."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(VISUAL_ENCODER, **arguments)
        self.task.declare_counters('published', 'resets')
        self._encoder: VisualEncoder | None = None
        self._lane: Lane | None = None
        self._watch: InputWatch | None = None
        self._features: Publisher[Any] | None = None
        self._pictures: dict[str, Subscription[Any]] = {}
        self._model_id = ''
        self._roadside: RoadsideSender | None = None
        self._freshness = Freshness()

    def load(self) -> None:
        """Load network and face models and run them once."""
        backend, spec = load_for_node(self, 'visual')
        self._model_id = spec.model_id
        cv2.setNumThreads(self.parameters.integer('threads'))
        tracker = FaceTracker(max_faces=self.parameters.integer('max_faces'))
        self._encoder = VisualEncoder(backend, spec, tracker)
        # The first call of a network is slow; it must not fall on the first word.
        self._encoder.push(np.zeros(WARM_UP_SHAPE, np.uint8), 0)
        self._encoder.reset()
        self._features = self.endpoints.announce(VISUAL_FEATURES.name)
        station = self.parameters.text('station_file')
        if station:
            self._roadside = RoadsideSender(self, Path(station).expanduser(), spec.model_id)

    def start(self) -> None:
        """Subscribe."""
        self._lane = self.lane(self._see)
        for topic in TRANSPORTS[self.parameters.text('image_transport')]:
            self._pictures[topic.name] = self.endpoints.listen(topic.name, self._take)
        self._watch = InputWatch(self, 'no picture', self._prefer_raw)

    def stop(self) -> None:
        """Forget what is under way: the next activation begins anew."""
        if self._watch is not None:
            self._watch.end()
            self._watch = None
        if self._lane is not None:
            self.worker.remove(self._lane)
            self._lane = None
        self._pictures.clear()
        if self._encoder is not None:
            self._encoder.reset()
        self._freshness.reset()

    def unload(self) -> None:
        """Forget the network."""
        self._encoder = self._features = self._roadside = None

    def _take(self, message: Any) -> None:
        if self._watch is not None:
            self._watch.heard()
        if self._lane is not None:
            self.submit(self._lane, (message, self.get_clock().now().nanoseconds))

    def _prefer_raw(self) -> None:
        """Where a camera offers both kinds, decode one of them only."""
        if self.parameters.text('image_transport') != 'auto':
            return
        raw, packed = (
            self.count_publishers(self.resolve_topic_name(topic.name))
            for topic in (IMAGE, COMPRESSED)
        )
        listening = self._pictures.get(COMPRESSED.name)
        if raw and packed and listening is not None:
            self.endpoints.unlisten(self._pictures.pop(COMPRESSED.name))
        elif not raw and listening is None:
            self._pictures[COMPRESSED.name] = self.endpoints.listen(COMPRESSED.name, self._take)

    def _see(self, received: tuple[Any, int]) -> None:
        message, arrival_ns = received
        if self._encoder is None or self._features is None:
            return
        if hasattr(message, 'format'):
            picture = compressed_to_bgr(message.data)
        else:
            picture = to_bgr(
                message.data,
                message.height,
                message.width,
                message.step,
                message.encoding,
                message.is_bigendian,
            )
        stamp_ns = shifted_ns(
            capture_ns(message.header.stamp), self.parameters.number('stamp_offset_s')
        )
        staleness = self._freshness.push(stamp_ns, arrival_ns)
        features = self._encoder.push(picture, stamp_ns, staleness)
        for feature in features:
            self._features.publish(
                visual_features_message(feature, self._model_id, message.header.frame_id)
            )
            self.task.count('published')
            self.task.count('resets', int(feature.sequence == 0))
            self.task.value('camera', CameraCondition(feature.health).name)
            self.task.value('faces', int(feature.face_id > 0) + len(feature.others))
            self.task.value('happy', f'{feature.happy:.2f}')
            self.task.value('angry', f'{feature.angry:.2f}')
        self.task.count('processed')
        self._tell_of_frames(self._encoder.frame_counts)
        # Last: what cannot go over the air must not cost what is seen here.
        if self._roadside is not None:
            self._roadside.send(features, picture, stamp_ns, message.header.frame_id)

    def _tell_of_frames(self, counts: FrameCounts) -> None:
        self.task.value('frames_duplicate', counts.duplicate)
        self.task.value('frames_late', counts.late)
        if counts.not_newer >= STUCK_FRAMES:
            self.task.passing_fault(
                'stamps',
                ERROR,
                f'{counts.not_newer} pictures in a row are stamped no later than one before them '
                'and left out; each must have the time of its own capture in header.stamp',
            )


def main(args: list[str] | None = None) -> int:
    """Run the node."""
    return run_nodes(lambda: [VisualEncoderNode()], args)


if __name__ == '__main__':
    raise SystemExit(main())
