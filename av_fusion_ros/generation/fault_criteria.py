# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What must be said, in a scenario, of what is wrong with camera and microphone."""

from __future__ import annotations

import math
from dataclasses import dataclass

from av_fusion_ros.generation.scenario_criteria import Finding, Observed

NOTHING = 'OK'


def _told(seen: Observed, device: str, start_s: float, end_s: float) -> list[tuple[float, str]]:
    """What is said of a device over a span: what was in force at its start, and every change."""
    changes = [(at_s, name) for at_s, of, name in seen.faults if of == device and at_s < end_s]
    before = [name for at_s, name in changes if at_s <= start_s]
    return [(start_s, name) for name in before[-1:]] + [c for c in changes if c[0] > start_s]


@dataclass(frozen=True)
class FaultWithin:
    """``device`` ('camera' or 'microphone') is said to be ``fault`` at most ``within_s`` later."""

    device: str
    fault: str
    after_s: float
    within_s: float

    def check(self, seen: Observed) -> Finding:
        told = _told(seen, self.device, self.after_s, math.inf)
        took_s = min((at_s - self.after_s for at_s, name in told if name == self.fault), default=0)
        said = any(name == self.fault for _, name in told)
        return Finding(
            f'{self.device} {self.fault} within {self.within_s:g} s of {self.after_s:g} s',
            f'{took_s:.2f} s' if said else 'never',
            said and took_s <= self.within_s,
        )


@dataclass(frozen=True)
class NoFault:
    """Nothing is said to be wrong with ``device`` from ``start_s`` to ``end_s``."""

    device: str
    start_s: float = 0.0
    end_s: float = math.inf

    def check(self, seen: Observed) -> Finding:
        told = _told(seen, self.device, self.start_s, self.end_s)
        names = dict.fromkeys(name for _, name in told if name != NOTHING)
        text = f'nothing wrong with the {self.device} from {self.start_s:g} s' + (
            '' if math.isinf(self.end_s) else f' to {self.end_s:g} s'
        )
        return Finding(text, ', '.join(names) or 'nothing', bool(told) and not names)
