# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What to tell of a roadside view that is not admitted."""

from __future__ import annotations

from av_fusion_ros.recognition.v2x_memory import AdmissionSettings
from av_fusion_ros.recognition.v2x_reject import Reject
from av_fusion_ros.signals.roadside_frame import MAX_JPEG_BYTES, MAX_PIXELS

#: ``s`` are the settings; texts are made for the one reason that is told.
ACCEPTED = {
    Reject.MALFORMED: 'is what V2xVisual.msg says of each field, and one content alone',
    Reject.UNKNOWN_STATION: 'are the stations and keys of trust_file',
    Reject.KEY_EXPIRED: "is a key until its not_after in trust_file, by the receiver's clock",
    Reject.KEY_NOT_YET_VALID: 'is a key from its not_before in trust_file on, by the '
    "receiver's clock",
    Reject.TOO_OLD: 'are pictures and messages of the last {s.max_age_s:g} s (max_age_s); do the '
    'clocks agree?',
    Reject.FROM_FUTURE: 'are stamps up to {s.max_future_s:g} s ahead (max_future_s); do the clocks '
    'agree?',
    Reject.REPLAYED: 'are numbers not seen before, which rise with the time of generation',
    Reject.RATE_LIMITED: 'are {s.max_rate_hz:g} views a second of one station (max_rate_hz)',
    Reject.BAD_SIGNATURE: 'is the Ed25519 signature of the key in trust_file',
    Reject.WRONG_MODEL: 'are features of the checkpoint that is loaded here (model_path)',
    Reject.IMPLAUSIBLE: 'is a place within {s.place.tolerance_m:g} m of the known one '
    '(position_tolerance_m) and {s.place.range_m:g} m of the vehicle (max_station_distance_m)',
    Reject.UNSUPPORTED: 'are features, as accept_frames is false',
    Reject.BAD_FRAME: f'is a baseline JPEG of at most {MAX_PIXELS} px and {MAX_JPEG_BYTES} bytes',
}


class RoadsideViewError(ValueError):
    """A roadside view is not admitted, or a vehicle pose not used."""


def refusal(station_id: str, reason: Reject, settings: AdmissionSettings) -> RoadsideViewError:
    """Return what was wrong with a view, whatever it says of itself, and what is accepted."""
    return RoadsideViewError(
        f'view of station {station_id[:64]!r} is not admitted: {reason.value}: accepted '
        f'{ACCEPTED[reason].format(s=settings)}'
    )
