# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How a voice sounds against how it usually does: louder, higher, brighter.

The three cues are those in which Banse and Scherer 1996 and Scherer 2003 ('Vocal communication of
emotion: A review of research paradigms') find emotions to differ most: intensity, pitch and the
balance of the spectrum (the alpha ratio of Eyben et al. 2016, 'The Geneva Minimalistic Acoustic
Parameter Set': energy above 1 kHz over that below).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, log2, nan

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.signals.log_mel import SAMPLE_RATE_HZ, band_centres_hz

_DB_PER_NEPER = 10 / np.log(10)  # of power
_LOWEST_HZ, _HIGHEST_HZ = 75.0, 400.0
_OCTAVE_COST = 0.1
_VOICED = 0.5  # normalised autocorrelation at the pitch's lag
_SPEECH, _MIN_SNR_DB = 0.6, 15.0  # below it the noise sets level and balance
_SMOOTHING_S = 1.5  # of speech
_USUAL_S = 60.0  # of speech, in which the usual voice is followed
_SETTLED_S = 5.0  # of speech heard before the usual voice is known
_FORGET_S = 2.0  # without speech; then nobody has a tone of voice

_centres_hz = band_centres_hz()
_BELOW = (_centres_hz >= 50) & (_centres_hz < 1000)
_ABOVE = (_centres_hz >= 1000) & (_centres_hz < 5000)


@dataclass(frozen=True, slots=True)
class VocalTone:
    """Against the voice's usual: level and balance in dB, pitch in semitones; NaN = unknown."""

    level_db: float = nan
    pitch_st: float = nan
    balance_db: float = nan


def pitch_hz(samples: NDArray[np.float32]) -> float:
    """Pitch of samples (n,) at 16 kHz by normalised autocorrelation; NaN where nothing is voiced.

    After Boersma 1993; one window of 27 ms or more.
    """
    n = len(samples)
    shortest, longest = int(SAMPLE_RATE_HZ / _HIGHEST_HZ), int(SAMPLE_RATE_HZ / _LOWEST_HZ)
    if n < 2 * longest:
        return nan
    window = np.hanning(n)
    spectra = np.fft.rfft([(samples - samples.mean()) * window, window], 2 * n)
    sound, taper = np.fft.irfft(np.abs(spectra) ** 2)[:, : longest + 1]
    if sound[0] <= 0:
        return nan
    likeness = sound / sound[0] * (taper[0] / taper)
    # Two periods are as alike as one: each octave further down must be that much more alike.
    octaves = np.log2(np.arange(shortest, longest + 1))
    lag = shortest + int((likeness[shortest:] - _OCTAVE_COST * octaves).argmax())
    return SAMPLE_RATE_HZ / lag if likeness[lag] > _VOICED else nan


class VocalToneTracker:
    """Follows one microphone's talker through the hops in which somebody speaks clearly.

    A gain that changes looks like a voice that does: a microphone that sets its own level takes
    the loudness away. Another talker becomes the usual one within a minute of speech.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the talker."""
        self._now = np.full(3, nan)
        self._usual = np.full(3, nan)
        self._heard_s = np.zeros(3)
        self._silent_s = 0.0

    def push(
        self,
        samples: NDArray[np.float32],
        mel: NDArray[np.float32],
        speech_probability: float,
        snr_db: float,
    ) -> VocalTone:
        """Take a hop: samples (n,) at 16 kHz and its log-mel frames (frames, 64)."""
        passed_s = len(samples) / SAMPLE_RATE_HZ
        if speech_probability >= _SPEECH and snr_db >= _MIN_SNR_DB and len(mel):
            self._silent_s = 0.0
            self._follow(_cues(samples, mel), passed_s)
        else:
            self._silent_s += passed_s
            if self._silent_s >= _FORGET_S:
                self._now = np.full(3, nan)
        change = np.where(self._heard_s >= _SETTLED_S, self._now - self._usual, nan)
        return VocalTone(*change.tolist())

    def _follow(self, cues: NDArray[np.float64], passed_s: float) -> None:
        known = np.isfinite(cues)
        self._heard_s += known * passed_s
        new = known & np.isnan(self._now)
        self._now[new] = cues[new]
        self._usual[known & np.isnan(self._usual)] = cues[known & np.isnan(self._usual)]
        self._now[known] += passed_s / _SMOOTHING_S * (cues - self._now)[known]
        # A plain mean first, then a slow one.
        share = passed_s / np.clip(self._heard_s, passed_s, _USUAL_S)
        self._usual[known] += (share * (cues - self._usual))[known]


def _cues(samples: NDArray[np.float32], mel: NDArray[np.float32]) -> NDArray[np.float64]:
    """Level [dB], pitch [semitones] and balance [dB] of a hop (3,).

    Pitch and balance are NaN where the hop is not voiced: a fricative is bright in any mood.
    """
    level_db = float(mel.mean()) * _DB_PER_NEPER
    pitch = pitch_hz(samples)
    if isnan(pitch):
        return np.array([level_db, nan, nan])
    power = np.exp(mel.astype(np.float64)).mean(0)
    balance_db = _DB_PER_NEPER * np.log(power[_ABOVE].sum() / power[_BELOW].sum())
    return np.array([level_db, 12 * log2(pitch), balance_db])
