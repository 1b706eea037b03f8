# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A command that was understood well enough to learn from, as the microphone heard it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.learning.pronouncing import pronounce
from av_fusion_ros.model.phonemes import CLASS_OF
from av_fusion_ros.recognition.errors import VocabularyError
from av_fusion_ros.recognition.features import HOP_NS, NS_PER_S

Floats = NDArray[np.float32]

LEAD_IN_S = 0.8  # of sound before a command: the network's past, and the pause
PAUSE_S = (0.6, 0.2)  # before a command: from when till when nobody speaks, mostly
TAIL_NS = 200_000_000  # of sound after a command, in which its last phoneme is named
MEMORY_S = 15.0


@dataclass(frozen=True, slots=True)
class Understood:
    """A command as the fusion published it; times in nanoseconds of capture time."""

    text: str
    confidence: float
    weight_audio: float  # mean over the command; the rest is the lips'
    start_ns: int
    end_ns: int


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """``mel`` (4 n, 64) raw log-mel, ``pause_power`` (64,) linear, ``targets`` (m,) classes."""

    command: str
    stamp_ns: int
    mel: Floats
    pause_power: Floats
    targets: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class SelectionSettings:
    """Which commands teach: read with confidence, and by lips that had a say in it."""

    min_confidence: float = 0.7
    max_weight_audio: float = 0.8
    max_s: float = 6.0


class MelMemory:
    """The log-mel of the last MEMORY_S seconds, by capture time."""

    def __init__(self) -> None:
        self._hops: deque[tuple[int, Floats]] = deque(maxlen=round(MEMORY_S * NS_PER_S / HOP_NS))

    def reset(self) -> None:
        """Forget all; what comes next does not follow what came before."""
        self._hops.clear()

    def add(self, stamp_ns: int, frames: Floats) -> None:
        """One hop, frames (4, 64); ``stamp_ns`` is the capture time of its newest sample."""
        if self._hops and not 0 < stamp_ns - self._hops[-1][0] < 2 * HOP_NS:
            self.reset()
        self._hops.append((stamp_ns, frames))

    def between(self, start_ns: int, end_ns: int) -> Floats | None:
        """Frames (4 n, 64) of the hops in a stretch, None where not all of it is remembered."""
        if not self._hops or start_ns < self._hops[0][0] or end_ns > self._hops[-1][0]:
            return None
        found = [frames for stamp_ns, frames in self._hops if start_ns < stamp_ns <= end_ns]
        return np.concatenate(found) if found else None


def lesson_from(
    command: Understood, memory: MelMemory, settings: SelectionSettings
) -> Lesson | str:
    """The lesson of a command, or why there is none: the name of a counter."""
    if not command.confidence >= settings.min_confidence:
        return 'unsure'
    if not command.weight_audio <= settings.max_weight_audio:
        return 'unseen'
    if not 0 < command.end_ns - command.start_ns <= settings.max_s * NS_PER_S:
        return 'too_long'
    try:
        targets = phoneme_targets(command.text)
    except VocabularyError:
        return 'unpronounceable'
    first, last = (command.start_ns - round(s * NS_PER_S) for s in PAUSE_S)
    pause = memory.between(first, last)
    mel = memory.between(command.start_ns - round(LEAD_IN_S * NS_PER_S), command.end_ns + TAIL_NS)
    if mel is None or pause is None:
        return 'forgotten'
    power = np.exp(pause).mean(axis=0).astype(np.float32)
    return Lesson(command.text, command.end_ns, mel, power, targets)


def phoneme_targets(text: str) -> NDArray[np.intp]:
    """CTC classes of the words of ``text``; raises VocabularyError for a word without any."""
    return np.array([CLASS_OF[p] for word in text.split() for p in pronounce(word)], np.intp)
