# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Signal-to-noise ratios are what they say, on speech as it is spoken: with pauses."""

import numpy as np
import pytest
import soundfile

from av_fusion_ros.learning.mixing import (
    NoiseSource,
    active_speech_power,
    coloured,
    mix,
    reverberate,
    room_response,
)

RATE = 16000


def bursts(level, active_share, seconds=4.0):
    """Noise at a known level, on for a share of every second."""
    rng = np.random.default_rng(0)
    samples = level * rng.standard_normal(int(seconds * RATE)).astype(np.float32)
    samples[(np.arange(len(samples)) % RATE) >= active_share * RATE] = 0
    return samples


@pytest.mark.parametrize('active_share', [1.0, 0.7, 0.4])
def test_the_active_level_does_not_fall_with_pauses(active_share):
    power_db = 10 * np.log10(active_speech_power(bursts(0.1, active_share)))
    # P.56's hangover counts 0.2 s of every pause as active.
    counted = min(1.0, active_share + 0.2) / active_share
    assert power_db == pytest.approx(-20 - 10 * np.log10(counted), abs=0.7)


def test_silence_has_no_active_power_and_is_left_alone():
    silence = np.zeros(RATE, np.float32)
    assert active_speech_power(silence) == 0
    assert mix(silence, coloured(np.random.default_rng(0), RATE, 0), 0.0) is silence


@pytest.mark.parametrize('snr_db', [-20.0, -8.0, 0.0, 20.0])
def test_real_speech_is_mixed_at_the_stated_ratio(shared_data, snr_db):
    path = sorted((shared_data / 'grid' / 's1').glob('*.flac'))[0]
    speech = soundfile.read(str(path), dtype='float32')[0]
    noise = coloured(np.random.default_rng(1), len(speech), 1.0)
    added = mix(speech, noise, snr_db) - speech
    ratio = active_speech_power(speech) / np.mean(added.astype(np.float64) ** 2)
    assert 10 * np.log10(ratio) == pytest.approx(snr_db, abs=0.05)


@pytest.mark.parametrize(('exponent', 'db_per_octave'), [(0.0, 0.0), (1.0, -3.0), (2.0, -6.0)])
def test_coloured_noise_falls_as_its_name_says(exponent, db_per_octave):
    noise = coloured(np.random.default_rng(2), 16 * RATE, exponent)
    power = np.abs(np.fft.rfft(noise)) ** 2
    hz = np.fft.rfftfreq(len(noise), 1 / RATE)
    octaves = [power[(hz >= f) & (hz < 2 * f)].mean() for f in (200, 400, 800, 1600, 3200)]
    slope = np.polyfit(range(5), 10 * np.log10(octaves), 1)[0]
    assert slope == pytest.approx(db_per_octave, abs=0.3)


def test_a_room_response_keeps_the_direct_sound_and_decays_by_its_time():
    response = room_response(np.random.default_rng(3), 0.4)
    heard = reverberate(np.eye(1, RATE, 0, dtype=np.float32)[0], response)
    assert heard[0] == 1.0
    early, late = heard[200:1000], heard[5000:5800]
    drop_db = 10 * np.log10(np.mean(early**2) / np.mean(late**2))
    assert drop_db == pytest.approx(60 * 4800 / (0.4 * RATE), abs=4)


def test_noise_is_drawn_at_the_length_asked_also_from_short_recordings():
    rng = np.random.default_rng(4)
    voices = [bursts(0.1, 0.5, 1.0)]
    source = NoiseSource([np.ones(100, np.float32)], voices)
    for _ in range(50):
        drawn = source.draw(rng, 3 * RATE)
        assert drawn.shape == (3 * RATE,)
        assert np.isfinite(drawn).all()
