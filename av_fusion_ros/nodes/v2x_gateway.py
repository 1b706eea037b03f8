# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Node: roadside views from the air -> those that can be believed.

No station key can be configured yet, so no signature can be checked and nothing is admitted: an
unverified view never reaches the fusion.
"""

from __future__ import annotations

from typing import Any

from rclpy.publisher import Publisher

from av_fusion_ros.nodes.graph import V2X_ADMITTED, V2X_GATEWAY
from av_fusion_ros.nodes.inference_worker import Lane
from av_fusion_ros.nodes.managed_node import ManagedNode
from av_fusion_ros.nodes.running import run_nodes

RAW = 'v2x/visual'


class RoadsideViewError(ValueError):
    """A roadside view cannot be admitted."""


class V2xGatewayNode(ManagedNode):
    """Subscribes to raw roadside views and publishes the admitted ones."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(V2X_GATEWAY, **arguments)
        self.task.declare_counters('admitted')
        self._lane: Lane | None = None
        self._admitted: Publisher[Any] | None = None

    def load(self) -> None:
        """Announce the topic of admitted views."""
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
        """Forget the topic."""
        self._admitted = None

    def _take(self, message: Any) -> None:
        if self._lane is not None:
            self.submit(self._lane, message)

    def _examine(self, message: Any) -> None:
        raise RoadsideViewError(
            f'view of station {message.station_id[:64]!r} is not admitted: no key of that station '
            'is known here'
        )


def main(args: list[str] | None = None) -> int:
    """Run the node."""
    return run_nodes(lambda: [V2xGatewayNode()], args)


if __name__ == '__main__':
    raise SystemExit(main())
