# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Whether a station can be where it says it is, and see us from there."""

from __future__ import annotations

from dataclasses import dataclass
from math import dist, isnan

from av_fusion_ros.recognition.errors import RecognitionError
from av_fusion_ros.recognition.features import NS_PER_S

Place = tuple[float, float, float]

_ITS_AGE_NS = 5 * NS_PER_S  # RSUs send CPMs and CAMs at 1 Hz at least
_POSE_AGE_NS = 2 * NS_PER_S  # an older vehicle pose says nothing


@dataclass(frozen=True, slots=True)
class PlaceSettings:
    """``tolerance_m`` around a station's known place; ``range_m`` from the vehicle to a station."""

    tolerance_m: float = 5.0
    range_m: float = 200.0

    def __post_init__(self) -> None:
        if not (self.tolerance_m > 0 and self.range_m > 0):
            raise RecognitionError(
                f'tolerance_m {self.tolerance_m} and range_m {self.range_m} must be above 0 m'
            )


class VehiclePlace:
    """Where the vehicle is, while that is known."""

    def __init__(self) -> None:
        self._place: Place | None = None
        self._stamp_ns = 0

    def note(self, place: Place, stamp_ns: int) -> None:
        """Take a pose in the map frame; raises RecognitionError unless it is finite."""
        if any(isnan(metres) or abs(metres) == float('inf') for metres in place):
            raise RecognitionError(f'the vehicle pose {place} is not finite')
        self._place, self._stamp_ns = place, stamp_ns

    def at(self, now_ns: int) -> Place | None:
        """The vehicle's place, None when it was never told or not lately."""
        if self._place is None or abs(now_ns - self._stamp_ns) > _POSE_AGE_NS:
            return None
        return self._place


class StationPlace:
    """Where one station is: as surveyed, else where its verified messages said first.

    Roadside units do not move. A message without a position (NaN) contradicts nothing. What ETSI
    ITS messages say of the station lately must agree as well.
    """

    def __init__(self, settings: PlaceSettings) -> None:
        self._settings = settings
        self._first: Place | None = None
        self._its: tuple[Place, int] | None = None

    def refuses(
        self, claimed: Place, surveyed: Place | None, vehicle: Place | None, now_ns: int
    ) -> bool:
        """Whether the claimed place, or else the known one, is impossible."""
        known = surveyed or self._first
        claims = not any(isnan(metres) for metres in claimed)
        place = claimed if claims else known
        if place is None:
            return False
        others = [known, self._its_place(now_ns)]
        if any(other and dist(place, other) > self._settings.tolerance_m for other in others):
            return True
        return vehicle is not None and dist(place, vehicle) > self._settings.range_m

    def take(self, claimed: Place) -> None:
        """Remember an admitted message's place."""
        if self._first is None and not any(isnan(metres) for metres in claimed):
            self._first = claimed

    def note_its(self, place: Place, now_ns: int) -> None:
        """Remember where an ITS message has the station."""
        self._its = place, now_ns

    def _its_place(self, now_ns: int) -> Place | None:
        if self._its is None or abs(now_ns - self._its[1]) > _ITS_AGE_NS:
            return None
        return self._its[0]
