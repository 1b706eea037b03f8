# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What is on the air in a generated scene: signed views of roadside units, and false ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from av_fusion_ros.generation.bag_messages import ROADSIDE_FRAME, v2x_visual_message
from av_fusion_ros.generation.roadside import roadside_views
from av_fusion_ros.generation.roadside_events import V2x, V2xAttack
from av_fusion_ros.generation.scene import Scene
from av_fusion_ros.model.specification import Specification
from av_fusion_ros.recognition.backend import Backend
from av_fusion_ros.recognition.features import NS_PER_S, VisualFeature
from av_fusion_ros.recognition.roadside_message import RoadsideMessage
from av_fusion_ros.recognition.v2x_unit import RoadsideUnit, UnitIdentity
from av_fusion_ros.recognition.visual_encoder import VisualEncoder
from av_fusion_ros.signals.roadside_frame import decode_frame

KEY_ID = 'scenario'
STRANGER = 'nobody-knows-me'

OnAir = tuple[int, RoadsideMessage]


class RoadsideTraffic:
    """The messages of a scene's v2x events, and the trust file that goes with them.

    Every unit runs the network of ``backend`` on its own view; keys are made anew.
    """

    def __init__(self, scene: Scene, backend: Backend, spec: Specification) -> None:
        self._scene = scene
        self._backend = backend
        self._spec = spec
        stations = {e.station_id for e in scene.events if isinstance(e, V2x | V2xAttack)}
        self._keys = {station: Ed25519PrivateKey.generate() for station in sorted(stations)}

    def write_trust_file(self, path: Path) -> None:
        """Write the file that makes the gateway believe the scene's stations."""
        lines = ['stations:'] if self._keys else ['stations: []']
        for station, key in self._keys.items():
            lines += [
                f'  - station_id: {station}',
                f'    key_id: {KEY_ID}',
                f'    public_key: {key.public_key().public_bytes_raw().hex()}',
            ]
        path.write_text('\n'.join(lines) + '\n')

    def messages(self) -> Iterator[tuple[int, Any]]:
        """Yield (time of arrival in ns, V2xVisual of a bag) in order of arrival."""
        honest = list(self._honest())
        false = [
            sent
            for number, event in enumerate(self._scene.events)
            if isinstance(event, V2xAttack)
            for sent in self._false(event, number, honest)
        ]
        for arrival_ns, message in sorted(honest + false, key=lambda sent: sent[0]):
            yield arrival_ns, v2x_visual_message(message)

    def _honest(self) -> Iterator[OnAir]:
        units = {
            station: RoadsideUnit(UnitIdentity(station, KEY_ID, key))
            for station, key in self._keys.items()
        }
        encoders = {station: VisualEncoder(self._backend, self._spec) for station in self._keys}
        for view in roadside_views(self._scene):
            seen = encoders[view.station_id].push(decode_frame(view.jpeg), view.stamp_ns)
            for feature in seen:
                if feature.embedding.size and not view.lost:
                    message = units[view.station_id].features(
                        feature, self._spec.model_id, view.generated_ns, ROADSIDE_FRAME
                    )
                    yield view.received_ns, message

    def _false(self, event: V2xAttack, number: int, honest: list[OnAir]) -> Iterator[OnAir]:
        end_s = min(event.end_s, self._scene.duration_s)
        times_s = np.arange(event.start_s, end_s, 1 / event.rate_hz)
        if event.attack == 'replay':
            yield from self._replayed(event, times_s, honest)
            return
        station = STRANGER if event.attack == 'stranger' else event.station_id
        forger = RoadsideUnit(UnitIdentity(station, KEY_ID, Ed25519PrivateKey.generate()))
        rng = np.random.default_rng([self._scene.settings.seed, 0xBAD, number])
        for sequence, time_s in enumerate(times_s):
            now_ns = self._scene.stamp_ns(float(time_s))
            features = rng.standard_normal(self._spec.feature_size).astype(np.float32)
            feature = VisualFeature(now_ns, sequence, features, quality=1.0)
            yield now_ns, forger.features(feature, self._spec.model_id, now_ns, ROADSIDE_FRAME)

    def _replayed(
        self, event: V2xAttack, times_s: np.ndarray[Any, Any], honest: list[OnAir]
    ) -> Iterator[OnAir]:
        """What arrived ``delay_s`` before, bit by bit; the last of it when nothing did."""
        caught = [sent for sent in honest if sent[1].station_id == event.station_id]
        for time_s in times_s:
            now_ns = self._scene.stamp_ns(float(time_s))
            before_ns = now_ns - round(event.delay_s * NS_PER_S)
            earlier = [message for at_ns, message in caught if at_ns <= before_ns]
            if earlier:
                yield now_ns, earlier[-1]
