# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A node's subscriptions and publishers, made from the table; messages counted, mismatches told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rclpy.event_handler import PublisherEventCallbacks, SubscriptionEventCallbacks
from rclpy.lifecycle import LifecycleNode
from rclpy.publisher import Publisher
from rclpy.qos import DurabilityPolicy, QoSCompatibility, qos_check_compatible
from rclpy.subscription import Subscription

from av_fusion_ros.nodes import qos
from av_fusion_ros.nodes.diagnostics import ERROR, WARN, Task
from av_fusion_ros.nodes.graph import NodeEntry
from av_fusion_ros.nodes.message_types import message_class


class Endpoints:
    """The subscriptions and lifecycle publishers of one node; ``task`` counts and tells.

    ``guarded`` makes a callback that cannot end the executor.
    """

    def __init__(
        self,
        node: LifecycleNode,
        entry: NodeEntry,
        task: Task,
        guarded: Callable[[Callable[..., object]], Callable[..., None]],
    ) -> None:
        self._node = node
        self._entry = entry
        self._task = task
        self._guarded = guarded
        self._listening: list[Subscription[Any]] = []
        self._announced: list[Publisher[Any]] = []

    def listen(
        self,
        name: str,
        callback: Callable[[Any], None],
        type_name: str = '',
        durability: DurabilityPolicy | None = None,
        counter: str = 'received',
    ) -> Subscription[Any]:
        """Subscribe to a topic of the table; every message is counted, QoS mismatches are told.

        ``type_name`` and ``durability`` are used instead of the table's where given.
        ``counter`` is another one for what is not the node's own input.
        """
        topic = self._entry.topic(name)
        key = f'qos of {name}'
        wanted = qos.profile(topic)
        if durability is not None:
            wanted.durability = durability

        def counted(message: Any) -> None:
            self._task.count(counter)
            callback(message)

        def still_there() -> bool:
            return subscription in self._listening and any(
                qos_check_compatible(offer.qos_profile, subscription.qos_profile)[0]
                == QoSCompatibility.ERROR
                for offer in self._node.get_publishers_info_by_topic(subscription.topic_name)
            )

        def incompatible(event: Any) -> None:
            self._task.count('incompatible_publishers', event.total_count_change)
            text = (
                f'a publisher on {subscription.topic_name} offers an incompatible QoS '
                f'({qos.policy_name(event.last_policy_kind)}); nothing is received from it. Set '
                f'qos_overrides.{subscription.topic_name}.subscription.* or change the publisher'
            )
            self._node.get_logger().error(text)
            self._task.lasting_fault(key, ERROR, text, still_there)

        def lost(event: Any) -> None:
            self._task.count('lost', event.total_count_change)

        subscription = self._node.create_subscription(
            message_class(type_name or topic.type),
            name,
            self._guarded(counted),
            wanted,
            event_callbacks=SubscriptionEventCallbacks(
                incompatible_qos=incompatible, message_lost=lost
            ),
            qos_overriding_options=qos.overridable(),
        )
        self._listening.append(subscription)
        return subscription

    def unlisten(self, subscription: Subscription[Any]) -> None:
        """Take one subscription back."""
        if subscription in self._listening:
            self._listening.remove(subscription)
            self._node.destroy_subscription(subscription)

    def announce(self, name: str, *, reliable_source: bool = False) -> Publisher[Any]:
        """Create the lifecycle publisher of a topic of the table."""
        topic = self._entry.topic(name)

        def incompatible(event: Any) -> None:
            policy = qos.policy_name(event.last_policy_kind)
            text = (
                f'a subscriber on {publisher.topic_name} asks for an incompatible QoS ({policy}); '
                'it receives nothing'
            )
            self._node.get_logger().warning(text)
            self._task.passing_fault(f'qos of {name}', WARN, text)

        publisher = self._node.create_lifecycle_publisher(
            message_class(topic.type),
            name,
            qos.source_profile(topic) if reliable_source else qos.profile(topic),
            event_callbacks=PublisherEventCallbacks(incompatible_qos=incompatible),
            qos_overriding_options=qos.overridable(),
        )
        self._announced.append(publisher)
        return publisher

    def adopt(self, publisher: Publisher[Any]) -> Publisher[Any]:
        """Take over a lifecycle publisher made elsewhere, so that it is given back with ours."""
        self._announced.append(publisher)
        return publisher

    def stop_listening(self) -> None:
        """Take every subscription back."""
        for subscription in self._listening:
            self._node.destroy_subscription(subscription)
        self._listening.clear()

    def close(self) -> None:
        """Take everything back."""
        self.stop_listening()
        for publisher in self._announced:
            self._node.destroy_lifecycle_publisher(publisher)
        self._announced.clear()
