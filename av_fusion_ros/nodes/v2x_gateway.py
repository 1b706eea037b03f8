# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Node: roadside views from the air -> those that can be believed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rclpy.publisher import Publisher

from av_fusion_ros.nodes.graph import V2X_ADMITTED, V2X_GATEWAY
from av_fusion_ros.nodes.inference_worker import Lane
from av_fusion_ros.nodes.managed_node import ManagedNode
from av_fusion_ros.nodes.network_loading import specification_for_node
from av_fusion_ros.nodes.roadside_conversion import roadside_message
from av_fusion_ros.nodes.running import run_nodes
from av_fusion_ros.nodes.trust_file import load_trust_file
from av_fusion_ros.recognition.v2x_admission import AdmissionSettings, Reject, V2xAdmission

RAW = 'v2x/visual'


class RoadsideViewError(ValueError):
    """A roadside view is not admitted."""


class V2xGatewayNode(ManagedNode):
    """Subscribes to raw roadside views and publishes the admitted ones as they came."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(V2X_GATEWAY, **arguments)
        self.task.declare_counters('admitted', *(reason.value for reason in Reject))
        self._lane: Lane | None = None
        self._admission: V2xAdmission | None = None
        self._admitted: Publisher[Any] | None = None

    def load(self) -> None:
        """Load the trusted keys, and from the checkpoint what features have to be like."""
        spec = specification_for_node(self)
        given = self.parameters.text('trust_file')
        trusted = load_trust_file(Path(given).expanduser()) if given else {}
        self.task.value('trusted_keys', len(trusted))
        settings = AdmissionSettings(
            max_age_s=self.parameters.number('max_age_s'),
            max_future_s=self.parameters.number('max_future_s'),
        )
        self._admission = V2xAdmission(trusted, spec.model_id, spec.feature_size, settings)
        self._admitted = self.endpoints.announce(V2X_ADMITTED.name)

    def start(self) -> None:
        """Subscribe."""
        self._lane = self.lane(self._examine)
        self.endpoints.listen(RAW, self._take)

    def stop(self) -> None:
        """Forget what is under way."""
        if self._lane is not None:
            self.worker.remove(self._lane)
            self._lane = None

    def unload(self) -> None:
        """Forget the keys."""
        self._admission = self._admitted = None

    def _take(self, message: Any) -> None:
        if self._lane is not None:
            self.submit(self._lane, (message, self.get_clock().now()))

    def _examine(self, received: tuple[Any, Any]) -> None:
        message, arrival = received
        if self._admission is None or self._admitted is None:
            return
        outcome = self._admission.admit(roadside_message(message), arrival.nanoseconds)
        if isinstance(outcome, Reject):
            self.task.count(outcome.value)
            raise RoadsideViewError(
                f'view of station {message.station_id[:64]!r} is not admitted: {outcome.value}'
            )
        self._admitted.publish(message)
        self.task.count('admitted')
        self.task.count('processed')


def main(args: list[str] | None = None) -> int:
    """Run the node."""
    return run_nodes(lambda: [V2xGatewayNode()], args)


if __name__ == '__main__':
    raise SystemExit(main())
