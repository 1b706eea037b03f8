# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Fitting what tells speech in noise: it learns, and its teacher is what the encoder publishes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from av_fusion_ros.learning import speech_fitting
from av_fusion_ros.learning.corpus import read_samples
from av_fusion_ros.learning.snr_streams import STREAM_HOPS, STREAM_SAMPLES, Stream
from av_fusion_ros.learning.speech_fitting import (
    SpeechMaterial,
    fit_speech,
    speech_material,
    voice_in,
)
from av_fusion_ros.recognition.audio_encoder import AudioEncoder
from av_fusion_ros.recognition.backend import open_backend
from av_fusion_ros.signals.log_mel import N_MELS

MODEL = Path(__file__).resolve().parents[2] / 'models' / 'av_fusion.safetensors'


def test_it_learns_what_the_features_tell_of_speech() -> None:
    rng = np.random.default_rng(0)
    speaking = rng.random(4000) < 0.2
    features = rng.normal(3, 2, (4000, 5))
    features[speaking, 1] += 9
    found = fit_speech(SpeechMaterial(features.astype(np.float16), speaking))
    judged = np.array([found.probability(one) > 0.5 for one in features.astype(np.float32)])
    assert judged[speaking].mean() > 0.9
    assert judged[~speaking].mean() < 0.05


def test_the_teacher_is_what_the_encoder_says_of_clean_sound(shared_data: Path) -> None:
    path = min((shared_data / 'grid' / 's1').glob('*.flac'))
    samples = read_samples(path).astype(np.float32) / 32768
    backend, spec = open_backend(MODEL, 'onnxruntime', parts=('audio',))
    hops = AudioEncoder(backend, spec).push(samples, 0)
    heard = [hop.speech_probability for hop in hops]
    assert min(hop.snr_db for hop in hops[13:]) > 2  # never drowned once the SNR has settled
    assert voice_in(samples, len(hops))[13:].tolist() == pytest.approx(heard[13:], abs=1e-5)


def test_streams_without_much_noise_do_not_teach(
    monkeypatch: pytest.MonkeyPatch, shared_data: Path
) -> None:
    path = min((shared_data / 'grid' / 's1').glob('*.flac'))
    said = read_samples(path).astype(np.float32) / 32768
    speech = np.pad(said, (0, STREAM_SAMPLES - len(said)))
    group = [
        Stream(speech, np.full(STREAM_HOPS, snr_db, np.float32), speech) for snr_db in (-5.0, 20.0)
    ]
    heard = np.zeros((2, STREAM_HOPS, 3 + N_MELS), np.float16)
    heard[0, :, :3] = 1
    monkeypatch.setattr(speech_fitting, 'heard_streams', lambda *given: [(group, heard)])
    found = speech_material(None, None, 2, 0)  # type: ignore[arg-type]
    assert found.features.shape == (STREAM_HOPS, 3)
    assert (found.features == 1).all()
    assert found.speaking.tolist() == (voice_in(speech, STREAM_HOPS) > 0.5).tolist()
    assert 0.05 < found.speaking.mean() < 0.6
