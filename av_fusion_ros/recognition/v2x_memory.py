# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the admission remembers of each station, and by which settings."""

from __future__ import annotations

from dataclasses import dataclass, field

from av_fusion_ros.recognition.errors import RecognitionError
from av_fusion_ros.recognition.v2x_clock import ClockOffset
from av_fusion_ros.recognition.v2x_place import PlaceSettings, StationPlace
from av_fusion_ros.recognition.v2x_rate import TokenBucket
from av_fusion_ros.recognition.v2x_replay import ReplayWindow


@dataclass(frozen=True, slots=True)
class AdmissionSettings:
    """``max_age_s`` covers the 150 to 250 ms measured between roadside units and vehicles.

    ``max_rate_hz`` is what one station may send; of its signatures ten times as many are
    checked. ``frames`` says whether compressed frames are taken.
    """

    max_age_s: float = 0.5
    max_future_s: float = 0.04
    max_rate_hz: float = 50.0
    place: PlaceSettings = field(default_factory=PlaceSettings)
    frames: bool = True

    def __post_init__(self) -> None:
        if not (0 < self.max_age_s <= 10 and 0 <= self.max_future_s <= 1 and self.max_rate_hz > 0):
            raise RecognitionError(
                f'max_age_s {self.max_age_s} must be above 0 up to 10 s, max_future_s '
                f'{self.max_future_s} from 0 to 1 s, max_rate_hz {self.max_rate_hz} above 0'
            )


_CHECKS_PER_VIEW = 10  # signatures of one station checked for each view that it may send


class StationMemory:
    """What is remembered of one station of the trust list."""

    def __init__(self, settings: AdmissionSettings) -> None:
        rate_hz = settings.max_rate_hz
        # What was held up on the way comes at once, but nothing older than max_age_s.
        burst = 1 + rate_hz * settings.max_age_s
        self.views = TokenBucket(rate_hz, burst)
        self.checks = TokenBucket(_CHECKS_PER_VIEW * rate_hz, _CHECKS_PER_VIEW * burst)
        self.clock = ClockOffset()
        self.place = StationPlace(settings.place)
        self.seen: dict[str, ReplayWindow] = {}  # by key
