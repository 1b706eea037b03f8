# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from av_fusion_ros.signals.microphone_quality import MicrophoneQuality, MicrophoneReading

SentenceReader = Callable[[Path], tuple[NDArray[np.float32], NDArray[np.bool_]]]
BLOCK = 640


def last_reading(sound: NDArray[np.float32]) -> MicrophoneReading:
    microphone = MicrophoneQuality()
    for start in range(0, len(sound), BLOCK):
        reading = microphone.push(sound[start : start + BLOCK])
    return reading


@pytest.fixture(scope='module')
def speech(grid_folder: Path, sentence: SentenceReader) -> NDArray[np.float32]:
    return sentence(min(grid_folder.glob('*.flac')))[0]


def test_real_speech_is_of_full_quality_throughout(speech: NDArray[np.float32]) -> None:
    microphone = MicrophoneQuality()
    for start in range(0, len(speech), BLOCK):
        reading = microphone.push(speech[start : start + BLOCK])
        assert reading.quality > 0.95
        assert not reading.dead


@pytest.mark.parametrize(('gain', 'highest'), [(4.0, 0.9), (20.0, 0.1)])
def test_overdriven_speech_loses_quality(
    speech: NDArray[np.float32], gain: float, highest: float
) -> None:
    loud = np.clip(speech / np.abs(speech).max() * gain, -1, 1)
    microphone = MicrophoneQuality()
    worst = 1.0
    for start in range(0, len(loud), BLOCK):
        worst = min(worst, microphone.push(loud[start : start + BLOCK]).quality)
    assert worst < highest


def test_a_dead_microphone_is_known_within_half_a_second(speech: NDArray[np.float32]) -> None:
    microphone = MicrophoneQuality()
    for start in range(0, len(speech), BLOCK):
        microphone.push(speech[start : start + BLOCK])
    after = [microphone.push(np.zeros(BLOCK, np.float32)) for _ in range(13)]
    died = [reading.dead for reading in after].index(True)
    assert 0.3 <= (died + 1) * 0.04 <= 0.5
    assert after[died].quality == 0
    assert after[died].level_dbfs == -np.inf
    alive = microphone.push(speech[:BLOCK])
    assert not alive.dead
    assert alive.quality > 0.5


def test_a_constant_level_is_as_dead_as_zero() -> None:
    reading = last_reading(np.full(16000, 0.1, np.float32))
    assert reading.dead
    assert reading.offset == pytest.approx(0.1, abs=1e-6)


@pytest.mark.parametrize('level_dbfs', [-50.0, -20.0, -6.0])
def test_the_level_is_the_rms_without_offset(level_dbfs: float) -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 10 ** (level_dbfs / 20), BLOCK).astype(np.float32)
    noise *= 10 ** (level_dbfs / 20) / noise.std()
    assert last_reading(noise * 0.9 + 0.05).level_dbfs == pytest.approx(
        level_dbfs + 20 * np.log10(0.9), abs=0.1
    )


def test_an_offset_costs_quality() -> None:
    noise = np.random.default_rng(0).normal(0, 0.01, 16000).astype(np.float32)
    assert last_reading(noise).quality == 1
    assert last_reading(noise + 0.3).quality == 0


def test_a_faint_microphone_is_of_little_but_some_use() -> None:
    noise = np.random.default_rng(0).normal(0, 1, 16000).astype(np.float32)
    assert last_reading(noise * 10 ** (-95 / 20)).quality == pytest.approx(0.3)


def test_clipped_samples_are_counted_in_their_block() -> None:
    block = np.zeros(100, np.float32)
    block[:25] = (-1.0) ** np.arange(25)
    assert MicrophoneQuality().push(block).clipped_fraction == 0.25


def test_nothing_is_known_before_any_sound() -> None:
    assert np.isnan(MicrophoneQuality().push(np.zeros(0, np.float32)).quality)
