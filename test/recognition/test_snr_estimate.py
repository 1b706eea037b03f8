# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The SNR estimator: what torch computes, in pieces as at once, and only for its checkpoint."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from av_fusion_ros.learning.snr_fitting import SnrNet, estimator_arrays
from av_fusion_ros.model.checkpoint import save_network
from av_fusion_ros.model.network import AVNetwork
from av_fusion_ros.model.specification import Specification
from av_fusion_ros.recognition.audio_encoder import SPAN_SAMPLES, STEP_SAMPLES, AudioEncoder
from av_fusion_ros.recognition.backend import Backend, open_backend
from av_fusion_ros.recognition.errors import RecognitionError
from av_fusion_ros.recognition.frozen_weights import Floats
from av_fusion_ros.recognition.snr_backend import SnrBackend
from av_fusion_ros.recognition.snr_estimate import (
    FORMAT,
    SnrEstimator,
    estimator_path,
    load_estimator,
    save_estimator,
)
from av_fusion_ros.signals.log_mel import N_MELS

HOPS, UNITS = 30, 6


def fitted(feature_size: int) -> tuple[SnrNet, Floats, Floats, dict[str, Floats]]:
    torch.manual_seed(2)
    inputs = feature_size + N_MELS
    net = SnrNet(inputs, UNITS).eval()
    mean = np.linspace(-4, 1, inputs, dtype=np.float32)
    spread = np.linspace(0.5, 3, inputs, dtype=np.float32)
    return net, mean, spread, estimator_arrays(net, mean, spread)


@pytest.fixture
def estimator(spec: Specification) -> SnrEstimator:
    return SnrEstimator(fitted(spec.feature_size)[3])


def drawn(spec: Specification, streams: int) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(5)
    features = rng.normal(size=(streams, HOPS, spec.feature_size)).astype(np.float32)
    mel = rng.normal(-4, 4, (streams, 1, N_MELS, 4 * HOPS)).astype(np.float32)
    return features, mel


def test_it_computes_what_was_fitted(spec: Specification) -> None:
    net, mean, spread, arrays = fitted(spec.feature_size)
    features, mel = drawn(spec, 3)
    bands = mel[:, 0].reshape(3, N_MELS, HOPS, 4).mean(3).transpose(0, 2, 1)
    heard = (np.concatenate((features, bands), 2) - mean) / spread
    wanted = net(torch.from_numpy(heard.astype(np.float32))).detach().numpy()
    estimator = SnrEstimator(arrays)
    got, _ = estimator.estimate(features, mel, estimator.initial_state(3))
    np.testing.assert_allclose(got, wanted, atol=1e-3)
    assert np.ptp(wanted) > 0.1


@pytest.mark.parametrize('size', [1, 7])
def test_in_pieces_as_at_once(spec: Specification, estimator: SnrEstimator, size: int) -> None:
    features, mel = drawn(spec, 2)
    whole, last = estimator.estimate(features, mel, estimator.initial_state(2))
    state, pieces = estimator.initial_state(2), []
    for hop in range(0, HOPS, size):
        some = slice(hop, hop + size)
        frames = slice(4 * hop, 4 * (hop + size))
        snr_db, state = estimator.estimate(features[:, some], mel[..., frames], state)
        pieces.append(snr_db)
    np.testing.assert_allclose(np.concatenate(pieces, 1), whole, atol=1e-4)
    np.testing.assert_allclose(state, last, atol=1e-5)


def test_the_encoder_carries_what_it_remembers_and_forgets_it_on_reset(
    backend: Backend, spec: Specification, estimator: SnrEstimator
) -> None:
    encoder = AudioEncoder(SnrBackend(backend, estimator), spec)
    n = SPAN_SAMPLES + 9 * STEP_SAMPLES
    samples = np.random.default_rng(1).normal(0, 0.1, n).astype(np.float32)
    whole = [hop.snr_db for hop in encoder.push(samples, 0)]
    encoder.reset()
    pieces = [
        hop.snr_db
        for start in range(0, len(samples), 500)
        for hop in encoder.push(samples[start : start + 500], 0)
    ]
    assert len(whole) == 10
    assert pieces == pytest.approx(whole, abs=1e-3)
    others = AudioEncoder(backend, spec).push(samples, 0)
    assert whole != pytest.approx([hop.snr_db for hop in others], abs=1e-3)


