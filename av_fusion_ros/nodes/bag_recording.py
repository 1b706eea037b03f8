# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Plays a rosbag2 folder, sqlite3 or mcap: its CDR bytes go out as they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rosbags.rosbag2 import Reader

from av_fusion_ros.nodes.recording import Channel, Due, RecordingError

#: Topics that belong to the run that was recorded, not to the one being made.
NOT_PLAYED = ('/clock', '/rosout', '/parameter_events')


class BagRecording:
    """A rosbag2 folder; ``without`` names topics that stay unplayed.

    Raises RecordingError when it is no readable bag, at whatever message it ceases to be one.
    """

    def __init__(self, path: Path, without: frozenset[str] = frozenset()) -> None:
        self.path = path
        self._without = without.union(NOT_PLAYED)
        with self._reader() as reader:
            self.channels = tuple(
                Channel(connection.topic, connection.msgtype, _is_latched(connection.ext))
                for connection in reader.connections
                if connection.topic not in self._without
            )
            self.start_ns = reader.start_time
            self.end_ns = reader.end_time

    def messages(self, start_ns: int) -> Iterator[Due]:
        """Yield the bag's messages at the times they were received; ``start_ns`` is not used."""
        channels = {channel.topic: channel for channel in self.channels}
        with self._reader() as reader:
            played = [c for c in reader.connections if c.topic in channels]
            for connection, t_ns, data in reader.messages(connections=played):
                yield Due(t_ns, channels[connection.topic], bytes(data))

    @contextmanager
    def _reader(self) -> Iterator[Reader]:
        try:
            with Reader(self.path) as reader:
                yield reader
        except Exception as error:  # of a damaged file rosbags lets SQLite's, YAML's, ... through
            raise RecordingError(
                f'{self.path} cannot be read as a rosbag2 folder ({error}); a bag is a folder '
                'with metadata.yaml and its .db3 or .mcap files'
            ) from error


def _is_latched(extension: Any) -> bool:
    return any(qos.durability.name == 'TRANSIENT_LOCAL' for qos in extension.offered_qos_profiles)
