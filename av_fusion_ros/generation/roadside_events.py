# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What roadside units send in a scene, and what others send in their name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from av_fusion_ros.generation.errors import GenerationError
from av_fusion_ros.generation.event import Event, require_within


@dataclass(frozen=True, kw_only=True)
class V2x(Event):
    """A roadside unit sends its own smaller view of the talker.

    It signs a view latency_s after its capture; the air takes air_s and up to jitter_s more, and
    loses a share (0 to 1).
    """

    kind: ClassVar[str] = 'v2x'
    rate_hz: float = 25.0
    station_id: str = 'rsu-1'
    latency_s: float = 0.03
    air_s: float = 0.0
    jitter_s: float = 0.0
    loss: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require_within(self, 'rate_hz', 0.1, 60.0)
        require_within(self, 'latency_s', 0.0, 10.0)
        require_within(self, 'air_s', 0.0, 10.0)
        require_within(self, 'jitter_s', 0.0, 10.0)
        require_within(self, 'loss', 0.0, 1.0)


V2X_ATTACKS = ('forge', 'stranger', 'replay')


@dataclass(frozen=True, kw_only=True)
class V2xAttack(Event):
    """Somebody sends false roadside views, rate_hz of them a second.

    forge: in the name of station_id, signed by another key; stranger: a station nobody knows;
    replay: what station_id sent before, once more delay_s after it was sent.
    """

    kind: ClassVar[str] = 'v2x_attack'
    attack: str = 'forge'
    station_id: str = 'rsu-1'
    rate_hz: float = 25.0
    delay_s: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        require_within(self, 'rate_hz', 0.1, 1000.0)
        require_within(self, 'delay_s', 0.0, 100.0)
        if self.attack not in V2X_ATTACKS:
            raise GenerationError(
                f'v2x_attack: attack is {self.attack!r}; give {", ".join(V2X_ATTACKS)}'
            )


@dataclass(frozen=True, kw_only=True)
class V2xOther(Event):
    """The unit of station_id shows what was to be seen shift_s before, as if it were new.

    Signed with the right key: a unit that was taken over.
    """

    kind: ClassVar[str] = 'v2x_other'
    station_id: str = 'rsu-1'
    shift_s: float = 6.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require_within(self, 'shift_s', 0.0, 100.0)
