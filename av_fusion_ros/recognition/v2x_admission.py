# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What may come in from the air: every roadside message is hostile until it is admitted.

Cheap checks come before the signature, and nothing is remembered of a message before its
signature holds, so that a forger can neither burn time nor poison the state. The time window
follows the C2C-CC basic system profile (RS_BSP_168: 40 ms into the future).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from cryptography.exceptions import InvalidSignature
from numpy.typing import NDArray

from av_fusion_ros.recognition.errors import RecognitionError
from av_fusion_ros.recognition.features import NS_PER_S, RoadsideFeature
from av_fusion_ros.recognition.roadside_message import (
    CONTENT_JPEG,
    RoadsideMessage,
    signed_bytes,
)
from av_fusion_ros.recognition.v2x_clock import ClockOffset
from av_fusion_ros.recognition.v2x_memory import AdmissionSettings as AdmissionSettings
from av_fusion_ros.recognition.v2x_memory import StationMemory
from av_fusion_ros.recognition.v2x_place import Place, VehiclePlace
from av_fusion_ros.recognition.v2x_reject import Reject as Reject
from av_fusion_ros.recognition.v2x_replay import ReplayWindow
from av_fusion_ros.recognition.v2x_schema import is_well_formed
from av_fusion_ros.recognition.v2x_trust import TrustedKey, TrustList
from av_fusion_ros.signals.roadside_frame import RoadsideFrameError, decode_frame


@dataclass(frozen=True, slots=True)
class RoadsideFrame:
    """An admitted picture (h, w, 3) BGR, yet to be encoded."""

    stamp_ns: int
    station_id: str
    sequence: int
    image_bgr: NDArray[np.uint8]


