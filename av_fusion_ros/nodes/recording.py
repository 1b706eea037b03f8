# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What can be played into the graph: messages with the time at which each is due."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol


class RecordingError(ValueError):
    """A bag, video or sound file cannot be played."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One topic of a recording; ``latched`` topics are offered transient local."""

    topic: str
    type: str
    latched: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """A message, or its CDR bytes, due at ``t_ns`` on the recording's clock."""

    t_ns: int
    channel: Channel
    payload: Any


class Recording(Protocol):
    """A bag, a video file or a sound file."""

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The topics it holds."""

    def messages(self, start_ns: int) -> Iterator[Due]:
        """Yield every message in order of time.

        A recording without stamps of its own begins at ``start_ns``.
        """
