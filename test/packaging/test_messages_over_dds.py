# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Every message is built, imports, and arrives over DDS as it was sent."""

import importlib
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
MESSAGES = sorted(path.stem for path in (ROOT / 'msg').glob('*.msg'))


def message_class(name: str) -> Any:
    return getattr(importlib.import_module('av_fusion_ros.msg'), name)


def class_of(type_name: str) -> Any:
    package, name = type_name.split('/')
    return getattr(importlib.import_module(f'{package}.msg'), name)


def value_for(type_name: str, index: int) -> Any:
    """A value of a field's type that no other field of the message is given."""
    if type_name.startswith('sequence<'):
        element = type_name.removeprefix('sequence<').split('>')[0].split(',')[0]
        return [value_for(element, index), value_for(element, index + 1)]
    if type_name.endswith(']'):
        element, _, length = type_name[:-1].partition('[')
        return [value_for(element, index + i) for i in range(int(length))]
    if type_name == 'boolean':
        return True
    if type_name in ('float', 'double'):
        return index + 0.5
    if type_name.startswith(('uint', 'int')) or type_name in ('octet', 'byte', 'char'):
        return index % 127 + 1
    if type_name.startswith('string'):
        return f'wörd {index}'
    return filled(class_of(type_name), index)


def filled(cls: Any, index: int = 1) -> Any:
    message = cls()
    for offset, (field, type_name) in enumerate(cls.get_fields_and_field_types().items()):
        setattr(message, field, value_for(type_name, 7 * index + offset))
    return message


def plain(message: Any) -> Any:
    """The message as nested lists, in which NaN equals NaN."""
    if hasattr(message, 'get_fields_and_field_types'):
        return {f: plain(getattr(message, f)) for f in message.get_fields_and_field_types()}
    if isinstance(message, float) and math.isnan(message):
        return 'NaN'
    if isinstance(message, (str, bool, int, float)):
        return message
    if isinstance(message, bytes):
        return list(message)
    return [plain(v.item() if isinstance(v, np.generic) else v) for v in message]


@pytest.fixture
def deliver(ros: None, spin_until: Callable[..., None]) -> Any:
    """Send one message over DDS inside this process and return what arrives."""
    import rclpy
    from rclpy.executors import SingleThreadedExecutor
    from rclpy.qos import DurabilityPolicy, QoSProfile

    node = rclpy.create_node('round_trip')
    executor = SingleThreadedExecutor()
    executor.add_node(node)

    def send(message: Any) -> Any:
        qos = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        received: list[Any] = []
        publisher = node.create_publisher(type(message), 'round_trip', qos)
        subscription = node.create_subscription(type(message), 'round_trip', received.append, qos)
        publisher.publish(message)
        spin_until(executor, lambda: bool(received))
        node.destroy_subscription(subscription)
        node.destroy_publisher(publisher)
        return received[0]

    yield send
    executor.shutdown()
    node.destroy_node()


@pytest.mark.parametrize('name', MESSAGES)
def test_every_field_arrives_as_sent(name: str, deliver: Any) -> None:
    sent = filled(message_class(name))
    assert plain(deliver(sent)) == plain(sent)
    assert plain(sent) != plain(message_class(name)()), 'nothing was filled in'


def test_nan_stays_nan_and_infinity_infinity(deliver: Any) -> None:
    sent = message_class('AudioFeatures')()
    sent.snr_db = math.nan
    sent.level_dbfs = -math.inf
    sent.embedding = [math.nan, 1.0]
    received = deliver(sent)
    assert math.isnan(received.snr_db)
    assert received.level_dbfs == -math.inf
    assert math.isnan(received.embedding[0])
    assert received.embedding[1] == 1.0


def test_every_message_file_is_built() -> None:
    built = importlib.import_module('av_fusion_ros.msg')
    missing = [name for name in MESSAGES if not hasattr(built, name)]
    assert MESSAGES, 'no msg/*.msg found'
    assert not missing, f'not built: {missing}; install the package again (`make setup`)'
