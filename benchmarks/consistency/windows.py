# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Scores of windows whose truth is known: areas under ROC curves, calibration, abstention."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.learning.agreement_conditions import Material
from av_fusion_ros.learning.agreement_fitting import pairs
from av_fusion_ros.learning.calibration_error import expected_calibration_error
from av_fusion_ros.recognition.consistency_settings import ConsistencySettings
from benchmarks.ablations.agreement_evaluation import auroc
from benchmarks.consistency.streams import Run, joined, run, shifted

EVERY = 5  # hops
SETTLED = 75  # hops before the first window of three seconds is full
SWAPS = 3
RESAMPLES = 400

Floats = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Scores:
    """By hop: scores over 1 s and 3 s and the offset, NaN = abstained; and the clip."""

    second: Floats
    three: Floats
    offset_s: Floats
    clip: NDArray[np.int64]

    def of(self, name: str) -> Floats:
        """One of them by name, higher where voice and lips belong together."""
        found: Floats = getattr(self, name)
        return -np.abs(found) if name == 'offset_s' else found


def scores(found: Run, clip_hops: int) -> Scores:
    """Every fifth hop of speech; the score is that of the last hop of speech."""
    hops = np.array(
        [k for k in range(SETTLED, len(found.spoke), EVERY) if found.spoke[k]], np.int64
    )
    table = np.array(found.scores)[hops]
    return Scores(table[:, 0], table[:, 1], np.array(found.offsets_s)[hops], hops // clip_hops)


class WindowBench:
    """Runs the monitor over every clip of a condition with its own and with other pictures."""

    def __init__(self, material: Material, settings: ConsistencySettings, temperature: float):
        self._material, self._settings = material, settings
        self._temperature = temperature
        self.clip_hops = len(material.heard['clean'][0])

    def matched(self, sound: str, picture: str = 'good', late_hops: int = 0) -> Scores:
        """Every clip with its own picture; the sound late by some hops."""
        heard = shifted(joined(self._material.heard[sound]), late_hops, 0)
        seen = [hop for clip in self._material.seen[picture] for hop in clip]
        return scores(run(heard, seen, self._settings, self._temperature), self.clip_hops)

    def swapped(self, sound: str, picture: str = 'good') -> Scores:
        """Every clip with the pictures of SWAPS others, at the same place of the sentence."""
        heard, pictures = joined(self._material.heard[sound]), self._material.seen[picture]
        n = len(pictures)
        parts = []
        for move in pairs(n, SWAPS):
            seen = [hop for k in range(n) for hop in pictures[(k + move) % n]]
            found = run(heard, seen, self._settings, self._temperature)
            parts.append(scores(found, self.clip_hops))
        return Scores(
            *(
                np.concatenate([getattr(part, name) for part in parts])
                for name in ('second', 'three', 'offset_s', 'clip')
            )
        )


def area(matched: Scores, other: Scores, name: str, seed: int = 0) -> tuple[float, float, float]:
    """Area under the ROC curve without what was abstained from, and its 95 % interval.

    The interval is a bootstrap over clips (Efron 1979): windows of one clip are not independent.
    """
    good, bad = matched.of(name), other.of(name)
    known_good, known_bad = np.isfinite(good), np.isfinite(bad)
    middle = auroc(good[known_good], bad[known_bad])
    rng = np.random.default_rng(seed)
    by_clip = [_by_clip(good, matched.clip), _by_clip(bad, other.clip)]
    clips = sorted(set(by_clip[0]) & set(by_clip[1]))
    drawn = []
    for _ in range(RESAMPLES):
        chosen = rng.choice(clips, len(clips))
        drawn.append(auroc(*(np.concatenate([one[k] for k in chosen]) for one in by_clip)))
    low, high = np.quantile(drawn, (0.025, 0.975))
    return middle, float(low), float(high)


def _by_clip(values: Floats, clips: NDArray[np.int64]) -> dict[int, Floats]:
    known = np.isfinite(values)
    return {int(k): values[known & (clips == k)] for k in np.unique(clips[known])}


def area_forced(matched: Scores, other: Scores, name: str) -> float:
    """The same where an abstention counts as a score of 0.5, or as no offset."""
    instead = 0.0 if name == 'offset_s' else 0.5
    return auroc(*(np.nan_to_num(each.of(name), nan=instead) for each in (matched, other)))


def abstained(parts: Sequence[Scores], name: str) -> float:
    """Share of windows of speech that were not judged."""
    return float(np.mean(np.concatenate([np.isnan(part.of(name)) for part in parts])))


def calibration_error(matched: Sequence[Scores], other: Sequence[Scores], name: str) -> float:
    """Expected calibration error at even odds: as many windows that match as do not."""
    good = np.concatenate([part.of(name) for part in matched])
    bad = np.concatenate([part.of(name) for part in other])
    good, bad = good[np.isfinite(good)], bad[np.isfinite(bad)]
    n = min(len(good), len(bad))
    rng = np.random.default_rng(0)
    both = np.concatenate((rng.choice(good, n, False), rng.choice(bad, n, False)))
    return expected_calibration_error(both, [True] * n + [False] * n)
