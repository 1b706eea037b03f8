# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Fitting what tells speech in noise: it learns, and its teacher is what the encoder publishes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from av_fusion_ros.learning.corpus import read_samples
from av_fusion_ros.learning.speech_fitting import SpeechMaterial, fit_speech, voice_in
from av_fusion_ros.recognition.audio_encoder import AudioEncoder
from av_fusion_ros.recognition.backend import open_backend

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
