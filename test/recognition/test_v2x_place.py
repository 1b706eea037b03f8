# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A station stands where it was surveyed or first was, and near enough to see us."""

from __future__ import annotations

from math import inf, nan

import pytest

from av_fusion_ros.recognition.errors import RecognitionError
from av_fusion_ros.recognition.v2x_place import PlaceSettings, StationPlace, VehiclePlace

SETTINGS = PlaceSettings(tolerance_m=5.0, range_m=100.0)
UNKNOWN = (nan, nan, nan)
HERE = (0.0, 0.0, 0.0)


def test_a_station_without_a_surveyed_place_is_held_to_its_first() -> None:
    place = StationPlace(SETTINGS)
    assert not place.refuses(HERE, None, None, 0)
    place.take(HERE)
    assert not place.refuses((3.0, 4.0, 0.0), None, None, 0)
    assert place.refuses((3.0, 4.1, 0.0), None, None, 0)
    assert not place.refuses(UNKNOWN, None, None, 0)


def test_the_surveyed_place_is_what_counts() -> None:
    place = StationPlace(SETTINGS)
    place.take((50.0, 0.0, 0.0))
    assert not place.refuses(HERE, HERE, None, 0)
    assert place.refuses((50.0, 0.0, 0.0), HERE, None, 0)


@pytest.mark.parametrize(('claimed', 'surveyed'), [(HERE, None), (UNKNOWN, HERE)])
def test_a_station_out_of_range_cannot_see_us(
    claimed: tuple[float, float, float], surveyed: tuple[float, float, float] | None
) -> None:
    place = StationPlace(SETTINGS)
    assert not place.refuses(claimed, surveyed, (99.0, 0.0, 0.0), 0)
    assert place.refuses(claimed, surveyed, (101.0, 0.0, 0.0), 0)


def test_an_its_message_that_puts_the_station_elsewhere_counts_while_it_is_fresh() -> None:
    place = StationPlace(SETTINGS)
    place.note_its((20.0, 0.0, 0.0), 0)
    assert place.refuses(HERE, None, None, 5_000_000_000)
    assert not place.refuses(HERE, None, None, 5_000_000_001)
    place.note_its((4.0, 0.0, 0.0), 6_000_000_000)
    assert not place.refuses(HERE, HERE, None, 6_000_000_000)
    assert place.refuses((-2.0, 0.0, 0.0), HERE, None, 6_000_000_000)


def test_an_old_pose_says_nothing() -> None:
    vehicle = VehiclePlace()
    assert vehicle.at(0) is None
    vehicle.note(HERE, 10_000_000_000)
    assert vehicle.at(11_000_000_000) == HERE
    assert vehicle.at(13_000_000_000) is None


@pytest.mark.parametrize('metres', [nan, inf])
def test_a_pose_that_is_not_finite_is_refused(metres: float) -> None:
    with pytest.raises(RecognitionError, match='finite'):
        VehiclePlace().note((0.0, metres, 0.0), 0)


def test_impossible_distances_are_refused() -> None:
    with pytest.raises(RecognitionError):
        PlaceSettings(range_m=0.0)
