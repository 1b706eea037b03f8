# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Whether what is seen or heard is a repetition of itself: a recording played in a loop.

Nobody says or mouths the same thing twice alike. A loop does: for as long as it runs, each hop's
features are those of the hop one period before. So the features of two seconds are held against
those of the past half minute at every constant distance. The mean squared difference over twice
their variance is 1 for what has nothing to do with each other and 0 for a repetition.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.recognition.features import HOP_NS, NS_PER_S

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LoopSettings:
    """Chosen on validation clips.

    ``limit``: differences below it are a repetition; ``min_activity``: share of the usual
    variance that the two seconds must have, since stillness repeats itself lawfully.
    """

    limit: float = 0.1
    min_activity: float = 0.4


_SIZE = 32  # numbers kept of each hop's features
_SHORTEST, _LONGEST = 25, 750  # hops: periods of 1 to 30 s
_EVERY = 5  # hops are compared
_CHECKS = 10  # comparisons that make two seconds
_WINDOW = _EVERY * _CHECKS
_USUAL = 1 / 1500  # share of each hop in the usual variance: about a minute
_SETTLED = 250  # hops until that is one
_MOST_POOR = 0.5  # share of the two seconds


class LoopFinder:
    """Follows the features of one sense; ``period_s`` is NaN while nothing repeats itself."""

    def __init__(self, settings: LoopSettings | None = None) -> None:
        self.settings = settings or LoopSettings()
        self._mixing: Floats | None = None
        self.reset()

    def reset(self) -> None:
        """Forget the past."""
        self._past = np.zeros((2 * _LONGEST + _WINDOW, _SIZE), np.float32)
        self._poor = np.zeros(_WINDOW, np.bool_)
        self._count = 0
        self._hops = 0
        self._differences = np.full((_CHECKS, _LONGEST + 1 - _SHORTEST), np.inf, np.float32)
        self._usual = 0.0
        self.ratio = nan  # the smallest difference of the last comparison
        self.period_s = nan

    def push(self, features: Floats | None, poor: bool = False) -> None:
        """Take a hop's features (D,); without any the past is void, for time has a gap.

        ``poor``: too little is told apart in this hop to call it a repetition. In the din of a
        buzzer two like sentences are as alike as a sentence and itself.
        """
        if features is None:
            if self._hops:
                self.reset()
            return
        if self._count == len(self._past):
            self._past[:_LONGEST] = self._past[-_LONGEST:]
            self._count = _LONGEST
        self._poor[self._hops % _WINDOW] = poor
        self._past[self._count] = self._mixed(features)
        self._count += 1
        self._hops += 1
        if self._hops % _EVERY == 0 and self._count > _WINDOW + _SHORTEST:
            self._compare()

    def _mixed(self, features: Floats) -> Floats:
        """Fewer numbers with the same distances (Johnson and Lindenstrauss 1984)."""
        if self._mixing is None or self._mixing.shape[0] != features.size:
            signs = np.random.default_rng(0).integers(0, 2, (features.size, _SIZE)) * 2 - 1
            self._mixing = (signs / np.sqrt(_SIZE)).astype(np.float32)
        mixed: Floats = features @ self._mixing
        return mixed

    def _compare(self) -> None:
        newest = self._past[self._count - 1]
        window = self._past[self._count - _WINDOW : self._count]
        variance = float(window.var(0).sum())
        share = max(_USUAL * _EVERY, _EVERY / self._hops)
        self._usual += share * (variance - self._usual)
        deepest = min(_LONGEST, self._count - 1)
        self._differences[:-1] = self._differences[1:]
        self._differences[-1] = np.inf
        earlier = self._past[self._count - 1 - deepest : self._count - _SHORTEST]
        apart = ((earlier - newest) ** 2).sum(1)[::-1]  # by growing distance
        self._differences[-1, : len(apart)] = apart
        mean = self._differences.mean(0)
        best = int(mean.argmin())
        active = variance >= self.settings.min_activity * self._usual and variance > 1e-9
        settled = self._hops >= _SETTLED
        self.ratio = float(mean[best]) / (2 * variance) if active and settled else nan
        if self._poor.mean() > _MOST_POOR:
            self.period_s = nan
        elif self.ratio < self.settings.limit:
            self.period_s = (best + _SHORTEST) * HOP_NS / NS_PER_S
        elif self.ratio > 2 * self.settings.limit:  # between the two, and in stillness: as before
            self.period_s = nan


class MediaLoops:
    """Looks for loops in the sound and in the picture."""

    def __init__(self, settings: LoopSettings) -> None:
        self._finders = {name: LoopFinder(settings) for name in ('the sound', 'the picture')}

    def reset(self) -> None:
        """Forget the past of both."""
        for finder in self._finders.values():
            finder.reset()

    def push(self, heard: Floats | None, seen: Floats | None, drowned: bool = False) -> None:
        """Take a hop's features of both; ``drowned``: the sound is too noisy to be judged."""
        sound, picture = self._finders.values()
        sound.push(heard, drowned)
        picture.push(seen)

    @property
    def period_s(self) -> float:
        """Of what repeats itself, the shorter one; NaN where nothing does."""
        found = [each.period_s for each in self._finders.values() if each.period_s > 0]
        return min(found, default=nan)

    @property
    def what(self) -> str:
        """What repeats itself, for people."""
        return ' and '.join(name for name, each in self._finders.items() if each.period_s > 0)
