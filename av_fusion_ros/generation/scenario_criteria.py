# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What must hold of what the graph published in a scenario; every criterion has its limit.

All times are seconds of the scene by the stamps, not by any clock on the wall.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

HOP_S = 0.04


class Observed(Protocol):
    """What was published, and what is true."""

    @property
    def duration_s(self) -> float:
        """How long the run was."""
        ...

    @property
    def mode_switches(self) -> Sequence[tuple[float, str]]:
        """When, and which mode."""
        ...

    @property
    def commands(self) -> Sequence[tuple[float, float]]:
        """Start and end of each."""
        ...

    @property
    def utterances(self) -> Sequence[tuple[float, float, bool]]:
        """Start, end, and whether it was recognised as it was said."""
        ...

    @property
    def alarms(self) -> Sequence[tuple[float, str]]:
        """When, and which kind."""
        ...

    @property
    def faults(self) -> Sequence[tuple[float, str, str]]:
        """When 'camera' or 'microphone' was said to be in which condition; every change."""
        ...

    @property
    def counters(self) -> Mapping[str, int]:
        """What the roadside gateway counted."""
        ...

    def weights(self, sense: str, start_s: float, end_s: float) -> Sequence[tuple[float, float]]:
        """(time, weight) of 'audio', 'visual' or 'v2x' over a span."""
        ...


@dataclass(frozen=True)
class Finding:
    """What a criterion found."""

    text: str
    measured: str
    holds: bool


class Criterion(Protocol):
    """Something that must hold."""

    def check(self, seen: Observed) -> Finding:
        """Hold it against what was seen."""
        ...


def mode_at(seen: Observed, time_s: float) -> str:
    """The mode in force; BLIND before the first switch."""
    modes = [mode for at_s, mode in seen.mode_switches if at_s <= time_s]
    return modes[-1] if modes else 'BLIND'


def _seconds(value: float) -> str:
    return 'never' if math.isinf(value) else f'{value:.2f} s'


@dataclass(frozen=True)
class ModeWithin:
    """One of ``modes`` is in force at most ``within_s`` after ``after_s``."""

    modes: tuple[str, ...]
    after_s: float
    within_s: float

    def check(self, seen: Observed) -> Finding:
        took_s = math.inf
        if mode_at(seen, self.after_s) in self.modes:
            took_s = 0.0
        else:
            for at_s, mode in seen.mode_switches:
                if at_s > self.after_s and mode in self.modes:
                    took_s = at_s - self.after_s
                    break
        text = f'{" or ".join(self.modes)} within {self.within_s:g} s of {self.after_s:g} s'
        return Finding(text, _seconds(took_s), took_s <= self.within_s)


@dataclass(frozen=True)
class ModeNever:
    """``mode`` is not in force from ``start_s`` to ``end_s``."""

    mode: str
    start_s: float = 0.0
    end_s: float = math.inf

    def check(self, seen: Observed) -> Finding:
        entered = [
            at_s
            for at_s, mode in seen.mode_switches
            if mode == self.mode and self.start_s <= at_s < self.end_s
        ]
        if mode_at(seen, self.start_s) == self.mode:
            entered.insert(0, self.start_s)
        text = f'never {self.mode} from {self.start_s:g} s' + (
            '' if math.isinf(self.end_s) else f' to {self.end_s:g} s'
        )
        found = ', '.join(f'at {at_s:.2f} s' for at_s in entered)
        return Finding(text, found or 'never', not entered)


@dataclass(frozen=True)
class Switches:
    """At most ``at_most`` switches from ``start_s`` to ``end_s``."""

    at_most: int
    start_s: float
    end_s: float = math.inf

    def check(self, seen: Observed) -> Finding:
        count = sum(self.start_s <= at_s < self.end_s for at_s, _ in seen.mode_switches)
        text = f'at most {self.at_most} switches from {self.start_s:g} s' + (
            '' if math.isinf(self.end_s) else f' to {self.end_s:g} s'
        )
        return Finding(text, str(count), count <= self.at_most)


