# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Tone of voice of real sentences, made louder, higher and brighter."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import resample, sawtooth

from av_fusion_ros.signals.log_mel import LogMel
from av_fusion_ros.signals.vocal_tone import VocalTone, VocalToneTracker, pitch_hz

HOP = 640
Samples = NDArray[np.float32]
Sentence = tuple[Samples, NDArray[np.bool_]]


@pytest.fixture(scope='module')
def speech(grid_folder: Path, sentence: Callable[[Path], Sentence]) -> Samples:
    """The words of some sentences, without the pauses: 20 s."""
    heard = [sentence(path) for path in sorted(grid_folder.glob('*.flac'))[:12]]
    return np.concatenate([samples[spoken] for samples, spoken in heard])[: 20 * 16000]


def tones(tracker: VocalToneTracker, samples: Samples, snr_db: float = 30.0) -> list[VocalTone]:
    mel, found = LogMel(), []
    for start in range(0, len(samples) - HOP + 1, HOP):
        chunk = samples[start : start + HOP]
        found.append(tracker.push(chunk, mel.push(chunk), 0.9, snr_db))
    return found


def change(speech: Samples, other: Samples) -> VocalTone:
    """Mean tone of the first seconds after the voice changes."""
    tracker = VocalToneTracker()
    tones(tracker, speech)
    later = tones(tracker, other)[50:125]
    return VocalTone(
        *(float(np.mean([getattr(tone, name) for tone in later]))
          for name in ('level_db', 'pitch_st', 'balance_db'))
    )  # fmt: skip


@pytest.mark.parametrize('hz', [90.0, 150.0, 220.0, 330.0])
def test_pitch_of_a_buzz_is_its_rate(hz: float) -> None:
    buzz = sawtooth(2 * np.pi * hz * np.arange(HOP) / 16000).astype(np.float32)
    assert pitch_hz(buzz) == pytest.approx(hz, rel=0.03)


def test_noise_and_silence_have_no_pitch() -> None:
    rng = np.random.default_rng(0)
    heard = [pitch_hz(rng.normal(0, 0.1, HOP).astype(np.float32)) for _ in range(50)]
    assert np.isnan(heard).mean() > 0.95
    assert np.isnan(pitch_hz(np.zeros(HOP, np.float32)))


def test_the_same_voice_going_on_is_as_usual(speech: Samples) -> None:
    tone = change(speech, speech)
    assert abs(tone.level_db) < 2
    assert abs(tone.pitch_st) < 1
    assert abs(tone.balance_db) < 2


def test_a_louder_voice_is_louder_alone(speech: Samples) -> None:
    usual, tone = change(speech, speech), change(speech, 4 * speech)
    assert tone.level_db - usual.level_db > 6
    assert tone.pitch_st == pytest.approx(usual.pitch_st, abs=0.5)


def test_a_brighter_voice_is_brighter(speech: Samples) -> None:
    bright = speech - 0.7 * np.concatenate([[0], speech[:-1]]).astype(np.float32)
    assert change(speech, bright).balance_db - change(speech, speech).balance_db > 3


def test_a_higher_voice_is_higher(speech: Samples) -> None:
    high = resample(speech, round(len(speech) / 1.25)).astype(np.float32)  # by 3.9 semitones
    assert change(speech, high).pitch_st - change(speech, speech).pitch_st > 1.5


def test_the_gain_of_the_microphone_makes_no_difference(speech: Samples) -> None:
    one, other = (change(gain * speech, gain * speech) for gain in (0.1, 1.0))
    assert one.level_db == pytest.approx(other.level_db, abs=0.7)
    assert one.pitch_st == pytest.approx(other.pitch_st, abs=0.1)


def test_in_noise_and_before_the_voice_is_known_nothing_is_said(speech: Samples) -> None:
    assert all(np.isnan(tone.level_db) for tone in tones(VocalToneTracker(), speech, snr_db=5.0))
    assert all(np.isnan(tone.level_db) for tone in tones(VocalToneTracker(), speech[: 4 * 16000]))


def test_silence_has_no_tone_of_voice(speech: Samples) -> None:
    tracker = VocalToneTracker()
    assert np.isfinite(tones(tracker, speech)[-1].level_db)
    silence = np.zeros(HOP, np.float32)
    mel = np.full((4, 64), -13.8, np.float32)
    quiet = [tracker.push(silence, mel, 0.05, 30.0) for _ in range(60)]
    assert np.isfinite(quiet[20].level_db)
    assert np.isnan(quiet[-1].level_db)
