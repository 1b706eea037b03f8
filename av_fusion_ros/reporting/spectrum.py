# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Recorded blocks of sound to log-mel frames with their times."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.signals.audio_clock import AudioClock
from av_fusion_ros.signals.log_mel import HOP_SAMPLES, N_MELS, SAMPLE_RATE_HZ, LogMel


class Spectrum:
    """Takes blocks in order and keeps the frames, half precision: 13 kB for a second."""

    def __init__(self) -> None:
        self._clock = AudioClock()
        self._mel = LogMel()
        self._samples = self._frames = 0  # since the timeline began anew
        self._times_ns: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
        self._columns: list[NDArray[np.float16]] = [np.zeros((0, N_MELS), np.float16)]

    def push(
        self, samples: NDArray[np.float32], rate_hz: int, stamp_ns: int, first_sample: int
    ) -> None:
        """Take a block (n,) whose last sample was captured at ``stamp_ns``.

        Raises AudioClockError or ResamplingError for a block that cannot be placed.
        """
        stretch = self._clock.push(samples, rate_hz, stamp_ns, first_sample)
        if stretch.reset:
            self._mel.reset()
            self._samples = self._frames = 0
        self._samples += len(stretch.samples)
        columns = self._mel.push(stretch.samples)
        # The stretch's last sample has number samples - 1, and frame k begins with 160 k.
        begins = (self._frames + np.arange(len(columns))) * HOP_SAMPLES
        before_s = (self._samples - 1 - begins) / SAMPLE_RATE_HZ
        self._times_ns.append(stretch.stamp_ns - np.round(before_s * 1e9).astype(np.int64))
        self._columns.append(columns.astype(np.float16))
        self._frames += len(columns)

    def frames(self) -> tuple[NDArray[np.int64], NDArray[np.float16]]:
        """Capture times [ns] at which the frames begin (n,), and the frames (n, 64)."""
        return np.concatenate(self._times_ns), np.concatenate(self._columns)
