# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What ETSI ITS messages tell of roadside stations, as evidence beside their signed views.

The messages are those of the ROS packages etsi_its_cam_msgs (EN 302 637-2) and
etsi_its_cpm_ts_msgs (TS 103 324), read by their field names. Nothing here checks who sent them:
such evidence can make a station implausible, and can never make it believed.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, isfinite, isnan, nan, radians, sin, sqrt
from typing import Any

from av_fusion_ros.recognition.errors import RecognitionError
from av_fusion_ros.recognition.v2x_place import Place

_DEGREES = 1e-7
_METRES = 0.01
_NO_LATITUDE, _NO_LONGITUDE, _NO_ALTITUDE = 900_000_001, 1_800_000_001, 800_001
_OBJECTS = 5  # CHOICE_CONTAINER_DATA_PERCEIVED_OBJECT_CONTAINER
_MAX_OBJECTS = 255

_WGS84_MAJOR_M = 6_378_137.0
_WGS84_ECCENTRICITY_2 = 6.694_379_990_14e-3


@dataclass(frozen=True, slots=True)
class ItsStation:
    """A station as its own message puts it; ``objects`` are what it perceives, map frame [m]."""

    its_id: int
    place: Place
    objects: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class MapOrigin:
    """The WGS84 position of the map frame's origin; x points east, y north, z up.

    Raises RecognitionError for one that is not on earth.
    """

    latitude_deg: float
    longitude_deg: float
    altitude_m: float = 0.0

    def __post_init__(self) -> None:
        good = abs(self.latitude_deg) < 89.9 and abs(self.longitude_deg) <= 180
        if not (good and isfinite(self.altitude_m)):
            raise RecognitionError(
                f'the map origin {self.latitude_deg} {self.longitude_deg} {self.altitude_m} must '
                'be latitude and longitude in degrees and altitude in metres'
            )

    def place(self, latitude_deg: float, longitude_deg: float, altitude_m: float) -> Place:
        """A position in the map frame, by the ellipsoid's radii at the origin.

        The error is below 0.5 m within 2 km; an unknown altitude (NaN) is taken as the origin's.
        """
        lean = 1 - _WGS84_ECCENTRICITY_2 * sin(radians(self.latitude_deg)) ** 2
        east_m = _WGS84_MAJOR_M / sqrt(lean)
        north_m = east_m * (1 - _WGS84_ECCENTRICITY_2) / lean
        return (
            radians(longitude_deg - self.longitude_deg) * east_m * cos(radians(latitude_deg)),
            radians(latitude_deg - self.latitude_deg) * north_m,
            0.0 if isnan(altitude_m) else altitude_m - self.altitude_m,
        )


def parse_map_origin(text: str) -> MapOrigin | None:
    """'latitude longitude [altitude]' as an origin, None for an empty text.

    Raises RecognitionError.
    """
    if not text.strip():
        return None
    try:
        return MapOrigin(*map(float, text.split()))
    except (TypeError, ValueError) as error:
        raise RecognitionError(
            f'map_origin is {text!r}; write latitude and longitude in degrees and, optionally, '
            'altitude in metres, with spaces between'
        ) from error


def station_of_cam(message: Any, origin: MapOrigin) -> ItsStation | None:
    """The sender of a CAM; None where it does not know its position."""
    position = message.cam.cam_parameters.basic_container.reference_position
    place = _place(position, origin)
    return None if place is None else ItsStation(int(message.header.station_id.value), place)


def station_of_cpm(message: Any, origin: MapOrigin) -> ItsStation | None:
    """The sender of a CPM and what it perceives; None where it does not know its position."""
    place = _place(message.payload.management_container.reference_position, origin)
    if place is None:
        return None
    objects = [
        _shifted(place, perceived.position)
        for container in message.payload.cpm_containers.value.array
        if int(container.container_id.value) == _OBJECTS
        for perceived in container.container_data_perceived_object_container.perceived_objects.array
    ]
    station_id = int(message.header.station_id.value)
    return ItsStation(station_id, place, tuple(objects[:_MAX_OBJECTS]))


def _place(position: Any, origin: MapOrigin) -> Place | None:
    latitude, longitude = int(position.latitude.value), int(position.longitude.value)
    altitude = int(position.altitude.altitude_value.value)
    if latitude == _NO_LATITUDE or longitude == _NO_LONGITUDE:
        return None
    altitude_m = nan if altitude == _NO_ALTITUDE else altitude * _METRES
    return origin.place(latitude * _DEGREES, longitude * _DEGREES, altitude_m)


def _shifted(place: Place, offset: Any) -> Place:
    """East and north from the station, which TS 103 324 gives in centimetres."""
    x, y, z = place
    return (
        x + offset.x_coordinate.value.value * _METRES,
        y + offset.y_coordinate.value.value * _METRES,
        z + offset.z_coordinate.value.value * _METRES if offset.z_coordinate_is_present else z,
    )
