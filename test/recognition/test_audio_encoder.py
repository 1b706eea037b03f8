# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The audio encoder: hops, stamps, and pieces that equal the whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from numpy.typing import NDArray

from av_fusion_ros.model.network import AVNetwork
from av_fusion_ros.model.specification import Specification
from av_fusion_ros.recognition.audio_encoder import SPAN_SAMPLES, STEP_SAMPLES, AudioEncoder
from av_fusion_ros.recognition.backend import Backend, open_backend
from av_fusion_ros.recognition.errors import RecognitionError
from av_fusion_ros.recognition.features import HOP_NS, AudioFeature
from av_fusion_ros.signals.log_mel import log_mel

MODEL = Path(__file__).resolve().parents[2] / 'models' / 'av_fusion.safetensors'
T0 = 1_700_000_000_000_000_000


def sound(n: int, seed: int = 0) -> NDArray[np.float32]:
    return (0.1 * np.random.default_rng(seed).standard_normal(n)).astype(np.float32)


def stamp(n_samples: int) -> int:
    """Capture time of the n-th sample."""
    return T0 + (n_samples - 1) * 62_500


def in_pieces(encoder: AudioEncoder, samples: NDArray[np.float32], size: int) -> list[AudioFeature]:
    features = []
    for start in range(0, len(samples), size):
        piece = samples[start : start + size]
        features += encoder.push(piece, stamp(start + len(piece)))
    return features


def test_hops_start_every_640_samples_and_see_936(backend: Backend, spec: Specification) -> None:
    encoder = AudioEncoder(backend, spec)
    assert encoder.push(sound(SPAN_SAMPLES - 1), stamp(SPAN_SAMPLES - 1)) == []
    (first,) = encoder.push(sound(1), stamp(SPAN_SAMPLES))
    assert (first.start_ns, first.stamp_ns, first.sequence) == (T0, stamp(SPAN_SAMPLES), 0)
    assert first.embedding.shape == (spec.feature_size,)
    (second,) = encoder.push(sound(STEP_SAMPLES), stamp(SPAN_SAMPLES + STEP_SAMPLES))
    assert second.start_ns == first.start_ns + HOP_NS
    assert second.sequence == 1


@pytest.mark.parametrize('size', [77, 320, 5000])
def test_pieces_equal_the_whole(backend: Backend, spec: Specification, size: int) -> None:
    samples = sound(16000)
    whole = AudioEncoder(backend, spec).push(samples, stamp(len(samples)))
    pieces = in_pieces(AudioEncoder(backend, spec), samples, size)
    assert len(whole) == len(pieces) == (len(samples) - SPAN_SAMPLES) // STEP_SAMPLES + 1
    for a, b in zip(whole, pieces, strict=True):
        np.testing.assert_allclose(a.embedding, b.embedding, atol=1e-5)
        assert (a.start_ns, a.stamp_ns, a.sequence) == (b.start_ns, b.stamp_ns, b.sequence)
        assert a.speech_probability == pytest.approx(b.speech_probability, nan_ok=True)


def test_embeddings_are_the_networks_own(
    network: AVNetwork, backend: Backend, spec: Specification
) -> None:
    samples = sound(SPAN_SAMPLES + 9 * STEP_SAMPLES)
    features = in_pieces(AudioEncoder(backend, spec), samples, 160)
    with torch.inference_mode():
        mel = torch.from_numpy(log_mel(samples).T.copy())[None, None]
        expected, _ = network.audio(mel, network.audio.initial_state(1))
        snr_db = network.snr_db(expected)[0]
    np.testing.assert_allclose(
        np.stack([f.embedding for f in features]), expected[0].numpy(), atol=1e-5
    )
    np.testing.assert_allclose([f.snr_db for f in features], snr_db.numpy(), atol=1e-4)


def test_reset_begins_anew(backend: Backend, spec: Specification) -> None:
    encoder = AudioEncoder(backend, spec)
    samples = sound(5000)
    first = encoder.push(samples, stamp(5000))
    encoder.push(sound(777, 3), stamp(5777))
    encoder.reset()
    again = encoder.push(samples, stamp(5000))
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a.embedding, b.embedding)
        assert a.sequence == b.sequence


def test_missing_samples_are_counted_and_lower_the_quality(
    backend: Backend, spec: Specification
) -> None:
    samples = sound(SPAN_SAMPLES + STEP_SAMPLES)
    missing = np.zeros(len(samples), bool)
    missing[-STEP_SAMPLES // 2 :] = True
    whole = AudioEncoder(backend, spec).push(samples, T0)
    holed = AudioEncoder(backend, spec).push(samples, T0, missing)
    assert [f.missing_samples for f in holed] == [0, STEP_SAMPLES // 2]
    assert holed[1].quality == pytest.approx(whole[1].quality / 2)


def test_a_dead_microphone_has_quality_zero(backend: Backend, spec: Specification) -> None:
    features = AudioEncoder(backend, spec).push(np.zeros(16000, np.float32), T0)
    assert features[-1].quality == 0
    assert features[-1].level_dbfs == -np.inf


def test_nan_is_refused_and_leaves_no_trace(backend: Backend, spec: Specification) -> None:
    encoder, clean = AudioEncoder(backend, spec), AudioEncoder(backend, spec)
    with pytest.raises(RecognitionError, match='finite numbers'):
        encoder.push(np.full(100, np.nan, np.float32), T0)
    samples = sound(3000)
    for a, b in zip(encoder.push(samples, T0), clean.push(samples, T0), strict=True):
        np.testing.assert_array_equal(a.embedding, b.embedding)


def test_a_quiet_microphone_is_heard_like_another(shared_data: Path) -> None:
    """30 dB fainter, of which most comes back: after some sentences the network hears the same."""
    backend, spec = open_backend(MODEL, 'onnxruntime')
    paths = sorted((shared_data / 'grid' / 's1').glob('*.flac'))[:5]
    samples = np.concatenate([soundfile.read(str(path), dtype='float32')[0] for path in paths])

    def heard(gain_db: float, max_gain_db: float) -> NDArray[np.float32]:
        encoder = AudioEncoder(backend, spec, max_gain_db=max_gain_db)
        features = encoder.push(samples * np.float32(10 ** (gain_db / 20)), T0)
        return np.stack([f.embedding for f in features[-75:]])  # the last sentence

    common, plain, raised = heard(0.0, 30.0), heard(-30.0, 0.0), heard(-30.0, 30.0)
    np.testing.assert_array_equal(common, heard(0.0, 0.0))
    assert np.abs(raised - common).mean() < 0.5 * np.abs(plain - common).mean()
