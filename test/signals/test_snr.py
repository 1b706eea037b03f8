# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from av_fusion_ros.signals.snr import MAX_SNR_DB, MIN_SNR_DB, SnrTracker
from av_fusion_ros.signals.voice_activity import VoiceActivity

SentenceReader = Callable[[Path], tuple[NDArray[np.float32], NDArray[np.bool_]]]
BLOCK = 640


def mixture(
    sentence: SentenceReader, grid_folder: Path, noise_path: Path, snr_db: float
) -> NDArray[np.float32]:
    """Three sentences in noise; the SNR is that of the frames in which words are said."""
    clips = [sentence(path) for path in sorted(grid_folder.glob('*.flac'))[100:103]]
    samples = np.concatenate([clip[0] for clip in clips])
    spoken = np.concatenate([clip[1] for clip in clips])
    noise = np.resize(soundfile.read(noise_path, dtype='float32')[0], len(samples))
    gain = np.sqrt(np.mean(samples[spoken] ** 2) / np.mean(noise**2) / 10 ** (snr_db / 10))
    return (samples + gain * noise).astype(np.float32)


@pytest.mark.parametrize('snr_db', [0.0, 10.0])
@pytest.mark.parametrize('kind', ['vehicle', 'rain', 'machine'])
def test_the_snr_of_real_speech_in_real_noise_is_read_within_4_db(
    grid_folder: Path, shared_data: Path, sentence: SentenceReader, kind: str, snr_db: float
) -> None:
    sound = mixture(
        sentence, grid_folder, min((shared_data / 'noise' / kind).glob('*.flac')), snr_db
    )
    detector, tracker = VoiceActivity(), SnrTracker()
    read = []
    for start in range(0, len(sound) - BLOCK, BLOCK):
        block = sound[start : start + BLOCK]
        read.append(tracker.push(block, detector.push(block)))
    late = np.array(read[len(read) // 2 :])
    assert not np.isnan(late).any()
    assert abs(late.mean() - snr_db) < 4


def white(rng: np.random.Generator, level_db: float, duration_s: float) -> NDArray[np.float32]:
    n = round(duration_s * 16000)
    return (10 ** (level_db / 20) * rng.normal(0, 1, n)).astype(np.float32)


def push_all(tracker: SnrTracker, sound: NDArray[np.float32], probability: float) -> float:
    snr_db = float('nan')
    for start in range(0, len(sound), BLOCK):
        snr_db = tracker.push(sound[start : start + BLOCK], probability)
    return snr_db


@pytest.mark.parametrize('snr_db', [-5.0, 0.0, 15.0])
def test_with_a_perfect_gate_the_power_ratio_comes_out(snr_db: float) -> None:
    rng, tracker = np.random.default_rng(0), SnrTracker()
    assert np.isnan(push_all(tracker, white(rng, -40, 1.0), 0.0))
    both = 10 * np.log10(10**-4 + 10 ** (-4 + snr_db / 10))
    assert push_all(tracker, white(rng, both, 1.5), 1.0) == pytest.approx(snr_db, abs=1.0)


def test_speech_without_a_pause_falls_back_on_its_quietest_moments() -> None:
    rng, tracker = np.random.default_rng(0), SnrTracker()
    for _ in range(10):  # words of 0.3 s, gaps of 0.2 s that are called speech all the same
        push_all(tracker, white(rng, -20, 0.3), 1.0)
        snr_db = push_all(tracker, white(rng, -40, 0.2), 1.0)
    assert 8 < snr_db < 22


def test_long_without_speech_nothing_is_known() -> None:
    rng, tracker = np.random.default_rng(0), SnrTracker()
    push_all(tracker, white(rng, -40, 1.0), 0.0)
    assert not np.isnan(push_all(tracker, white(rng, -20, 1.0), 1.0))
    assert not np.isnan(push_all(tracker, white(rng, -40, 14.0), 0.0))
    assert np.isnan(push_all(tracker, white(rng, -40, 2.0), 0.0))


def test_the_answer_stays_within_bounds() -> None:
    rng, tracker = np.random.default_rng(0), SnrTracker()
    push_all(tracker, np.zeros(16000, np.float32), 0.0)
    assert push_all(tracker, white(rng, -10, 1.0), 1.0) == MAX_SNR_DB
    tracker.reset()
    push_all(tracker, white(rng, -10, 1.0), 0.0)
    assert push_all(tracker, white(rng, -60, 1.0), 1.0) == MIN_SNR_DB


def test_an_unknown_speech_probability_counts_for_neither() -> None:
    tracker = SnrTracker()
    assert np.isnan(push_all(tracker, white(np.random.default_rng(0), -20, 2.0), float('nan')))
