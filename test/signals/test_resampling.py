# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
from math import ceil
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.signal import resample_poly

from av_fusion_ros.signals.resampling import ResamplingError, StreamingResampler, resample

RATES_HZ = [8000, 11025, 16000, 22050, 32000, 44100, 48000, 96000]


@pytest.fixture(scope='module')
def speech(grid_folder: Path) -> NDArray[np.float32]:
    path = min(grid_folder.glob('*.flac'))
    return soundfile.read(path, dtype='float32')[0]


def tone(frequency_hz: float, rate_hz: int, duration_s: float = 1.0) -> NDArray[np.float32]:
    time_s = np.arange(round(duration_s * rate_hz)) / rate_hz
    return np.sin(2 * np.pi * frequency_hz * time_s).astype(np.float32)


@pytest.mark.parametrize('rate_hz', RATES_HZ)
@settings(max_examples=10, deadline=None)
@given(sizes=st.lists(st.integers(0, 3000), min_size=1, max_size=12))
def test_streamed_equals_whole(rate_hz: int, sizes: list[int]) -> None:
    sound = np.random.default_rng(0).normal(0, 0.1, sum(sizes)).astype(np.float32)
    stream = StreamingResampler(rate_hz)
    pieces = [stream.push(part) for part in np.split(sound, np.cumsum(sizes)[:-1])]
    pieces.append(stream.flush())
    streamed, whole = np.concatenate(pieces), resample(sound, rate_hz)
    assert len(streamed) == len(whole) == ceil(len(sound) * 16000 / rate_hz)
    assert np.abs(streamed - whole).max(initial=0) < 1e-6


@pytest.mark.parametrize('rate_hz', RATES_HZ)
def test_a_tone_keeps_frequency_level_and_time(rate_hz: int) -> None:
    frequency_hz = 0.35 * min(rate_hz, 16000)
    converted = resample(tone(frequency_hz, rate_hz), rate_hz)
    assert np.abs(converted - tone(frequency_hz, 16000))[400:-400].max() < 1e-4


@pytest.mark.parametrize('rate_hz', [4001, 44101, 191999])
def test_a_rate_that_no_device_has_costs_no_more_than_another(rate_hz: int) -> None:
    stream = StreamingResampler(rate_hz)
    assert stream._bank.nbytes < 10e6
    converted = np.concatenate([stream.push(tone(1000.0, rate_hz)), stream.flush()])
    error = (converted - tone(1000.0, 16000))[400:-400]
    assert 20 * np.log10(np.sqrt(np.mean(error**2) * 2)) < -60


@pytest.mark.parametrize('rate_hz', [22050, 44100, 48000])
def test_what_16_khz_cannot_hold_is_removed(rate_hz: int) -> None:
    converted = resample(tone(9500.0, rate_hz), rate_hz)[400:-400]
    assert 20 * np.log10(np.sqrt(np.mean(converted**2))) < -90


def test_real_speech_survives_the_way_through_48_khz(speech: NDArray[np.float32]) -> None:
    at_48_khz = resample_poly(speech.astype(np.float64), 3, 1).astype(np.float32)
    back = resample(at_48_khz, 48000)
    assert len(back) == len(speech)
    error = np.mean((back - speech) ** 2) / np.mean(speech**2)
    assert 10 * np.log10(error) < -40


def test_no_sample_is_held_back_longer_than_stated() -> None:
    stream = StreamingResampler(44100)
    given_s = got_s = 0.0
    for _ in range(50):
        stream.push(np.zeros(441, np.float32))
        given_s, got_s = stream.n_in / 44100, stream.n_out / 16000
        assert given_s - got_s <= (stream.latency_samples + 1) / 44100 + 1 / 16000
    assert stream.latency_samples / 44100 < 0.003


@pytest.mark.parametrize('rate_hz', [0, -16000, 3999, 500000, 16000.5])
def test_impossible_rates_are_refused(rate_hz: float) -> None:
    with pytest.raises(ResamplingError, match=r'accepted are whole rates from 4000 to 384000 Hz'):
        StreamingResampler(rate_hz)  # type: ignore[arg-type]