@dataclass(frozen=True)
class WeightReaches:
    """The weight of ``sense`` is ``at_least`` no later than ``within_s`` after ``after_s``."""

    sense: str
    at_least: float
    after_s: float
    within_s: float

    def check(self, seen: Observed) -> Finding:
        late = seen.weights(self.sense, self.after_s, self.after_s + self.within_s + 5.0)
        reached = [at_s for at_s, weight in late if weight >= self.at_least]
        took_s = reached[0] - self.after_s if reached else math.inf
        text = (
            f'weight of {self.sense} >= {self.at_least:g} within {self.within_s:g} s of '
            f'{self.after_s:g} s'
        )
        return Finding(text, _seconds(took_s), took_s <= self.within_s)


@dataclass(frozen=True)
class WeightStays:
    """The weight of ``sense`` stays from ``low`` to ``high`` from ``start_s`` to ``end_s``."""

    sense: str
    low: float
    high: float
    start_s: float
    end_s: float

    def check(self, seen: Observed) -> Finding:
        values = [weight for _, weight in seen.weights(self.sense, self.start_s, self.end_s)]
        text = (
            f'weight of {self.sense} from {self.low:g} to {self.high:g} from {self.start_s:g} s '
            f'to {self.end_s:g} s'
        )
        if not values:
            return Finding(text, 'no weights', False)
        low, high = min(values), max(values)
        return Finding(text, f'{low:.3f} to {high:.3f}', self.low <= low and high <= self.high)


@dataclass(frozen=True)
class CommandsRight:
    """At least this share of the utterances that lie within a span is recognised as it is."""

    share: float
    start_s: float = 0.0
    end_s: float = math.inf

    def check(self, seen: Observed) -> Finding:
        said = [
            right
            for start_s, end_s, right in seen.utterances
            if self.start_s <= start_s and end_s <= self.end_s
        ]
        text = f'at least {self.share:.0%} of the commands right from {self.start_s:g} s' + (
            '' if math.isinf(self.end_s) else f' to {self.end_s:g} s'
        )
        holds = bool(said) and sum(said) >= self.share * len(said)
        return Finding(text, f'{sum(said)} of {len(said)}', holds)


@dataclass(frozen=True)
class NoCommand:
    """No command ends from ``start_s`` to ``end_s``."""

    start_s: float
    end_s: float

    def check(self, seen: Observed) -> Finding:
        count = sum(self.start_s <= end_s < self.end_s for _, end_s in seen.commands)
        text = f'no command from {self.start_s:g} s to {self.end_s:g} s'
        return Finding(text, str(count), count == 0)


@dataclass(frozen=True)
class AlarmWithin:
    """An alarm of ``kind`` is raised at most ``within_s`` after ``after_s``."""

    kind: str
    after_s: float
    within_s: float

    def check(self, seen: Observed) -> Finding:
        raised = [at_s for at_s, kind in seen.alarms if kind == self.kind and at_s >= self.after_s]
        took_s = raised[0] - self.after_s if raised else math.inf
        text = f'alarm {self.kind} within {self.within_s:g} s of {self.after_s:g} s'
        return Finding(text, _seconds(took_s), took_s <= self.within_s)


@dataclass(frozen=True)
class NoAlarm:
    """No alarm at all from ``start_s`` to ``end_s``."""

    start_s: float = 0.0
    end_s: float = math.inf

    def check(self, seen: Observed) -> Finding:
        kinds = [kind for at_s, kind in seen.alarms if self.start_s <= at_s < self.end_s]
        text = f'no alarm from {self.start_s:g} s' + (
            '' if math.isinf(self.end_s) else f' to {self.end_s:g} s'
        )
        return Finding(text, ', '.join(kinds) or 'none', not kinds)


@dataclass(frozen=True)
class Counted:
    """The gateway counted from ``at_least`` to ``at_most`` messages under ``counter``."""

    counter: str
    at_least: int = 0
    at_most: float = math.inf

    def check(self, seen: Observed) -> Finding:
        count = seen.counters.get(self.counter, 0)
        limit = f'at least {self.at_least}'
        if not math.isinf(self.at_most):
            limit = f'{self.at_least} to {self.at_most:g}'
        text = f'roadside messages {self.counter}: {limit}'
        return Finding(text, str(count), self.at_least <= count <= self.at_most)
