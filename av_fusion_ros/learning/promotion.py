# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""When a correction that was tried may be put in force."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.recognition.site_correction import SiteCorrection


@dataclass(frozen=True, slots=True)
class PromotionSettings:
    """What a promotion takes, in nats per phoneme. Chosen on the validation part.

    The mean gain must reach ``min_worth`` where nothing is in force yet, and ``min_gain`` after
    that: on an ordinary day of many noises a correction that helps one and harms another comes to
    0.03. The lessons that are read better must outnumber the others by ``errors`` standard errors
    of a fair coin (sign test): a few sentences gain or lose ten times what the others do, so the
    error of the mean is too wide to see what nearly all of them gain. And the ear must come to
    ``min_likelihood`` or more: a tuned ear is surer of itself and gets more weight, which costs
    the fusion words where the ear is still poor (-0.9 in a crowded bar at -8 dB; -0.2 and more
    where both gain).
    """

    min_worth: float = 0.04
    min_gain: float = 0.02
    min_likelihood: float = -0.4
    errors: float = 3.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """The best of what was tried, whether it is to be put in force, and what was found."""

    correction: SiteCorrection
    promoted: bool
    why: str


def verdict(
    current: SiteCorrection,
    tried: Sequence[SiteCorrection],
    likelihoods: NDArray[np.float64],
    settings: PromotionSettings,
) -> Verdict:
    """Judge what was ``tried`` beside what is in force.

    ``likelihoods`` (lessons, 1 + tried), nats per phoneme: the first column is ``current``.
    """
    best = int(np.argmax(likelihoods[:, 1:].mean(axis=0)))
    correction, reached = tried[best], float(likelihoods[:, 1 + best].mean())
    gained = likelihoods[:, 1 + best] - likelihoods[:, 0]
    gain, better, worse = float(gained.mean()), int((gained > 0).sum()), int((gained < 0).sum())
    why = (
        f'strength {correction.strength:g}, tuning {correction.tuning:.2f} brings {gain:+.3f} nats '
        f'per phoneme, better in {better} of {len(gained)} reserved lessons'
    )
    needed = settings.min_worth if current.nothing else settings.min_gain
    by_chance = settings.errors * math.sqrt(better + worse)
    worth_it = gain >= needed and better - worse >= by_chance
    if worth_it and not correction.nothing and reached < settings.min_likelihood:
        return Verdict(
            correction, False, f'{why}, but {reached:.2f} is too poor to trust the ear more'
        )
    return Verdict(correction, worth_it, why)
