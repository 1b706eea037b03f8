# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Streams of clips side by side, and what the monitor says of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from av_fusion_ros.learning.agreement_material import HeardHop, SeenHop
from av_fusion_ros.learning.agreement_reading import of_both
from av_fusion_ros.recognition.consistency import ConsistencyMonitor, Kind, Level
from av_fusion_ros.recognition.consistency_settings import ConsistencySettings
from av_fusion_ros.recognition.features import HOP_NS

HOP_S = 0.04
#: Between two appearances of a clip there are as many others: a loop is sought in 30 s.
APART = 12


@dataclass(slots=True)
class Run:
    """What the monitor said: hop and kind of each thing it raised, its state and scores by hop."""

    raised: list[tuple[int, Kind]] = field(default_factory=list)
    offsets_s: list[float] = field(default_factory=list)
    levels: list[Level] = field(default_factory=list)
    kinds: list[Kind] = field(default_factory=list)
    scores: list[tuple[float, float]] = field(default_factory=list)  # 1 s, 3 s
    spoke: list[bool] = field(default_factory=list)

    @property
    def hours(self) -> float:
        """How long it was."""
        return len(self.levels) * HOP_S / 3600

    def delay_s(self, from_hop: int, kinds: Iterable[Kind]) -> tuple[float, float]:
        """Seconds until one of ``kinds`` was raised: since that hop, and since speech after it."""
        wanted = set(kinds)
        for hop, kind in zip(range(from_hop, len(self.kinds)), self.kinds[from_hop:], strict=True):
            if kind in wanted:
                spoke = self.spoke[from_hop : hop + 1]
                first = spoke.index(True) if True in spoke else 0
                took = (hop - from_hop + 1) * HOP_S
                return took, took - first * HOP_S
        return float('inf'), float('inf')


def run(
    heard: Sequence[HeardHop],
    seen: Sequence[SeenHop],
    settings: ConsistencySettings,
    temperature: float,
) -> Run:
    """Everything the monitor says of hops side by side."""
    monitor = ConsistencyMonitor(settings, temperature)
    found = Run()
    level, kind = Level.UNKNOWN, Kind.NONE
    for hop, (ear, eye) in enumerate(zip(heard, seen, strict=True)):
        projections = np.stack((ear.projection, eye.projection))
        alarm = monitor.update(
            hop * HOP_NS, ear.feature, eye.feature, projections, of_both(ear, eye)
        )
        if alarm is not None:
            if alarm.kind is not kind and alarm.kind is not Kind.NONE:
                found.raised.append((hop, alarm.kind))
            level, kind = alarm.level, alarm.kind
        found.levels.append(level)
        found.kinds.append(kind)
        found.scores.append((monitor.agreement.score, monitor.agreement.score_3s))
        found.offsets_s.append(monitor.agreement.reading.offset_s)
        found.spoke.append(ear.feature.speech_probability > 0.5)
    return found


def orders(n_clips: int, length: int, rng: np.random.Generator) -> list[int]:
    """``length`` clips in random order, none within APART of itself."""
    order: list[int] = []
    while len(order) < length:
        taken = set(order[-APART:])
        order.append(int(rng.choice([k for k in range(n_clips) if k not in taken])))
    return order


def joined(clips: Sequence[Sequence[HeardHop]]) -> list[HeardHop]:
    """The hops of clips one after another."""
    return [hop for clip in clips for hop in clip]


def shifted(heard: Sequence[HeardHop], hops: int, from_hop: int) -> list[HeardHop]:
    """The sound late by ``hops`` from a hop on, as a player that holds and then lags."""
    n = len(heard)
    return [heard[k] if k < from_hop else heard[min(max(k - hops, 0), n - 1)] for k in range(n)]


def dimmed(seen: Sequence[SeenHop], quality: float) -> list[SeenHop]:
    """The same picture with another quality."""
    return [replace(hop, feature=replace(hop.feature, quality=quality)) for hop in seen]