class V2xAdmission:
    """Checks messages one by one and counts why they were rejected.

    Memory is bounded by the trust list. ``feature_size`` and ``model_id`` are those of the
    loaded checkpoint.
    """

    def __init__(
        self,
        trusted: TrustList,
        model_id: str,
        feature_size: int,
        settings: AdmissionSettings | None = None,
    ) -> None:
        self._model_id = model_id
        self._feature_size = feature_size
        self.settings = settings or AdmissionSettings()
        self._trusted: TrustList = {}
        self._stations: dict[str, StationMemory] = {}
        self._vehicle = VehiclePlace()
        self.admitted = 0
        self.rejected: Counter[Reject] = Counter()
        self.replace_trust_list(trusted)

    def replace_trust_list(self, trusted: TrustList) -> None:
        """Take new keys at once; what is remembered of stations and keys that stay is kept."""
        changed = {
            name
            for name, key in trusted.items()
            if name in self._trusted and key.public != self._trusted[name].public
        }
        self._trusted = dict(trusted)
        known, self._stations = self._stations, {}
        for station_id, key_id in self._trusted:
            before = known.get(station_id)
            station = self._stations.setdefault(station_id, before or StationMemory(self.settings))
            if (station_id, key_id) in changed or key_id not in station.seen:
                station.seen[key_id] = ReplayWindow()
        for station_id, station in self._stations.items():
            for key_id in [key for key in station.seen if (station_id, key) not in self._trusted]:
                del station.seen[key_id]

    def forget(self) -> None:
        """Begin anew where time itself does, as when a bag loops; keys and counts are kept."""
        self._stations = {}
        self._vehicle = VehiclePlace()
        self.replace_trust_list(self._trusted)

    def note_vehicle(self, place: Place, stamp_ns: int) -> None:
        """Say where the vehicle is in the map frame; raises RecognitionError unless finite."""
        self._vehicle.note(place, stamp_ns)

    def note_its(self, its_id: int, place: Place, now_ns: int) -> list[str]:
        """Say where an ITS message has a station, whoever sent it; returns the stations meant."""
        meant = {name for (name, _), key in self._trusted.items() if key.its_id == its_id}
        for name in meant:
            self._stations[name].place.note_its(place, now_ns)
        return sorted(meant)

    def clocks(self, since_ns: int) -> Iterator[tuple[str, ClockOffset]]:
        """Each station heard since then, by the receiver's time, and what is known of its clock."""
        return (
            (name, station.clock)
            for name, station in self._stations.items()
            if station.clock.heard_since(since_ns)
        )

    def admit(
        self, message: RoadsideMessage, now_ns: int
    ) -> RoadsideFeature | RoadsideFrame | Reject:
        """What a message brings, or why it is rejected; ``now_ns`` is the receiver's time."""
        outcome = self._examined(message, now_ns)
        if isinstance(outcome, Reject):
            self.rejected[outcome] += 1
        else:
            self.admitted += 1
        return outcome

    def _examined(
        self, message: RoadsideMessage, now_ns: int
    ) -> RoadsideFeature | RoadsideFrame | Reject:
        if not is_well_formed(message):
            return Reject.MALFORMED
        key = self._trusted.get((message.station_id, message.key_id))
        if key is None:
            return Reject.UNKNOWN_STATION
        station = self._stations[message.station_id]
        seen = station.seen[message.key_id]
        if (reason := _key_refusal(key, now_ns)) is not None:
            return reason
        if (reason := self._time_refusal(message, now_ns)) is not None:
            if station.clock.wants_late_sample(now_ns):
                self._verify(message, key, station, now_ns)
            return reason
        if seen.refuses(message.sequence, message.generated_ns):
            return Reject.REPLAYED
        if not station.views.has(now_ns):
            return Reject.RATE_LIMITED
        if (reason := self._verify(message, key, station, now_ns)) is not None:
            return reason
        # From here on the station itself speaks: what it sends counts, whatever is wrong with it.
        station.views.take()
        seen.take(message.sequence, message.generated_ns)
        vehicle = self._vehicle.at(now_ns)
        if station.place.refuses(message.position, key.position, vehicle, now_ns):
            return Reject.IMPLAUSIBLE
        view = self._view(message)
        if not isinstance(view, Reject):
            station.place.take(message.position)
        return view

    def _time_refusal(self, message: RoadsideMessage, now_ns: int) -> Reject | None:
        # The picture's own stamp counts as well: an old picture must not be signed anew.
        oldest_ns, newest_ns = sorted((message.stamp_ns, message.generated_ns))
        if now_ns - oldest_ns > round(self.settings.max_age_s * NS_PER_S):
            return Reject.TOO_OLD
        if newest_ns - now_ns > round(self.settings.max_future_s * NS_PER_S):
            return Reject.FROM_FUTURE
        return None

    @staticmethod
    def _verify(
        message: RoadsideMessage, key: TrustedKey, station: StationMemory, now_ns: int
    ) -> Reject | None:
        if not station.checks.has(now_ns):
            return Reject.RATE_LIMITED
        station.checks.take()
        try:
            key.public.verify(message.signature, signed_bytes(message))
        except InvalidSignature:
            return Reject.BAD_SIGNATURE
        except RecognitionError:
            return Reject.MALFORMED
        station.clock.note(message.generated_ns, now_ns)
        return None

    def _view(self, message: RoadsideMessage) -> RoadsideFeature | RoadsideFrame | Reject:
        stamp_ns, station_id, sequence = message.stamp_ns, message.station_id, message.sequence
        if message.content == CONTENT_JPEG:
            if not self.settings.frames:
                return Reject.UNSUPPORTED
            try:
                return RoadsideFrame(stamp_ns, station_id, sequence, decode_frame(message.jpeg))
            except RoadsideFrameError:
                return Reject.BAD_FRAME
        features = message.features()
        if message.model_id != self._model_id or features.size != self._feature_size:
            return Reject.WRONG_MODEL
        return RoadsideFeature(stamp_ns, station_id, sequence, features, message.quality)


def _key_refusal(key: TrustedKey, now_ns: int) -> Reject | None:
    if key.not_before_ns is not None and now_ns < key.not_before_ns:
        return Reject.KEY_NOT_YET_VALID
    if key.not_after_ns is not None and now_ns > key.not_after_ns:
        return Reject.KEY_EXPIRED
    return None
