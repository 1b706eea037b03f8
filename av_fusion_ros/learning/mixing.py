# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Mixing speech and noise at a stated signal-to-noise ratio, and room responses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve

from av_fusion_ros.signals.log_mel import SAMPLE_RATE_HZ

FloatArray = NDArray[np.float32]

ENVELOPE_S = 0.03  # time constant of the envelope, as in ITU-T P.56 method B
HANGOVER_S = 0.2
MARGIN_DB = 15.9  # P.56: how far below the active level the activity threshold lies


def active_speech_power(speech: FloatArray) -> float:
    """Mean power of ``speech`` (n,) while it is active, after ITU-T P.56 method B.

    The envelope is thresholded at steps of 3 dB with a hangover; the active power is where the
    threshold lies 15.9 dB below the power that its own activity gives. 0 for silence.
    """
    energy = float(np.sum(speech.astype(np.float64) ** 2))
    if energy <= 0:
        return 0.0
    block = int(0.005 * SAMPLE_RATE_HZ)
    usable = len(speech) // block * block
    if usable == 0:
        return energy / len(speech)
    rms = np.sqrt(np.mean(speech[:usable].reshape(-1, block).astype(np.float64) ** 2, 1))
    smoothing = np.exp(-0.005 / ENVELOPE_S)
    kernel = (1 - smoothing) * smoothing ** np.arange(int(5 * ENVELOPE_S / 0.005))
    envelope = np.convolve(rms, kernel)[: len(rms)]
    hangover = int(HANGOVER_S / 0.005)
    best = energy / len(speech)
    for threshold in float(rms.max()) * 10 ** (-np.arange(60.0, 0.0, -3.0) / 20):
        above = np.convolve(envelope > threshold, np.ones(hangover))[: len(rms)] > 0
        active = int(above.sum()) * block
        if active == 0:
            break
        power = energy / active
        best = power
        if 10 * np.log10(power) - 20 * np.log10(threshold) <= MARGIN_DB:
            break
    return best


def mix(
    speech: FloatArray, noise: FloatArray, snr_db: float, speech_power: float | None = None
) -> FloatArray:
    """``speech`` plus ``noise`` (both (n,)) scaled to ``snr_db`` below the active speech level."""
    power = active_speech_power(speech) if speech_power is None else speech_power
    noise_power = float(np.mean(noise.astype(np.float64) ** 2))
    if power <= 0 or noise_power <= 0:
        return speech
    gain = np.sqrt(power / noise_power / 10 ** (snr_db / 10))
    return (speech + gain * noise).astype(np.float32)


def room_response(rng: np.random.Generator, t60_s: float) -> FloatArray:
    """A random room response: a direct path and a diffuse tail decaying by 60 dB in ``t60_s``."""
    n = int(t60_s * SAMPLE_RATE_HZ)
    tail = rng.standard_normal(n) * 10 ** (-3 * np.arange(n) / n)
    tail *= rng.uniform(0.1, 0.6) / np.sqrt(np.sum(tail**2))
    delay = int(rng.uniform(0.002, 0.01) * SAMPLE_RATE_HZ)
    response = np.zeros(n + delay, np.float32)
    response[0] = 1.0
    response[delay:] += tail.astype(np.float32)
    return response


def reverberate(samples: FloatArray, response: FloatArray) -> FloatArray:
    """``samples`` heard through ``response``, same length."""
    heard: FloatArray = fftconvolve(samples, response)[: len(samples)].astype(np.float32)
    return heard


class NoiseSource:
    """Draws stretches of noise from recordings, and makes white, pink and babble noise."""

    def __init__(self, recordings: list[FloatArray], voices: list[FloatArray]) -> None:
        self._recordings = recordings
        self._voices = voices

    def draw(self, rng: np.random.Generator, n: int) -> FloatArray:
        """A stretch (n,) of a random recording (60 %), babble (20 %), white or pink noise."""
        kind = rng.random()
        if kind < 0.6 and self._recordings:
            return stretch(rng, self._recordings[rng.integers(len(self._recordings))], n)
        if kind < 0.8 and self._voices:
            return self.babble(rng, n)
        return coloured(rng, n, exponent=float(rng.uniform(0.0, 2.0)))

    def babble(self, rng: np.random.Generator, n: int) -> FloatArray:
        """One to eight other voices at once, each at equal power."""
        total = np.zeros(n, np.float32)
        for _ in range(int(rng.integers(1, 9))):
            voice = stretch(rng, self._voices[rng.integers(len(self._voices))], n)
            total += voice / (np.sqrt(np.mean(voice**2)) + 1e-6)
        return total


def stretch(rng: np.random.Generator, recording: FloatArray, n: int) -> FloatArray:
    """``n`` samples of ``recording`` from a random place, repeated where it is too short."""
    if len(recording) < n:
        recording = np.tile(recording, n // len(recording) + 1)
    start = int(rng.integers(len(recording) - n + 1))
    return recording[start : start + n]


def coloured(rng: np.random.Generator, n: int, exponent: float) -> FloatArray:
    """Gaussian noise whose power falls as 1 / f^exponent: 0 white, 1 pink, 2 brown."""
    spectrum = np.fft.rfft(rng.standard_normal(n))
    spectrum *= np.maximum(np.arange(len(spectrum)), 1.0) ** (-exponent / 2)
    noise = np.fft.irfft(spectrum, n)
    scaled: FloatArray = (noise / noise.std()).astype(np.float32)
    return scaled
