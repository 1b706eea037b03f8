# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""CAMs and CPMs are read by their field names; here look-alikes, as the packages are not there."""

from __future__ import annotations

from math import dist
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from av_fusion_ros.recognition.errors import RecognitionError
from av_fusion_ros.recognition.v2x_admission import V2xAdmission
from av_fusion_ros.recognition.v2x_its import (
    MapOrigin,
    parse_map_origin,
    station_of_cam,
    station_of_cpm,
)
from av_fusion_ros.recognition.v2x_trust import TrustedKey

AACHEN = MapOrigin(50.7753, 6.0839, 200.0)


def nested(path: str, value: object) -> Any:
    """Fields within fields, named by a path with dots."""
    for name in reversed(path.split('.')):
        value = SimpleNamespace(**{name: value})
    return value


def position(latitude: int, longitude: int, altitude: int) -> SimpleNamespace:
    return SimpleNamespace(
        latitude=nested('value', latitude),
        longitude=nested('value', longitude),
        altitude=nested('altitude_value.value', altitude),
    )


def cam(*where: int) -> SimpleNamespace:
    return SimpleNamespace(
        header=nested('station_id.value', 4711),
        cam=nested('cam_parameters.basic_container.reference_position', position(*where)),
    )


def cpm(*offsets_cm: tuple[int, int, int | None]) -> SimpleNamespace:
    objects = [
        nested(
            'position',
            SimpleNamespace(
                x_coordinate=nested('value.value', x),
                y_coordinate=nested('value.value', y),
                z_coordinate=nested('value.value', z or 0),
                z_coordinate_is_present=z is not None,
            ),
        )
        for x, y, z in offsets_cm
    ]
    containers = [
        SimpleNamespace(container_id=nested('value', 2)),
        SimpleNamespace(
            container_id=nested('value', 5),
            container_data_perceived_object_container=nested('perceived_objects.array', objects),
        ),
    ]
    where = position(507753000, 60839000, 20000)
    return SimpleNamespace(
        header=nested('station_id.value', 4711),
        payload=SimpleNamespace(
            management_container=nested('reference_position', where),
            cpm_containers=nested('value.array', containers),
        ),
    )


def test_a_position_comes_out_in_metres_east_and_north_of_the_origin() -> None:
    station = station_of_cam(cam(507763000, 60849000, 20250), AACHEN)
    assert station is not None
    assert station.its_id == 4711
    # 0.001 degrees: 111.24 m to the north, 70.49 m to the east (WGS84 at this latitude).
    assert station.place == pytest.approx((70.49, 111.24, 2.5), abs=0.05)


def test_what_a_station_perceives_is_placed_from_where_it_is() -> None:
    station = station_of_cpm(cpm((1000, -250, 150), (0, 0, None)), AACHEN)
    assert station is not None
    first, second = station.objects
    assert first == pytest.approx((10.0, -2.5, 1.5))
    assert second == pytest.approx((0.0, 0.0, 0.0), abs=1e-6)


def test_unknown_positions_tell_nothing_and_unknown_altitudes_are_the_origins() -> None:
    assert station_of_cam(cam(900000001, 60839000, 0), AACHEN) is None
    assert station_of_cam(cam(507753000, 1800000001, 0), AACHEN) is None
    flat = station_of_cam(cam(507753000, 60839000, 800001), AACHEN)
    assert flat is not None
    assert dist(flat.place, (0.0, 0.0, 0.0)) < 1e-6


def test_evidence_reaches_the_station_that_goes_by_the_number() -> None:
    public = Ed25519PrivateKey.generate().public_key()
    trusted = {('a', 'k'): TrustedKey(public, its_id=4711), ('b', 'k'): TrustedKey(public)}
    gate = V2xAdmission(trusted, 'model', 16)
    assert gate.note_its(4711, (0.0, 0.0, 0.0), 0) == ['a']
    assert gate.note_its(1, (0.0, 0.0, 0.0), 0) == []


def test_the_origin_is_read_from_text() -> None:
    assert parse_map_origin('  ') is None
    assert parse_map_origin('50.7753 6.0839 200') == AACHEN
    for wrong in ('50', 'here there', '91 0', '0 181', '0 0 nan', '1 2 3 4'):
        with pytest.raises(RecognitionError):
            parse_map_origin(wrong)
