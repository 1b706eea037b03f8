# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Signal-to-noise ratio of speech, from what voice activity calls speech and what it does not."""

from __future__ import annotations

from collections import deque
from math import exp, log10, nan

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 16000
MIN_SNR_DB, MAX_SNR_DB = -20.0, 40.0
_SPEECH_ABOVE, _NOISE_BELOW = 0.6, 0.25  # speech probability; what lies between counts for neither
_SPEECH_MEMORY_S = 1.0  # of speech, not of time: about a short command
_NOISE_MEMORY_S = 0.5
# Voice activity lags: what it calls noise is believed this long after speech ended, and only once
# no speech followed for as long as an onset may go unnoticed.
_AFTER_SPEECH_S, _BEFORE_SPEECH_S = 0.24, 0.12
_FORGET_S = 15.0  # without speech: the talker or the place may have changed
# Minimum statistics (Martin 2001) for when nothing is called noise for long, as among many voices:
# the least short-time power of the last seconds, times the bias of a minimum.
_FRAME_S = 0.1
_MINIMUM_FRAMES = 15
_MINIMUM_BIAS = 2.0
_STALE_NOISE_S = 2.0


class SnrTracker:
    """Follows the SNR over the frames in which somebody speaks, in dB.

    Speech and noise power are averaged apart, gated by voice activity; the noise power is taken
    off the speech frames' power. Among voices the gate takes the babble for speech and the SNR
    read is too high (by some 5 dB for babble, 15 dB for a single other talker). Below 0 dB voice
    activity misses most speech: the answer is then off by 5 to 10 dB or NaN.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget both powers."""
        self._speech: float | None = None
        self._noise: float | None = None
        self._since_speech_s = 0.0
        self._since_noise_s = 0.0
        self._waiting: deque[tuple[float, float]] = deque()  # power, duration of likely noise
        self._waiting_s = 0.0
        self._frame_energy = 0.0
        self._frame_samples = 0
        self._frames: deque[float] = deque(maxlen=_MINIMUM_FRAMES)

    def push(self, samples: NDArray[np.float32], speech_probability: float) -> float:
        """Take samples (n,) at 16 kHz with their speech probability and return the SNR in dB.

        The answer is NaN until both speech and noise have been heard, and after 15 s without
        speech; it is kept within -20 to 40 dB.
        """
        n = len(samples)
        if n:
            energy = float(np.sum(np.square(samples, dtype=np.float64)))
            self._update(energy / n, n / RATE_HZ, speech_probability)
            self._frame_energy += energy
            self._frame_samples += n
            if self._frame_samples >= _FRAME_S * RATE_HZ:
                self._frames.append(self._frame_energy / self._frame_samples)
                self._frame_energy, self._frame_samples = 0.0, 0
        return self._snr_db()

    def _update(self, power: float, duration_s: float, speech_probability: float) -> None:
        self._since_speech_s += duration_s
        self._since_noise_s += duration_s
        if speech_probability >= _SPEECH_ABOVE:
            self._since_speech_s = 0.0
            self._speech = _average(self._speech, power, duration_s / _SPEECH_MEMORY_S)
        if speech_probability > _NOISE_BELOW or self._since_speech_s < _AFTER_SPEECH_S:
            self._waiting.clear()
            self._waiting_s = 0.0
        elif speech_probability <= _NOISE_BELOW:  # not NaN
            self._waiting.append((power, duration_s))
            self._waiting_s += duration_s
            while self._waiting_s - self._waiting[0][1] >= _BEFORE_SPEECH_S:
                self._take_noise(*self._waiting.popleft())
        if self._since_speech_s > _FORGET_S:
            self._speech = None

    def _take_noise(self, power: float, duration_s: float) -> None:
        self._waiting_s -= duration_s
        self._since_noise_s = 0.0
        self._noise = _average(self._noise, power, duration_s / _NOISE_MEMORY_S)

    def _noise_power(self) -> float | None:
        if len(self._frames) < _MINIMUM_FRAMES or (
            self._noise is not None and self._since_noise_s < _STALE_NOISE_S
        ):
            return self._noise
        return _MINIMUM_BIAS * min(self._frames)

    def _snr_db(self) -> float:
        noise = self._noise_power()
        if self._speech is None or noise is None:
            return nan
        noise = max(noise, 1e-12)
        ratio = max(self._speech - noise, 1e-3 * noise) / noise
        return min(MAX_SNR_DB, max(MIN_SNR_DB, 10 * log10(ratio)))


def _average(mean: float | None, value: float, durations: float) -> float:
    return value if mean is None else mean + (1 - exp(-durations)) * (value - mean)
