# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How far a sense is shown: nothing when lost, little by little when back, no jumping about."""

from __future__ import annotations

from math import nan

import numpy as np
import pytest

from av_fusion_ros.recognition.mode_table import RECOVERY_S, lost
from av_fusion_ros.recognition.sense_share import FORFEIT_S, REGAIN_S, SenseShare

HOPS_PER_S = 25
SENSES = ('audio', 'camera', 'v2x')


def run(share: SenseShare, qualities: list[float]) -> list[float]:
    return [share.update(True, quality) for quality in qualities]


@pytest.mark.parametrize('sense', SENSES)
def test_a_sense_that_was_never_lost_has_its_whole_share(sense: str) -> None:
    assert run(SenseShare(sense), [0.9, 0.6, nan, 1.0]) == [1.0] * 4


@pytest.mark.parametrize('sense', SENSES)
def test_a_loss_counts_in_its_hop_and_a_recovery_takes_more_than_one(sense: str) -> None:
    share = SenseShare(sense)
    assert run(share, [0.9, 0.0]) == [1.0, 0.0]
    run(share, [0.0] * 25)
    back = run(share, [0.9] * 50)
    assert back[0] == pytest.approx(1 / HOPS_PER_S / REGAIN_S)
    assert np.all(np.diff(back) >= 0)
    assert np.max(np.diff(back)) <= 1 / HOPS_PER_S / REGAIN_S + 1e-9
    whole_s = (back.index(1.0) + 1) / HOPS_PER_S
    assert 1.0 <= whole_s <= 2.0
    assert back[round(RECOVERY_S * HOPS_PER_S) - 1] >= 0.8  # the mode finds most of it


def test_one_lost_picture_costs_little() -> None:
    share = SenseShare('camera')
    share.update(False, nan)
    after = run(share, [0.9] * 10)
    assert after[0] > 0.8
    assert after[7] == 1.0


def test_an_absence_of_a_fifth_of_a_second_costs_everything() -> None:
    share = SenseShare('camera')
    for _ in range(round(FORFEIT_S * HOPS_PER_S)):
        share.update(False, nan)
    assert share.update(True, 0.9) <= 0.05


@pytest.mark.parametrize('good_hops', [1, 2, 4])
def test_a_flickering_sense_is_hardly_trusted(good_hops: int) -> None:
    share = SenseShare('camera')
    shares = [share.update(k % (good_hops + 1) != 0, 0.9) for k in range(200)]
    assert max(shares[100:]) <= 0.2


@pytest.mark.parametrize('sense', SENSES)
def test_the_limits_are_those_of_the_mode_table(sense: str) -> None:
    limits, share = lost(sense), SenseShare(sense)
    assert share.update(True, limits.fall) == 1.0
    assert share.update(True, limits.fall - 0.01) == 0.0
    assert share.update(True, limits.rise - 0.01) == 0.0  # hysteresis
    assert share.update(True, limits.rise) > 0.0
    assert share.update(True, limits.fall) > 0.0
