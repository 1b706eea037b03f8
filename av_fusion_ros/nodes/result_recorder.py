# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Records what the graph publishes into a rosbag2 folder, as the CDR bytes that were received."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy
from rosbags.interfaces import (
    Connection,
    Qos,
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)
from rosbags.rosbag2 import StoragePlugin, Writer, WriterError

from av_fusion_ros.generation.bag_types import bag_types
from av_fusion_ros.nodes.graph import GRAPH, OUT, SENSOR, STATE, Topic, topics_of_graph
from av_fusion_ros.nodes.message_types import message_class

STORAGES = {'mcap': StoragePlugin.MCAP, 'sqlite3': StoragePlugin.SQLITE3}
DIAGNOSTICS = Topic(
    '/diagnostics', 'diagnostic_msgs/msg/DiagnosticArray', OUT, 'event', 100, 'health'
)
UNSET_TIME = QosTime(0, 0)
#: Of messages that wait for simulated time to begin.
MOST_WAITING_BYTES = 1 << 26


class RecordError(ValueError):
    """The bag cannot be written."""


def result_topics() -> dict[str, Topic]:
    """Return what the graph publishes, by relative name, and /diagnostics."""
    found = {
        topic.resolved(node.name): topic
        for node in GRAPH
        for topic in node.topics
        if topic.direction == OUT
    }
    return found | {DIAGNOSTICS.name: DIAGNOSTICS}


def all_topics() -> dict[str, Topic]:
    """Return what the graph publishes and what it hears and sees, and /diagnostics.

    Left out is what a bag cannot be told the definition of here, such as ETSI ITS messages.
    """
    known = bag_types().fielddefs
    found = {name: each for name, each in topics_of_graph().items() if each.type in known}
    return found | {DIAGNOSTICS.name: DIAGNOSTICS}


class ResultRecorder:
    """Subscribes on ``node`` and writes until closed; ``counts`` says how many of each topic.

    Messages are filed under the node's ROS time, so with use_sim_time under that of the replay.
    What comes before simulated time does waits for it; ``left_out``: for how many was no room.
    Raises RecordError when the folder exists or cannot be made, and out of the executor when a
    message cannot be written, as on a full disk; nothing is written after that.
    """

    def __init__(
        self, node: Node, path: Path, *, storage: str = 'mcap', topics: dict[str, Topic]
    ) -> None:
        self.counts: dict[str, int] = {}
        self._node, self._path = node, path
        self._lock = threading.Lock()
        self._waiting: list[tuple[Connection, bytes]] = []
        self._waiting_bytes = 0
        self.left_out = 0
        try:
            self._writer = Writer(path, version=9, storage_plugin=STORAGES[storage])
            self._writer.open()
        except (WriterError, OSError) as error:
            raise RecordError(f'{path} cannot be written as a bag: {error}') from error
        store = bag_types()
        self._subscriptions = []
        for name, topic in topics.items():
            resolved = node.resolve_topic_name(name)
            connection = self._writer.add_connection(
                resolved, topic.type, typestore=store, offered_qos_profiles=[_bag_qos(topic)]
            )
            self.counts[resolved] = 0
            self._subscriptions.append(self._subscribe(name, topic, connection))

    def close(self) -> None:
        """End the bag; it is readable only after this."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)
        self._subscriptions = []
        with self._lock:
            if self._writer.storage is None:
                return
            self._write_waiting(time.time_ns())
            try:
                self._writer.close()
            except (OSError, sqlite3.Error) as error:
                raise self._broken_off(error) from error

    def _write_waiting(self, t_ns: int) -> None:
        try:
            for connection, data in self._waiting:
                self._writer.write(connection, t_ns, data)
                self.counts[connection.topic] += 1
        except (OSError, sqlite3.Error) as error:
            raise self._broken_off(error) from error
        finally:
            self._waiting.clear()
            self._waiting_bytes = 0

    def _broken_off(self, error: Exception) -> RecordError:
        """Give the bag up; it has no index, so that what is in it must be recovered."""
        with suppress(OSError, sqlite3.Error):
            self._writer.abort()
        return RecordError(
            f'recording broke off after {sum(self.counts.values())} messages: {error}; '
            f'{self._path} has no index ("mcap recover" saves what an .mcap file holds)'
        )

    def _leave_out(self) -> None:
        if self.left_out == 0:
            self._node.get_logger().warning(
                f'no /clock yet, and {MOST_WAITING_BYTES >> 20} MiB wait for it: what comes until '
                'then is not recorded; is use_sim_time meant?'
            )
        self.left_out += 1

    def _subscribe(self, name: str, topic: Topic, connection: Connection) -> Any:
        def write(data: bytes) -> None:
            with self._lock:
                if self._writer.storage is None:
                    return
                t_ns = self._node.get_clock().now().nanoseconds
                # Simulated time is 0 until the first /clock, which may never come.
                if t_ns == 0 and self._waiting_bytes > MOST_WAITING_BYTES:
                    self._leave_out()
                    return
                self._waiting.append((connection, data))
                self._waiting_bytes += len(data)
                if t_ns > 0:
                    self._write_waiting(t_ns)

        return self._node.create_subscription(
            message_class(topic.type), name, write, _recording_profile(topic), raw=True
        )


def _recording_profile(topic: Topic) -> QoSProfile:
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST,
        depth=max(100, topic.depth),
        # What drivers publish may be best effort, and then a reliable subscriber gets nothing.
        reliability=(
            ReliabilityPolicy.BEST_EFFORT if topic.qos == SENSOR else ReliabilityPolicy.RELIABLE
        ),
        durability=(
            DurabilityPolicy.TRANSIENT_LOCAL if topic.qos == STATE else DurabilityPolicy.VOLATILE
        ),
    )


def _bag_qos(topic: Topic) -> Qos:
    return Qos(
        QosHistory.KEEP_LAST,
        topic.depth,
        QosReliability.RELIABLE,
        QosDurability.TRANSIENT_LOCAL if topic.qos == STATE else QosDurability.VOLATILE,
        UNSET_TIME,
        UNSET_TIME,
        QosLiveliness.AUTOMATIC,
        UNSET_TIME,
        avoid_ros_namespace_conventions=False,
    )
