# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Streams of known SNR, of which the SNR estimator is fitted: voices and noises of many kinds.

Two stretches of 3 s follow one another, often at another level or in other noise, so that the
estimator learns to forget. There are few recordings of noise, and what fails on a new one is the
level alone: so they are played at other speeds, filtered, mixed with rumble below what the network
hears, and beside them stand made hums.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, firwin2, resample, sosfilt

from av_fusion_ros.learning import mixing
from av_fusion_ros.learning.batches import CLEAN_SNR_DB, FULL_SCALE, HOP_SAMPLES_25HZ
from av_fusion_ros.learning.conditions import STEADY_SPREAD_DB, level_spread_db
from av_fusion_ros.learning.corpus import Clip
from av_fusion_ros.learning.data_folders import DataFolders, family_noise
from av_fusion_ros.learning.recipe import N_HOPS
from av_fusion_ros.signals.log_mel import FRAME_SAMPLES, FRAMES_PER_HOP, HOP_SAMPLES, SAMPLE_RATE_HZ

Samples = NDArray[np.float32]

STREAM_HOPS = 2 * N_HOPS
STRETCH_SAMPLES = N_HOPS * HOP_SAMPLES_25HZ
STREAM_SAMPLES = (STREAM_HOPS * FRAMES_PER_HOP - 1) * HOP_SAMPLES + FRAME_SAMPLES
SNR_RANGE_DB = (-20.0, 26.0)  # wider than what is asked, else the estimate leans inwards
CLEAN_NOISE = np.float32(3e-4)
SILENCE = 1e-8  # mean square of a stretch that cannot be scaled to a ratio


class Stream(NamedTuple):
    """``samples`` (STREAM_SAMPLES,), of every hop the SNR in dB, and the ``speech`` by itself.

    The speech is as it was before it was mixed, at a level of its own.
    """

    samples: Samples
    snr_db: NDArray[np.float32]
    speech: Samples


class SnrStreams:
    """Draws streams from the training part."""

    def __init__(self, folders: DataFolders, rng: np.random.Generator) -> None:
        self._rng = rng
        self._sentences = folders.sentences('train')
        self._words = [clip for clip in folders.words('train') if clip.words]
        families = sorted((folders.recordings / 'noise').iterdir())
        self._families = [family_noise(family, 'train') for family in families]
        every = [recording for family in self._families for recording in family]
        self._steady = [r for r in every if level_spread_db(r) <= STEADY_SPREAD_DB] or every
        voices = [_scaled(clip) for clip in [*self._sentences[::4], *self._words[::6]]]
        self._voices = mixing.NoiseSource([], voices)

    def draw(self) -> Iterator[Stream]:
        """Without end."""
        rng = self._rng
        lengths = (STRETCH_SAMPLES, STREAM_SAMPLES - STRETCH_SAMPLES)
        while True:
            first = self._level()
            levels = (first, first if rng.random() < 0.5 else self._level())
            noise = self._noise(STREAM_SAMPLES)
            later = noise if rng.random() < 0.75 else self._noise(STREAM_SAMPLES)
            noises = (noise[:STRETCH_SAMPLES], later[STRETCH_SAMPLES:])
            speech, mixed = [], []
            for n, part, level in zip(lengths, noises, levels, strict=True):
                speech.append(self._speech(n))
                mixed.append(self._mixed(speech[-1], part, level))
            gain = 10 ** (rng.uniform(-15, 10) / 20)
            truth = np.repeat(np.array(levels, np.float32), N_HOPS)
            samples = np.clip(np.concatenate(mixed) * gain, -1, 1).astype(np.float32)
            yield Stream(samples, truth, np.concatenate(speech))

    def _level(self) -> float:
        return CLEAN_SNR_DB if self._rng.random() < 0.1 else float(self._rng.uniform(*SNR_RANGE_DB))

    def _mixed(self, speech: Samples, noise: Samples, snr_db: float) -> Samples:
        if snr_db >= CLEAN_SNR_DB:
            hiss = self._rng.standard_normal(len(speech)).astype(np.float32)
            return speech + CLEAN_NOISE * hiss
        return mixing.mix(speech, noise, snr_db)

    def _speech(self, n: int) -> Samples:
        """A sentence, or three words, that begins within the first second."""
        rng = self._rng
        if rng.random() < 0.65:
            clip = self._sentences[rng.integers(len(self._sentences))]
            first = int(clip.words[0].start_s * SAMPLE_RATE_HZ)
            before = int(rng.uniform(0.1, 1.0) * SAMPLE_RATE_HZ) if rng.random() < 0.5 else first
            said, begins = _scaled(clip)[max(0, first - before) :], max(0, before - first)
        else:
            parts: list[Samples] = []
            for _ in range(3):
                parts.append(_scaled(self._words[rng.integers(len(self._words))]))
                parts.append(np.zeros(int(rng.uniform(0, 0.3) * SAMPLE_RATE_HZ), np.float32))
            said, begins = np.concatenate(parts), int(rng.uniform(0, 0.5) * SAMPLE_RATE_HZ)
        if rng.random() < 0.3:
            said = filtered(rng, said, float(rng.uniform(0, 3)))
        speech = np.zeros(n, np.float32)
        said = said[: n - begins]
        speech[begins : begins + len(said)] = said
        if rng.random() < 0.25:
            response = mixing.room_response(rng, float(rng.uniform(0.1, 0.6)))
            speech = mixing.reverberate(speech, response)
        return speech

    def _noise(self, n: int) -> Samples:
        rng = self._rng
        noise = self._heard_noise(n)
        if rng.random() < 0.4:
            share = 10 ** (rng.uniform(-12, 9) / 20) * np.sqrt(np.mean(noise**2))
            noise = noise + np.float32(share) * rumble(rng, n)
        return noise

    def _heard_noise(self, n: int) -> Samples:
        """Steady recordings as often as goal 4 asks of them, every family, voices, made noise."""
        rng, kind = self._rng, self._rng.random()
        if kind < 0.08:
            return filtered(rng, hum(rng, n), float(rng.uniform(0, 8)))
        if kind < 0.36:
            return self._varied(self._steady[rng.integers(len(self._steady))], n)
        if kind < 0.75:
            family = self._families[rng.integers(len(self._families))]
            return self._varied(family[rng.integers(len(family))], n)
        if kind < 0.87:
            return self._voices.babble(rng, n)
        return mixing.coloured(rng, n, 0.0 if rng.random() < 0.5 else float(rng.uniform(0, 2)))

    def _varied(self, recording: Samples, n: int) -> Samples:
        """A stretch (n,), often faster or slower, often filtered."""
        rng = self._rng
        for _ in range(20):
            speed = float(rng.uniform(0.75, 1.35)) if rng.random() < 0.6 else 1.0
            drawn = mixing.stretch(rng, recording, int(n * speed) + 1)
            drawn = drawn[:n] if speed == 1.0 else resample(drawn, n).astype(np.float32)
            if rng.random() < 0.6:
                drawn = filtered(rng, drawn, float(rng.uniform(0, 6)))
            if float(np.mean(drawn**2)) > SILENCE:
                return drawn
        return mixing.coloured(rng, n, 0.0)


