# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What tells that a stream must not be learnt from: always the same, or eye against ear."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class GuardSettings:
    """``window`` commands are looked at once ``at_least`` are there.

    ``min_variety``: the least effective number of commands, exp(entropy). ``max_contradiction``:
    nats per phoneme, ``EarScore.contradiction``, for the mean of the window and for one lesson.
    """

    window: int = 40
    at_least: int = 20
    min_variety: float = 3.0
    max_contradiction: float = 1.5

    def contradicted(self, contradiction: float) -> bool:
        """Whether one lesson is no lesson: the ear says something else."""
        return not contradiction <= self.max_contradiction


class StreamGuards:
    """Watches what is offered, taken or not; stamps in nanoseconds of capture time."""

    def __init__(self, settings: GuardSettings | None = None) -> None:
        self.settings = settings or GuardSettings()
        self._seen: deque[tuple[int, str, float]] = deque(maxlen=self.settings.window)

    def reset(self) -> None:
        """Forget the window."""
        self._seen.clear()

    def note(self, stamp_ns: int, command: str, contradiction: float) -> None:
        """One command, understood or thought to be."""
        self._seen.append((stamp_ns, command, contradiction))

    @property
    def since_ns(self) -> int:
        """When the window begins; 0 without one."""
        return self._seen[0][0] if self._seen else 0

    @property
    def variety(self) -> float:
        """Effective number of different commands in the window: exp of their entropy; 0 if none."""
        if not self._seen:
            return 0.0
        counts = np.array(list(Counter(command for _, command, _ in self._seen).values()), float)
        shares = counts / counts.sum()
        return float(np.exp(-(shares * np.log(shares)).sum()))

    @property
    def contradiction(self) -> float:
        """Mean of the window, nats per phoneme; NaN if empty."""
        return float(np.mean([value for *_, value in self._seen])) if self._seen else float('nan')

    def alarm(self) -> str:
        """Why the stream must not be learnt from; empty when it may."""
        if len(self._seen) < self.settings.at_least:
            return ''
        if self.contradiction > self.settings.max_contradiction:
            return f'the ear contradicts what is understood ({self.contradiction:.2f} nats)'
        if self.variety < self.settings.min_variety:
            return f'always the same is said (variety {self.variety:.1f})'
        return ''
