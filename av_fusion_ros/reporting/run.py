# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A recorded run as plain data. All times are seconds of capture time from the run's beginning."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.recognition.mode_table import Mode

#: Arrays of equal length, 'time_s' ascending among them; NaN = unknown.
Columns = dict[str, NDArray[np.float64]]

LEVEL_OK, LEVEL_WARN, LEVEL_ERROR, LEVEL_UNKNOWN = range(4)
#: Names of ConsistencyAlarm.KIND_*, for people.
ALARM_KINDS = (
    'agreement',
    'words and lips differ',
    'sound and picture are shifted',
    'picture stands still',
    'sound or picture repeats itself',
    'microphone is dead',
    'another mouth moves',
    'face and voice differ in mood',
    'roadside view disagrees',
)


def kind_name(kind: int) -> str:
    """The kind of an alarm in words, by number where nobody knows it."""
    return ALARM_KINDS[kind] if kind < len(ALARM_KINDS) else f'kind {kind}'


@dataclass(frozen=True, slots=True)
class Command:
    """One recognised command; ``received_s`` is the time at which the bag got the message."""

    start_s: float
    end_s: float
    received_s: float
    text: str
    confidence: float
    latency_s: float


@dataclass(frozen=True, slots=True)
class ModeChange:
    """From ``time_s`` on, ``mode`` is in force."""

    time_s: float
    mode: Mode
    reason: str


@dataclass(frozen=True, slots=True)
class AlarmState:
    """What the consistency monitor said at ``time_s``; ``level`` is one of LEVEL_*."""

    time_s: float
    level: int
    kind: int
    score: float
    onset_s: float
    detail: str

    @property
    def raised(self) -> bool:
        """Whether a contradiction is told."""
        return self.level in (LEVEL_WARN, LEVEL_ERROR)

    @property
    def name(self) -> str:
        """The kind in words."""
        return kind_name(self.kind)


@dataclass(frozen=True, slots=True)
class Fault:
    """What an encoder said was wrong with its device; ``sense`` is 'ear' or 'eye'."""

    sense: str
    start_s: float
    end_s: float
    name: str


@dataclass(frozen=True, slots=True)
class HealthChange:
    """A node's diagnosis as it changed; ``level`` 0 = fine, 1 = warning, 2 = error, 3 = stale."""

    time_s: float
    name: str
    level: int
    message: str


@dataclass(frozen=True, slots=True)
class Spectrogram:
    """``log_power`` (n, 64): natural log of mel power of frames that begin at ``time_s`` (n,)."""

    time_s: NDArray[np.float64]
    log_power: NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class Mouth:
    """A small grey picture: the mouth as the network gets it, or all there is without a face."""

    time_s: float
    picture: NDArray[np.uint8]
    has_face: bool


@dataclass(frozen=True, slots=True)
class TopicInBag:
    """What a bag holds, and as what it was used; empty = not at all."""

    bag: str
    topic: str
    type: str
    messages: int
    used_as: str


@dataclass(frozen=True, slots=True)
class Run:
    """Everything that the page shows.

    ``weights`` has the fields of ModalityWeights.msg and 'received_s'; ``hearing`` and
    ``seeing`` those of the features that are numbers. A stream that is not in the bags is
    empty. ``notes`` tell what could not be used and why.
    """

    bags: tuple[str, ...]
    begin_ns: int
    duration_s: float
    weights: Columns = field(default_factory=dict)
    hearing: Columns = field(default_factory=dict)
    seeing: Columns = field(default_factory=dict)
    commands: tuple[Command, ...] = ()
    modes: tuple[ModeChange, ...] = ()
    alarms: tuple[AlarmState, ...] = ()
    faults: tuple[Fault, ...] = ()
    health: tuple[HealthChange, ...] = ()
    sound: Spectrogram | None = None
    mouths: tuple[Mouth, ...] = ()
    truth: dict[str, Any] | None = None
    model_id: str = ''
    topics: tuple[TopicInBag, ...] = ()
    notes: tuple[str, ...] = ()

    def clock_fits(self) -> bool:
        """Whether the bag's times and the stamps are of one clock, so that latencies mean much."""
        received_s = self.weights.get('received_s', np.zeros(0))
        if not len(received_s):
            received_s = np.array([c.received_s for c in self.commands])
        within = (received_s > -1) & (received_s < self.duration_s + 60)
        return bool(len(received_s) and within.mean() > 0.9)
