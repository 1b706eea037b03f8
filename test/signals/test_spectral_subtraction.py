# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Taking a steady noise out of the spectrogram."""

import numpy as np

from av_fusion_ros.signals.log_mel import log_mel
from av_fusion_ros.signals.spectral_subtraction import FLOOR, subtracted

RATE_HZ = 16000
TIME_S = np.arange(2 * RATE_HZ) / RATE_HZ
HUM = (0.1 * np.sign(np.sin(2 * np.pi * 100 * TIME_S))).astype(np.float32)
TONE = (0.2 * np.sin(2 * np.pi * 2000 * TIME_S)).astype(np.float32)


def test_hum_is_lowered_to_the_floor_and_a_tone_beside_it_stays():
    hum, both, tone = log_mel(HUM), log_mel(HUM + TONE), log_mel(TONE)
    power = np.exp(hum).mean(axis=0)
    left = subtracted(both, power, 1.0)
    loudest = int(tone.mean(axis=0).argmax())
    np.testing.assert_allclose(left[:, loudest], tone[:, loudest], atol=0.3)
    lowest = int(hum.mean(axis=0).argmax())
    assert (left[:, lowest] < both[:, lowest] - 1).mean() > 0.95


def test_nothing_is_lowered_below_the_floor_and_nothing_is_raised():
    mel = log_mel(HUM)
    left = subtracted(mel, np.full(64, 1e5, np.float32), 2.0)
    np.testing.assert_allclose(left, mel + np.log(FLOOR), atol=1e-4)
    assert (subtracted(mel, np.exp(mel).mean(axis=0), 1.0) <= mel + 1e-6).all()


def test_a_stream_gives_what_the_whole_gives():
    mel, power = log_mel(HUM + TONE), np.exp(log_mel(HUM)).mean(axis=0)
    pieces = [subtracted(mel[k : k + 4], power, 1.0) for k in range(0, len(mel), 4)]
    np.testing.assert_array_equal(np.concatenate(pieces), subtracted(mel, power, 1.0))
