# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""When each sample of a stream was captured, from the jittering stamps of its blocks."""

from __future__ import annotations

from math import pi, sqrt

_BANDWIDTH_HZ = 0.1
_MAX_DRIFT = 0.005  # of the stated rate; a crystal is a hundred times better


class StampFilter:
    """A delay-locked loop on block stamps: it knows the newest sample's time and the true period.

    Method: Adriaensen 2005, 'Using a DLL to filter time'. Stamps may jitter by milliseconds
    while the samples themselves come evenly; the loop follows slow drift of the sound card
    against the clock and averages the jitter out within some ten seconds.
    """

    def __init__(self, stamp_ns: int, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        # Offsets from the first stamp as float: whole epoch nanoseconds do not fit a double.
        self._origin_ns = stamp_ns
        self._newest_ns = 0.0
        self._period_ns = 1e9 / rate_hz

    @property
    def drift_ppm(self) -> float:
        """How much longer than stated a sample period is on the stamps' clock, in millionths."""
        return (self._period_ns * self._rate_hz / 1e9 - 1.0) * 1e6

    @property
    def period_ns(self) -> float:
        """Estimated time between samples."""
        return self._period_ns

    def error_ns(self, stamp_ns: int, n_samples: int) -> float:
        """How much later a stamp is than expected of the sample ``n_samples`` after the newest."""
        expected = self._newest_ns + n_samples * self._period_ns
        return float(stamp_ns - self._origin_ns) - expected

    def advance(self, n_samples: int, error_ns: float | None) -> None:
        """Move on by ``n_samples``, corrected by the stamp's error unless that is not believed."""
        self._newest_ns += n_samples * self._period_ns
        if error_ns is None:
            return
        # No faster than the loop is stable, however long the block.
        omega = min(0.5, 2 * pi * _BANDWIDTH_HZ * n_samples / self._rate_hz)
        self._newest_ns += sqrt(2) * omega * error_ns
        nominal = 1e9 / self._rate_hz
        period = self._period_ns + omega**2 * error_ns / n_samples
        self._period_ns = min(max(period, nominal * (1 - _MAX_DRIFT)), nominal * (1 + _MAX_DRIFT))

    def time_ns(self, samples_before_newest: float) -> int:
        """Capture time of the sample that is so many (0 = newest) before the newest."""
        return self._origin_ns + round(self._newest_ns - samples_before_newest * self._period_ns)
