# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What all events of a scene have in common: when they are on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from av_fusion_ros.generation.errors import GenerationError


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something from start_s to end_s of the scene (default: all of it)."""

    kind: ClassVar[str] = ''
    start_s: float = 0.0
    end_s: float = math.inf

    def __post_init__(self) -> None:
        if not self.start_s < self.end_s:
            raise GenerationError(
                f'{self.kind} from {self.start_s:g} to {self.end_s:g} s; let it end later'
            )

    def active(self, time_s: float) -> bool:
        return self.start_s <= time_s < self.end_s


def require_within(event: Event, name: str, low: float, high: float) -> None:
    """Raise GenerationError unless the value of that name is from ``low`` to ``high``."""
    value = getattr(event, name)
    if not low <= value <= high:
        raise GenerationError(f'{event.kind}: {name} is {value:g}; give {low:g} to {high:g}')
