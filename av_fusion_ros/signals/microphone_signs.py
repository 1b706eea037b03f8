# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Signs of a faulty microphone in a stretch of 16 kHz sound.

Found on GRID, Speech Commands and noise recordings as they are and with faults put in
(benchmarks/microphone_health.py). Sounds are float in [-1, 1].
"""

from __future__ import annotations

from math import inf, log10

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 16000
Sound = NDArray[np.float32]

_SHORTEST_RUN = 32  # equal samples, 2 ms: a sound louder than the last bits has no such stretch
_LOUD_BESIDE_DBFS = -60.0  # on both sides of a hole
_BESIDE = 80  # samples, 5 ms
_CUT_OFF = 0.9  # of the peak: equal samples up there are clipped, not lost

_TOP, _BELOW = (0.985, 1.0), (0.90, 0.95)  # of the peak
_PILED_UP = 6.0  # density at the top over that below: 4.3 for a sine, far less for speech
_SILENT_PEAK = 0.01
_FEWEST_PEAKS = 5  # one that lasts is a knock or a breath

_FRAME = 512
_BAND = slice(6, 240)  # 190 Hz to 7.5 kHz of a frame's spectrum
_BANDS = 26

_DECIMATION = 8
_LINES = 8
_NEAR_HZ, _FAR_HZ = 1.0, 8.0  # beside a line, where its floor is taken
_DRIFT = 0.004  # of mains frequency; no grid is worse
_CLEAR_DB, _CLEAR_FIRST_DB, _FEWEST_LINES = 13.0, 20.0, 3


def holes(sound: Sound) -> list[tuple[int, int]]:
    """First sample and length of stretches of equal samples with sound close on both sides."""
    same = np.diff(sound) == 0
    edges = np.flatnonzero(np.diff(np.concatenate([[False], same, [False]]).astype(np.int8)))
    firsts, lasts = edges[::2], edges[1::2]
    long = lasts - firsts + 1 >= _SHORTEST_RUN
    cut_off = _CUT_OFF * float(np.abs(sound).max(initial=0.0))
    found = []
    for first, last in zip(firsts[long].tolist(), lasts[long].tolist(), strict=True):
        before, after = sound[max(0, first - _BESIDE) : first], sound[last + 1 :][:_BESIDE]
        if min(len(before), len(after)) < _BESIDE or abs(sound[first]) >= cut_off:
            continue
        if min(level_dbfs(before), level_dbfs(after)) > _LOUD_BESIDE_DBFS:
            found.append((first, last - first + 1))
    return found


def clipped_share(sound: Sound) -> float:
    """Share of samples that were cut off at a level, full scale or not; 0 to 1.

    Cut samples pile up at the peak; no natural sound does that, not even a sine.
    """
    share = 0.0
    centred = sound - np.median(sound)
    for side in (centred, -centred):
        peak = float(side.max(initial=0.0))
        if peak < _SILENT_PEAK:
            continue
        at_top = side >= _TOP[0] * peak
        if np.count_nonzero(np.diff(at_top)) < 2 * _FEWEST_PEAKS:
            continue
        # What is cut off is so for several samples; a high tone can hit its peak with every one.
        beside = at_top[:-1] & at_top[1:]
        top = float(np.mean(at_top[1:-1] & (beside[:-1] | beside[1:])))
        below = float(np.mean((side >= _BELOW[0] * peak) & (side < _BELOW[1] * peak)))
        density = top / (_TOP[1] - _TOP[0])
        if density > _PILED_UP * below / (_BELOW[1] - _BELOW[0]):
            share += top
    return share


def steady_offset(sound: Sound, parts: int = 4) -> float:
    """Offset that all parts of the sound share, in full scales; 0 if they differ in sign."""
    means = [float(part.mean()) for part in np.array_split(sound, parts)]
    if min(means) > 0 or max(means) < 0:
        return min(means, key=abs)
    return 0.0


def level_dbfs(sound: Sound) -> float:
    """RMS level without offset; -inf for a constant."""
    power = float(np.var(np.asarray(sound, np.float64))) if len(sound) else 0.0
    return 10 * log10(power) if power > 1e-20 else -inf


def whiteness(sound: Sound) -> tuple[float, float]:
    """How flat and how steady a sound is: flatness and spread over time, both in dB.

    Flatness is the geometric over the arithmetic mean of the spectrum's bands, <= 0; a second of
    white noise has -0.02 and a spread of 0.4. Rooms are neither flat nor steady.
    """
    frames = np.lib.stride_tricks.sliding_window_view(sound - sound.mean(), _FRAME)[:: _FRAME // 2]
    window = np.hanning(_FRAME).astype(np.float32)
    power = np.abs(np.fft.rfft(frames * window, axis=1)[:, _BAND]) ** 2 + 1e-20
    bands = power.mean(0).reshape(_BANDS, -1).mean(1)
    flatness = 10 * (float(np.log10(bands).mean()) - log10(float(bands.mean())))
    return flatness, float((10 * np.log10(power.sum(1))).std())


def hum_share_db(sound: Sound) -> float:
    """Power of 50 or 60 Hz and its harmonics over the whole power, <= 0; -inf if there is none.

    ``sound`` is some seconds long. Lines count when they stand clear of what is beside them; the
    first must stand very clear, since an engine or a voice can have some of the others.
    """
    low = sound[: len(sound) // _DECIMATION * _DECIMATION].reshape(-1, _DECIMATION).mean(1)
    window = np.hanning(len(low)).astype(np.float32)
    spectrum = np.abs(np.fft.rfft((low - low.mean()) * window)) ** 2
    power = spectrum * (2.0 / len(low) / float((window**2).sum()))
    bin_hz = RATE_HZ / _DECIMATION / len(low)
    total = float(np.var(sound)) + 1e-12
    share = max(_lines_power(power, mains_hz, bin_hz) for mains_hz in (50.0, 60.0)) / total
    return 10 * log10(min(1.0, share)) if share > 0 else -inf


def _lines_power(power: NDArray[np.floating], mains_hz: float, bin_hz: float) -> float:
    near, far = round(_NEAR_HZ / bin_hz), round(_FAR_HZ / bin_hz)
    found = []
    for k in range(1, _LINES + 1):
        line_hz = mains_hz * k
        reach_hz = max(1.2, _DRIFT * line_hz)
        first = int((line_hz - reach_hz) / bin_hz)
        last = int((line_hz + reach_hz) / bin_hz) + 2
        beside = np.concatenate(
            [power[first - far : first - near], power[last + near : last + far]]
        )
        floor = float(np.median(beside)) + 1e-16
        clear_db = 10 * log10(max(1e-9, float(power[first:last].max()) / floor))
        if k == 1 and clear_db < _CLEAR_FIRST_DB:
            return 0.0
        if clear_db >= _CLEAR_DB:
            found.append(float(power[first:last].sum()) - floor * (last - first))
    return sum(found) if len(found) >= _FEWEST_LINES else 0.0
