# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The spectrogram: pieces equal the whole, and torchaudio's transform is an equal."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from av_fusion_ros.signals.log_mel import (
    FRAME_SAMPLES,
    HOP_SAMPLES,
    N_FFT,
    N_MELS,
    POWER_FLOOR,
    SAMPLE_RATE_HZ,
    LogMel,
    log_mel,
)


def torchaudios(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    torch = pytest.importorskip('torch')
    torchaudio = pytest.importorskip('torchaudio')
    transform = torchaudio.transforms.MelSpectrogram(
        sample_rate=SAMPLE_RATE_HZ,
        n_fft=N_FFT,
        win_length=400,
        hop_length=HOP_SAMPLES,
        f_min=60.0,
        f_max=7600.0,
        n_mels=N_MELS,
        power=2.0,
        center=False,
        norm=None,
        mel_scale='htk',
    ).double()
    power = transform(torch.from_numpy(samples.astype(np.float64)))
    return np.asarray(torch.log(power + POWER_FLOOR).T)


def noise(n: int) -> NDArray[np.float32]:
    return (0.1 * np.random.default_rng(0).standard_normal(n)).astype(np.float32)


def recording(shared_data: Path) -> NDArray[np.float32]:
    path = sorted((shared_data / 'speech_commands').rglob('*.flac'))[0]
    samples, rate_hz = soundfile.read(path, dtype='float32')
    assert rate_hz == SAMPLE_RATE_HZ
    return samples


@pytest.mark.parametrize('kind', ['noise', 'silence', 'recording'])
def test_it_equals_torchaudios_transform(kind: str, request: pytest.FixtureRequest) -> None:
    if kind == 'recording':
        samples = recording(request.getfixturevalue('shared_data'))
    else:
        samples = noise(16000) if kind == 'noise' else np.zeros(16000, np.float32)
    # Torchaudio's filters are made in single precision, 5e-6 off.
    expected = torchaudios(samples)
    np.testing.assert_allclose(log_mel(samples)[: len(expected)], expected, atol=1e-4)


@pytest.mark.parametrize('size', [1, 77, 512, 5000])
def test_pieces_equal_the_whole(size: int) -> None:
    samples, stream = noise(4000), LogMel()
    pieces = [stream.push(samples[k : k + size]) for k in range(0, len(samples), size)]
    np.testing.assert_allclose(np.concatenate(pieces), log_mel(samples), atol=1e-5)


def test_a_frame_is_due_with_its_last_sample() -> None:
    stream = LogMel()
    assert stream.push(noise(FRAME_SAMPLES - 1)).shape == (0, N_MELS)
    assert stream.push(noise(1)).shape == (1, N_MELS)
    assert stream.push(noise(HOP_SAMPLES)).shape == (1, N_MELS)
    stream.reset()
    assert stream.push(noise(FRAME_SAMPLES - 1)).shape == (0, N_MELS)


def test_what_comes_after_the_window_changes_nothing() -> None:
    early, late = noise(FRAME_SAMPLES), noise(N_FFT)
    late[FRAME_SAMPLES:] = 1.0
    np.testing.assert_array_equal(log_mel(early), log_mel(late))


def test_silence_is_the_floor() -> None:
    np.testing.assert_allclose(log_mel(np.zeros(1000, np.float32)), np.log(POWER_FLOOR), rtol=1e-6)
