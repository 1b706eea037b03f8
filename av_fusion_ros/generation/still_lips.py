# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Where in a scene a talker is in view and silent, to be shown while somebody else is heard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from av_fusion_ros.generation.errors import GenerationError
from av_fusion_ros.generation.speech import Speech

MARGIN_S = 0.16  # lips open before they are heard, and close after
LEAST_S = 0.2


class Said(Protocol):
    """An utterance: ``speech`` from ``start_s`` to ``end_s`` of the scene."""

    @property
    def start_s(self) -> float: ...

    @property
    def end_s(self) -> float: ...

    @property
    def speech(self) -> Speech: ...


def quiet_stretch_s(said: Sequence[Said], before_s: float) -> tuple[float, float]:
    """The longest silence of the talker that ends ``before_s``, in seconds of the scene.

    It lies within one recording, or between two utterances: clips do not join smoothly. Raises
    GenerationError where none is long enough.
    """
    within = [(start_s, end_s) for start_s, end_s in _silences(said) if start_s < end_s <= before_s]
    longest = max(within, key=lambda span: span[1] - span[0], default=(0.0, 0.0))
    if longest[1] - longest[0] < LEAST_S:
        raise GenerationError(
            f'still_lips from {before_s:g} s: nowhere before it is the talker silent for '
            f'{LEAST_S + MARGIN_S:g} s; let it start later'
        )
    return longest


def _silences(said: Sequence[Said]) -> Iterator[tuple[float, float]]:
    free_s = 0.0
    for one in sorted(said, key=lambda each: each.start_s):
        yield free_s, one.start_s
        if words := one.speech.words:
            yield one.start_s, one.start_s + words[0].start_s - MARGIN_S
            yield one.start_s + words[-1].end_s + MARGIN_S, one.end_s
        free_s = one.end_s


def there_and_back(first: int, last: int, step: int) -> int:
    """The number after ``step`` steps from ``first`` to ``last`` and back, over and over."""
    length = last - first
    if length <= 0:
        return first
    at = step % (2 * length)
    return first + min(at, 2 * length - at)
