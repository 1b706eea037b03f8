# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Microphone health on real recordings, healthy, noisy, and with one fault put in."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from av_fusion_ros.learning.splits import grid_key, noise_parts, part_of
from av_fusion_ros.signals.microphone_health import (
    MicrophoneCondition,
    MicrophoneHealth,
    MicrophoneHealthReading,
)
from av_fusion_ros.signals.microphone_quality import MicrophoneQuality

Sound = NDArray[np.float32]
RATE_HZ, HOP = 16000, 640
C = MicrophoneCondition


def in_16_bits(sound: NDArray[np.floating]) -> Sound:
    return np.asarray(np.clip(np.round(sound * 32768), -32768, 32767) / 32768, np.float32)


def listen(sound: Sound, missing: NDArray[np.bool_] | None = None) -> list[MicrophoneHealthReading]:
    quality, health = MicrophoneQuality(), MicrophoneHealth()
    readings = []
    for first in range(0, len(sound) - HOP + 1, HOP):
        block = slice(first, first + HOP)
        lost = 0 if missing is None else int(missing[block].sum())
        readings.append(health.push(sound[block], quality.push(sound[block]), lost))
    return readings


def told(readings: list[MicrophoneHealthReading]) -> set[C]:
    return {reading.condition for reading in readings}


@pytest.fixture(scope='module')
def speech(grid_folder: Path) -> Sound:
    """Six seconds of held-out sentences; GRID's talkers do not clip."""
    clips = [
        path for path in sorted(grid_folder.glob('*.flac')) if part_of(grid_key(path)) == 'test'
    ]
    return np.concatenate([soundfile.read(path, dtype='float32')[0] for path in clips[:2]])


def test_held_out_speech_raises_nothing(grid_folder: Path) -> None:
    clips = [
        path for path in sorted(grid_folder.glob('*.flac')) if part_of(grid_key(path)) == 'test'
    ]
    for path in clips[::20]:
        readings = listen(soundfile.read(path, dtype='float32')[0])
        assert told(readings) == {C.OK}, path.name
        assert all(abs(sum(r.scores[:1]) + max(r.scores[1:]) - 1) < 1e-6 for r in readings)


@pytest.mark.parametrize('family', ['crowd', 'machine', 'rain', 'vehicle', 'wind'])
def test_noise_is_no_fault(shared_data: Path, family: str) -> None:
    found = noise_parts(sorted((shared_data / 'noise' / family).glob('*.flac')))['train']
    # One recording a family; those of the test part are the benchmark's.
    sound = soundfile.read(found[0], dtype='float32', frames=6 * RATE_HZ)[0]
    assert told(listen(sound)) == {C.OK}


def noise_floor(sound: Sound, level_dbfs: float) -> Sound:
    noise = np.random.default_rng(0).standard_normal(2 * len(sound))
    return in_16_bits(noise * 10 ** (level_dbfs / 20))


def with_holes(sound: Sound, length_ms: int) -> Sound:
    out = sound.copy()
    for first in range(3000, len(out), 5000):
        out[first : first + length_ms * 16] = 0
    return out


def with_hum(sound: Sound, mains_hz: float) -> Sound:
    time_s = np.arange(len(sound)) / RATE_HZ
    wave = sum(np.sin(2 * np.pi * mains_hz * k * time_s + k) / k for k in (1, 2, 3, 5, 7))
    return in_16_bits(0.5 * (sound + wave * sound.std() / wave.std()))


SPOILT: dict[str, tuple[C, Callable[[Sound], Sound]]] = {
    'zeros': (C.DEAD, np.zeros_like),
    'a constant': (C.DEAD, lambda s: np.full_like(s, 0.2)),
    'noise of -90 dBFS': (C.DEAD, lambda s: noise_floor(s, -90)),
    'noise of -70 dBFS': (C.DEAD, lambda s: noise_floor(s, -70)),
    'clipped at full scale': (C.CLIPPED, lambda s: in_16_bits(s * 12)),
    'clipped before': (C.CLIPPED, lambda s: in_16_bits(np.clip(s * 12, -1, 1) * 0.25)),
    'holes of 10 ms': (C.DROPOUT, lambda s: with_holes(s, 10)),
    'holes of 40 ms': (C.DROPOUT, lambda s: with_holes(s, 40)),
    'offset': (C.DC, lambda s: in_16_bits(0.5 * s + 0.25)),
    'hum of 50 Hz': (C.HUM, lambda s: with_hum(s, 49.97)),
    'hum of 60 Hz': (C.HUM, lambda s: with_hum(s, 60.04)),
}


@pytest.mark.parametrize('way', SPOILT)
def test_each_fault_is_told_and_no_other(speech: Sound, way: str) -> None:
    wanted, spoil = SPOILT[way]
    readings = listen(spoil(speech))
    assert told(readings[-80:]) == {wanted}
    assert told(readings) <= {wanted, C.OK}
    assert readings[-1].scores[wanted] > 0.5


def test_samples_that_never_came_are_a_dropout(speech: Sound) -> None:
    missing = np.zeros(len(speech), np.bool_)
    missing[40000:41000] = True
    readings = listen(np.where(missing, np.float32(0), speech), missing)
    assert readings[40000 // HOP + 12].condition is C.DROPOUT
    assert readings[-1].condition is C.OK


def test_silence_is_known_within_half_a_second_and_forgotten_when_sound_returns(
    speech: Sound,
) -> None:
    silence = np.zeros(2 * RATE_HZ, np.float32)
    readings = listen(np.concatenate([speech[:32000], silence, speech[:64000]]))
    conditions = [reading.condition for reading in readings]
    assert C.DEAD not in conditions[:50]
    assert conditions.index(C.DEAD) - 50 <= 0.6 * 25
    assert conditions[99] is C.DEAD
    assert conditions[-1] is C.OK


def test_a_pause_of_two_seconds_in_a_studio_is_not_dead(speech: Sound) -> None:
    pause = noise_floor(np.zeros(RATE_HZ, np.float32), -72)
    assert told(listen(np.concatenate([speech[:64000], pause, speech[:64000]]))) == {C.OK}


def test_one_short_hole_is_no_dropout(speech: Sound) -> None:
    sound = speech.copy()
    sound[40000:40064] = 0
    assert told(listen(sound)) == {C.OK}


def test_a_tone_or_a_loud_voice_is_not_clipped(speech: Sound) -> None:
    time_s = np.arange(3 * RATE_HZ) / RATE_HZ
    for hz in (50.0, 100.0, 440.0, 3000.0):
        tone = in_16_bits(0.99 * np.sin(2 * np.pi * hz * time_s))
        assert C.CLIPPED not in told(listen(tone))
    loud = in_16_bits(speech / np.abs(speech).max() * 0.999)
    assert told(listen(loud)) == {C.OK}


def test_reset_forgets(speech: Sound) -> None:
    quality, health = MicrophoneQuality(), MicrophoneHealth()
    for _ in range(30):
        block = np.zeros(HOP, np.float32)
        last = health.push(block, quality.push(block))
    assert last.condition is C.DEAD
    quality.reset()
    health.reset()
    block = speech[16000 : 16000 + HOP]
    assert health.push(block, quality.push(block)).condition is C.OK
