# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A view of other lips is found and stays out; one of the same lips never is."""

from __future__ import annotations

from itertools import pairwise
from math import nan

import numpy as np
import pytest

from av_fusion_ros.recognition.consistency import Kind, Level
from av_fusion_ros.recognition.features import HOP_NS, RoadsideFeature, VisualFeature
from av_fusion_ros.recognition.v2x_cross_check import RoadsideCrossCheck

T0 = 1_700_000_000_000_000_000
SIZE = 32


def movements(seed: int, count: int = 250) -> np.ndarray:
    """Features of lips in motion: smooth, about a mean."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(0, 1, (count + 4, SIZE))
    smooth = sum(steps[k : k + count] for k in range(5))
    return (smooth + 3).astype(np.float32)


class Scene:
    """Both cameras on one talker, hop by hop."""

    def __init__(self, check: RoadsideCrossCheck) -> None:
        self.check = check
        self.lips = movements(0)
        self.noise = np.random.default_rng(1).normal(0, 0.5, self.lips.shape).astype(np.float32)

    def own(self, k: int, quality: float = 0.9, moving: bool = True) -> None:
        opening = 0.3 + 0.1 * np.sin(k / 3) * moving
        self.check.add_visual(
            VisualFeature(
                T0 + k * HOP_NS,
                k,
                self.lips[k],
                1,
                mouth_opening=opening,
                quality=quality,
                motion=1,
            )
        )

    def roadside(self, k: int, lips: np.ndarray | None = None, shown: int | None = None) -> None:
        seen = (self.lips if lips is None else lips)[k if shown is None else shown]
        # The mean depends on the viewpoint and tells nothing.
        view = 0.7 * seen + self.noise[k] - 2
        self.check.add_roadside(RoadsideFeature(T0 + k * HOP_NS, 'rsu', k, view))


@pytest.fixture
def check() -> RoadsideCrossCheck:
    return RoadsideCrossCheck()


@pytest.mark.parametrize('hops_late', [0, 1, 2, -2])
def test_the_same_lips_agree_even_by_a_clock_that_is_a_little_off(
    check: RoadsideCrossCheck, hops_late: int
) -> None:
    scene = Scene(check)
    for k in range(2, 240):
        scene.own(k)
        scene.roadside(k, shown=k - hops_late)
        assert not check.contradicted('rsu')
        assert check.alarm(T0 + k * HOP_NS) is None
    assert check.score('rsu') > 0.6


@pytest.mark.parametrize('kind', ['other lips', 'the same lips earlier', 'still'])
def test_anything_else_is_found_within_four_seconds_of_speech(
    check: RoadsideCrossCheck, kind: str
) -> None:
    scene, other = Scene(check), movements(9)
    for k in range(100):
        scene.own(k)
        if kind == 'other lips':
            scene.roadside(k, other)
        else:
            scene.roadside(k, shown=max(0, k - 10) if kind.endswith('earlier') else 30)
    assert check.contradicted('rsu')


def test_a_conflict_is_unknown_is_told_each_second_and_ends_when_both_agree(
    check: RoadsideCrossCheck,
) -> None:
    scene, other = Scene(check), movements(9)
    said = []
    for k in range(240):
        scene.own(k)
        scene.roadside(k, other if k < 110 else None)
        if (alarm := check.alarm(T0 + k * HOP_NS)) is not None:
            said.append((k, alarm))
    assert not check.contradicted('rsu')
    *raised, (_, last) = said
    assert {(alarm.level, alarm.kind) for _, alarm in raised} == {
        (Level.UNKNOWN, Kind.V2X_CONFLICT)
    }
    assert all(T0 <= alarm.onset_ns < alarm.stamp_ns for _, alarm in raised)
    hops = [k for k, _ in raised]
    assert hops[0] < 100
    assert {b - a for a, b in pairwise(hops)} == {25}
    assert (last.level, last.onset_ns) == (Level.OK, 0)


def test_a_conflict_outlasts_the_own_camera(check: RoadsideCrossCheck) -> None:
    scene, other = Scene(check), movements(9)
    for k in range(240):
        scene.own(k, quality=0.9 if k < 110 else 0.0)
        scene.roadside(k, other if k < 110 else None)
    assert check.contradicted('rsu')


@pytest.mark.parametrize('case', ['poor picture', 'unknown quality', 'still lips'])
def test_what_the_own_camera_cannot_judge_is_not_judged(
    check: RoadsideCrossCheck, case: str
) -> None:
    scene, other = Scene(check), movements(9)
    quality = {'poor picture': 0.3, 'unknown quality': nan}.get(case, 0.9)
    for k in range(200):
        scene.own(k, quality, moving=case != 'still lips')
        scene.roadside(k, other)
    assert not check.contradicted('rsu')
    assert np.isnan(check.score('rsu'))


def test_stations_are_judged_apart_and_no_more_than_a_few_remembered(
    check: RoadsideCrossCheck,
) -> None:
    scene, other = Scene(check), movements(9)
    for k in range(120):
        scene.own(k)
        scene.roadside(k, other)
        check.add_roadside(RoadsideFeature(T0 + k * HOP_NS, 'honest', k, scene.lips[k]))
    assert check.contradicted('rsu')
    assert not check.contradicted('honest')
    for number in range(100):
        check.add_roadside(RoadsideFeature(T0, f'rsu-{number}', 0, scene.lips[0]))
    assert len(check._stations) <= 16
    assert check.contradicted('rsu')  # whoever passes by: it ends when both agree, and not before


def test_a_station_that_is_heard_is_judged_however_many_pass_by(
    check: RoadsideCrossCheck,
) -> None:
    scene, other = Scene(check), movements(9)
    for k in range(120):
        scene.own(k)
        scene.roadside(k, other)
        check.add_roadside(RoadsideFeature(T0 + k * HOP_NS, f'passing-{k}', 0, scene.lips[k]))
    assert check.contradicted('rsu')


def test_stations_in_conflict_are_bounded_as_well(check: RoadsideCrossCheck) -> None:
    scene, other = Scene(check), movements(9)
    names = [f'rsu-{number}' for number in range(17)]
    for begin in (0, 110):  # one more than there is room for, in two parties
        for k in range(begin, begin + 110):
            scene.own(k)
            for name in names[:16] if begin == 0 else names[16:]:
                check.add_roadside(RoadsideFeature(T0 + k * HOP_NS, name, k, other[k]))
    assert len(check._stations) == 16
    assert check.contradicted(names[1])
    assert check.contradicted(names[16])
