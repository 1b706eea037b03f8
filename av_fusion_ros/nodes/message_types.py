# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Message classes by the name of their type."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class MessageTypeError(ValueError):
    """A message type is not installed, or is no type of a message."""


def message_class(type_name: str) -> Any:
    """Return the class of ``pkg/msg/Name`` or ``pkg/Name``; raises MessageTypeError."""
    parts = type_name.split('/')
    if len(parts) not in (2, 3) or not all(parts):
        raise MessageTypeError(f'{type_name!r} is no message type; write pkg/msg/Name')
    try:
        return getattr(import_module(f'{parts[0]}.msg'), parts[-1])
    except (ImportError, AttributeError) as error:
        raise MessageTypeError(
            f'message type {type_name} is not installed here; install the package {parts[0]} '
            'and source or activate the environment that holds it'
        ) from error


def full_name(type_name: str) -> str:
    """Return ``pkg/msg/Name`` for either spelling."""
    package, _, name = type_name.partition('/')
    return f'{package}/msg/{name.removeprefix("msg/")}'
