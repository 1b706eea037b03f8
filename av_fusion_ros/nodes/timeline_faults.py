# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Tells of sound whose blocks do not follow each other."""

from __future__ import annotations

from dataclasses import asdict

from av_fusion_ros.nodes.diagnostics import WARN, Task
from av_fusion_ros.signals.audio_clock import ClockCounts

#: Counters of ``ClockCounts`` that grow through a fault of the source, in words.
FAULTS = {
    'resets': 'it began anew after a long gap, a jump of time or numbers, or with another rate',
    'doubtful_stamps': 'stamps are far from where the sample numbers say',
    'duplicate_blocks': 'blocks bring only what was there already',
    'late_blocks': 'blocks come after their place was filled with silence',
}


class TimelineFaults:
    """Shows the counts of a timeline in ``task``, and warns while one of FAULTS grows."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._known = asdict(ClockCounts())

    def tell(self, counts: ClockCounts) -> None:
        """Take the counts after a block; smaller ones are those of a new timeline."""
        now = asdict(counts)
        for name, count in now.items():
            self._task.value(f'timeline_{name}', count)
        grown = [text for name, text in FAULTS.items() if now[name] > self._known[name]]
        if grown:
            self._task.passing_fault(
                'timeline',
                WARN,
                f'the sound is not continuous: {"; ".join(grown)}. first_sample must count on from '
                'block to block, and header.stamp be the capture time of the last sample',
            )
        self._known = now
