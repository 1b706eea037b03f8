# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What was heard in hours of sound and picture, as tables: missed, false, and how soon answered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from av_fusion_ros.learning.calibration_error import chance_error, expected_calibration_error
from av_fusion_ros.learning.labels import HOP_S
from av_fusion_ros.learning.statistics import rate_interval, wilson_interval
from av_fusion_ros.learning.streams import Spotted
from av_fusion_ros.recognition.audio_encoder import SPAN_SAMPLES
from av_fusion_ros.signals.log_mel import SAMPLE_RATE_HZ

THRESHOLDS = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)
SHIPPED = 0.5  # min_confidence


@dataclass(frozen=True, slots=True)
class Heard:
    """What was found in one condition, with the confidence of each finding."""

    name: str
    commands: int  # said; 0 where none was
    hours: float
    found: list[tuple[Spotted, float]]

    def missed(self, threshold: float) -> int:
        """Commands said that were not answered rightly."""
        answered = {id(one.spoken) for one, p in self.found if one.right and p >= threshold}
        return self.commands - len(answered)

    def false(self, threshold: float) -> int:
        """Commands published that were not said."""
        return sum(not one.right for one, p in self.found if p >= threshold)

    def delays_s(self, threshold: float) -> list[float]:
        """From the end of the last word to the newest sample of the hop that answered, seconds.

        Of commands rightly answered, in the time of the sound: computing and transport come on top.
        """
        return [
            one.decided * HOP_S + SPAN_SAMPLES / SAMPLE_RATE_HZ - one.spoken.end * HOP_S
            for one, p in self.found
            if one.spoken is not None and one.right and p >= threshold
        ]


def merged(parts: Sequence[Heard]) -> list[Heard]:
    """One entry for each name."""
    return [
        Heard(
            name,
            sum(p.commands for p in parts if p.name == name),
            sum(p.hours for p in parts if p.name == name),
            [one for p in parts if p.name == name for one in p.found],
        )
        for name in dict.fromkeys(p.name for p in parts)
    ]


def rows(commands: Sequence[Heard], others: Sequence[Heard]) -> Iterator[list[object]]:
    """One row per least confidence and condition: counts, share or rate, interval."""
    for threshold in THRESHOLDS:
        for one in commands:
            missed = one.missed(threshold)
            low, high = wilson_interval(missed, one.commands)
            share = missed / one.commands
            yield [threshold, one.name, 'missed', missed, one.commands, share, low, high]
        for one in others:
            false = one.false(threshold)
            low, high = rate_interval(false, one.hours)
            yield [
                threshold,
                one.name,
                'false an hour',
                false,
                one.hours,
                false / one.hours,
                low,
                high,
            ]


def table(commands: Sequence[Heard], others: Sequence[Heard]) -> Iterator[str]:
    """Share of commands missed and rate of false ones at every least confidence."""
    yield '| least confidence | ' + ' | '.join(one.name for one in (*commands, *others)) + ' |'
    yield '|---' * (1 + len(commands) + len(others)) + '|'
    for threshold in THRESHOLDS:
        missed = (f'{100 * one.missed(threshold) / one.commands:.1f} %' for one in commands)
        false = (f'{one.false(threshold) / one.hours:.2f} /h' for one in others)
        yield f'| {threshold:g} | ' + ' | '.join((*missed, *false)) + ' |'


def calibration(conditions: Sequence[Heard]) -> Iterator[str]:
    """How far the confidence can be believed where what was said may be right or wrong.

    Beside each error, what a confidence that is exactly right would show by chance.
    """
    yield (
        '| utterances | n | right | mean confidence | calibration error | by chance '
        '| 95 % of chance below |'
    )
    yield '|---' * 7 + '|'
    for one in conditions:
        right = [spotted.right for spotted, _ in one.found]
        confidence = np.array([p for _, p in one.found])
        error, chance = expected_calibration_error(confidence, right), chance_error(confidence)
        yield (
            f'| {one.name} | {len(right)} | {np.mean(right):.3f} | {confidence.mean():.3f} | '
            f'{error:.3f} | {chance.mean:.3f} | {chance.high:.3f} |'
        )


def details(conditions: Sequence[Heard]) -> Iterator[str]:
    """How much there was of each condition; where no command was said, how sure it was of one."""
    for one in conditions:
        said = f'{one.commands} commands, ' if one.commands else ''
        sure = ''
        if not one.commands and one.found:
            sure = f', all wrong, mean confidence {np.mean([p for _, p in one.found]):.3f}'
        yield f'- {one.name}: {said}{one.hours:.2f} h, {len(one.found)} utterances{sure}'


def delays(conditions: Sequence[Heard], threshold: float = SHIPPED) -> Iterator[str]:
    """How soon after its last word a command is answered."""
    yield '| end of word to answer | n | p50 [ms] | p95 [ms] |'
    yield '|---|---|---|---|'
    for one in conditions:
        found_ms = 1000 * np.array(one.delays_s(threshold))
        middle, late = np.percentile(found_ms, (50, 95)) if len(found_ms) else (np.nan, np.nan)
        yield f'| {one.name} | {len(found_ms)} | {middle:.0f} | {late:.0f} |'
