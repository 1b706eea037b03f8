# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Bags of one run, results and what was played, to a Run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rosbags.highlevel import AnyReader, AnyReaderError
from rosbags.interfaces import Connection

from av_fusion_ros.generation.bag_types import bag_types
from av_fusion_ros.generation.ground_truth import FILE_NAME
from av_fusion_ros.reporting.collector import Collector
from av_fusion_ros.reporting.errors import ReportError
from av_fusion_ros.reporting.run import Run, TopicInBag

#: What a message of a type is used as. Of several topics of one use, one is taken.
USES = {
    'av_fusion_ros/msg/ModalityWeights': 'weights',
    'av_fusion_ros/msg/RecognizedCommand': 'commands',
    'av_fusion_ros/msg/FusionMode': 'modes',
    'av_fusion_ros/msg/ConsistencyAlarm': 'alarms',
    'av_fusion_ros/msg/AudioFeatures': 'hearing',
    'av_fusion_ros/msg/VisualFeatures': 'seeing',
    'av_fusion_ros/msg/Audio': 'sound',
    'sensor_msgs/msg/Image': 'pictures',
    'sensor_msgs/msg/CompressedImage': 'pictures',
    'diagnostic_msgs/msg/DiagnosticArray': 'health',
}
#: Names of the graph's own pictures, preferred where a robot has many cameras.
PICTURE_TOPICS = ('image', 'image/compressed')


def read_run(paths: Sequence[Path], namespace: str = '') -> Run:
    """Read the bags of one run, or those in a folder, into one Run.

    Of several topics with the same use, that of the first bag that has it is taken, in it the
    one with the most messages (of cameras, the graph's own). Topics outside ``namespace`` are
    left alone. Definitions are taken from the bags, else from this package.

    Raises ReportError when a path is no bag, or nothing in them is of this package.
    """
    folders = [bag for path in paths for bag in _bags_in(path)]
    with ExitStack() as stack:
        readers = [_opened(folder, stack) for folder in folders]
        topics, taken = _choose(folders, readers, namespace)
        seconds = max((reader.duration / 1e9 for reader in readers), default=0.0)
        collector = Collector(seconds)
        for reader in readers:
            for connection, time_ns, data in _messages(reader, taken):
                use = USES[connection.msgtype]
                if use == 'pictures' and not collector.mouths.wants(time_ns):
                    continue
                try:
                    message = reader.deserialize(data, connection.msgtype)
                except AnyReaderError:
                    collector.cannot_read(use, 'its bytes are not what its type says')
                    continue
                collector.take(use, message, time_ns)
    truth = next((found for folder in folders if (found := _truth(folder))), None)
    return collector.run(tuple(map(str, folders)), truth, topics)


def _bags_in(path: Path) -> list[Path]:
    if (path / 'metadata.yaml').is_file():
        return [path]
    inside = sorted(found.parent for found in path.glob('*/metadata.yaml'))
    if not inside:
        raise ReportError(
            f'{path} is no bag, nor a folder of bags; a bag is a folder with metadata.yaml and '
            'its .db3 or .mcap files'
        )
    return inside


def _opened(folder: Path, stack: ExitStack) -> AnyReader:
    try:
        return stack.enter_context(AnyReader([folder], default_typestore=bag_types()))
    except Exception as error:  # of a damaged file rosbags lets SQLite's, YAML's, ... through
        raise ReportError(f'{folder} cannot be read as a bag: {error}') from error


def _choose(
    folders: Sequence[Path], readers: Sequence[AnyReader], namespace: str
) -> tuple[tuple[TopicInBag, ...], list[Connection]]:
    """Which connection serves which use."""
    inside = '/' + namespace.strip('/') if namespace.strip('/') else ''
    taken: dict[str, Connection] = {}
    for reader in readers:
        found: dict[str, list[Connection]] = {}
        for connection in reader.connections:
            use = USES.get(connection.msgtype, '')
            if use and connection.msgcount and connection.topic.startswith(f'{inside}/'):
                found.setdefault(use, []).append(connection)
        for use, connections in found.items():
            taken.setdefault(use, max(connections, key=_preference))
    if not any(c.msgtype.startswith('av_fusion_ros/') for c in taken.values()):
        where = f' under {inside}' if inside else ''
        raise ReportError(
            f'no message of av_fusion_ros{where} in {", ".join(map(str, folders))}; record with '
            '`av-fusion record` or `av-fusion replay --output`'
        )
    use_of = {id(connection): use for use, connection in taken.items()}
    topics = tuple(
        TopicInBag(folder.name, c.topic, c.msgtype, c.msgcount, use_of.get(id(c), ''))
        for folder, reader in zip(folders, readers, strict=True)
        for c in reader.connections
    )
    return topics, list(taken.values())


def _preference(connection: Connection) -> tuple[bool, int]:
    own = connection.topic.endswith(tuple(f'/{name}' for name in PICTURE_TOPICS))
    return own, connection.msgcount


def _messages(
    reader: AnyReader, taken: Sequence[Connection]
) -> Iterator[tuple[Connection, int, Any]]:
    mine = [connection for connection in reader.connections if connection in taken]
    if not mine:
        return
    try:
        yield from reader.messages(connections=mine)
    except Exception as error:  # as above
        raise ReportError(f'{reader.paths[0]} is damaged: {error}') from error


def _truth(folder: Path) -> dict[str, Any] | None:
    path = folder / FILE_NAME
    if not path.is_file():
        return None
    try:
        truth = json.loads(path.read_text())
    except json.JSONDecodeError as error:
        raise ReportError(f'{path} is no JSON: {error}') from error
    if not isinstance(truth, dict) or not {'start_ns', 'utterances', 'events'} <= truth.keys():
        raise ReportError(f'{path} is no ground truth of `av-fusion generate`')
    return truth