def filtered(rng: np.random.Generator, samples: Samples, spread_db: float) -> Samples:
    """``samples`` (n,) through a random smooth filter; its gain spreads by ``spread_db``."""
    gains = 10 ** (spread_db * rng.normal(size=9) / 20)
    response = firwin2(65, np.linspace(0, 1, 9), gains)
    result: Samples = fftconvolve(samples, response, mode='same').astype(np.float32)
    return result


def rumble(rng: np.random.Generator, n: int) -> Samples:
    """Noise (n,) of unit power below about 70 Hz, at times with a tone."""
    low = butter(2, rng.uniform(15, 70), 'lowpass', fs=SAMPLE_RATE_HZ, output='sos')
    samples = sosfilt(low, rng.standard_normal(n))
    if rng.random() < 0.3:
        turns = rng.uniform(8, 60) * np.arange(n) / SAMPLE_RATE_HZ
        samples = samples / samples.std() + 2 * np.sin(2 * np.pi * turns)
    return (samples / samples.std()).astype(np.float32)


def hum(rng: np.random.Generator, n: int) -> Samples:
    """An engine (n,): harmonics of a pitch that drifts, and noise."""
    pitch_hz = rng.uniform(20, 250)
    steps = np.cumsum(rng.standard_normal(n // 640 + 2)) * rng.uniform(0, 0.004)
    drift = np.interp(np.arange(n) / 640, np.arange(len(steps)), steps)
    phase = 2 * np.pi * np.cumsum(pitch_hz * (1 + drift)) / SAMPLE_RATE_HZ
    slope = rng.uniform(0.2, 2)
    tones = np.zeros(n)
    for k in range(1, int(min(60, 7000 / pitch_hz)) + 1):
        amplitude = k**-slope * rng.lognormal(0, 0.8)
        tones += amplitude * np.sin(k * phase + rng.uniform(0, 2 * np.pi))
    noise = mixing.coloured(rng, n, float(rng.uniform(0, 2)))
    return (tones / tones.std() + 10 ** (rng.uniform(-15, 10) / 20) * noise).astype(np.float32)


def _scaled(clip: Clip) -> Samples:
    return clip.samples.astype(np.float32) / FULL_SCALE