def test_it_comes_back_from_its_file(
    checkpoint: Path, spec: Specification, estimator: SnrEstimator
) -> None:
    save_estimator(checkpoint, fitted(spec.feature_size)[3])
    features, mel = drawn(spec, 1)
    state = estimator.initial_state()
    got, _ = load_estimator(checkpoint).estimate(features, mel, state)
    np.testing.assert_array_equal(got, estimator.estimate(features, mel, state)[0])


def test_the_estimator_of_another_audio_stream_is_refused(
    checkpoint: Path, spec: Specification, tmp_path: Path
) -> None:
    written = save_estimator(checkpoint, fitted(spec.feature_size)[3])
    other = tmp_path / 'other.safetensors'
    save_network(other, AVNetwork(spec))
    estimator_path(other).write_bytes(written.read_bytes())
    with pytest.raises(RecognitionError, match=r'another checkpoint.*calibrate --snr'):
        load_estimator(other)


def test_files_that_are_not_one_are_refused(checkpoint: Path, spec: Specification) -> None:
    with pytest.raises(RecognitionError, match='there is none'):
        load_estimator(checkpoint)
    path = save_estimator(checkpoint, fitted(spec.feature_size)[3])
    arrays = load_file(path)
    for spoil, reason in (
        ({'entry.bias': arrays['entry.bias'] * np.nan}, 'finite'),
        ({'entry.bias': arrays['entry.bias'][:3]}, 'shape'),
    ):
        save_estimator(checkpoint, {**arrays, **spoil})
        with pytest.raises(RecognitionError, match=reason):
            load_estimator(checkpoint)
    save_estimator(checkpoint, {k: v for k, v in arrays.items() if k != 'middle.bias'})
    with pytest.raises(RecognitionError, match='no array'):
        load_estimator(checkpoint)
    save_file(arrays, path, {'format': 'another'})
    with pytest.raises(RecognitionError, match=f'{FORMAT}.* needed'):
        load_estimator(checkpoint)
    path.write_bytes(b'not safetensors')
    with pytest.raises(RecognitionError, match='cannot use the SNR estimator'):
        load_estimator(checkpoint)


def test_without_a_file_the_network_estimates_and_says_so(
    checkpoint: Path, network: AVNetwork, spec: Specification
) -> None:
    told: list[str] = []
    backend, _ = open_backend(checkpoint, 'torch', tell=told.append)
    [reason] = [one for one in told if 'SNR' in one]
    assert 'by the network alone' in reason
    mel = drawn(spec, 1)[1]
    features, snr_db, _ = backend.hear(mel, backend.initial_state('audio'))
    with torch.no_grad():
        wanted = network.snr_db(torch.from_numpy(features))
    np.testing.assert_allclose(snr_db, wanted, atol=0.05)  # matrices are stored in half precision


def test_with_its_file_the_estimator_does(checkpoint: Path, spec: Specification) -> None:
    save_estimator(checkpoint, fitted(spec.feature_size)[3])
    told: list[str] = []
    backend, _ = open_backend(checkpoint, 'torch', tell=told.append)
    assert not [one for one in told if 'SNR' in one]
    mel = drawn(spec, 1)[1]
    features, snr_db, _ = backend.hear(mel, backend.initial_state('audio'))
    estimator = load_estimator(checkpoint)
    wanted, _ = estimator.estimate(features, mel, estimator.initial_state())
    np.testing.assert_array_equal(snr_db, wanted)
