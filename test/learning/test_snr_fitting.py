# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Fitting the SNR estimator: it learns, and its streams hold the ratio that they name."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from av_fusion_ros.learning.data_folders import DataFolders
from av_fusion_ros.learning.mixing import coloured
from av_fusion_ros.learning.snr_fitting import SnrMaterial, fit_snr
from av_fusion_ros.learning.snr_streams import (
    STREAM_HOPS,
    STREAM_SAMPLES,
    SnrStreams,
    filtered,
    hum,
    rumble,
)
from av_fusion_ros.recognition.snr_estimate import SnrEstimator
from av_fusion_ros.signals.log_mel import N_MELS

D = 3


def test_it_learns_what_only_the_past_tells() -> None:
    """The SNR shows in the first hops alone."""
    rng = np.random.default_rng(0)
    snr_db = rng.uniform(-20, 26, (150, 1)).repeat(STREAM_HOPS, 1).astype(np.float32)
    heard = rng.normal(0, 0.1, (150, STREAM_HOPS, D + N_MELS))
    heard[:, :10, 0] += snr_db[:, :10] / 10
    estimator = SnrEstimator(fit_snr(SnrMaterial(heard.astype(np.float16), snr_db), passes=60))
    features = heard[:, :, :D].astype(np.float32)
    mel = heard[:, :, D:].transpose(0, 2, 1).repeat(4, 2)[:, None].astype(np.float32)
    got, _ = estimator.estimate(features, mel, estimator.initial_state(150))
    assert np.abs(got[:, 12:75] - snr_db[:, 12:75]).mean() < 6  # a constant: 11.5


def test_rumble_lies_below_what_the_network_hears() -> None:
    spectrum = np.abs(np.fft.rfft(rumble(np.random.default_rng(1), 32000))) ** 2
    assert spectrum[:200].sum() > 0.8 * spectrum.sum()  # 100 Hz


@pytest.mark.parametrize('seed', range(3))
def test_made_noise_is_finite_and_sounds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for noise in (hum(rng, 16000), filtered(rng, coloured(rng, 16000, 1.0), 6.0)):
        assert np.isfinite(noise).all()
        assert noise.std() > 0.01


def test_streams_are_loud_enough_and_within_full_scale(shared_data: Path) -> None:
    crops = Path(__file__).resolve().parents[2] / 'cache'
    if not (crops / 'grid_s1').is_dir():
        pytest.skip(f'no mouth crops in {crops}')
    streams = SnrStreams(DataFolders(shared_data, crops), np.random.default_rng(0))
    for stream in islice(streams.draw(), 6):
        assert stream.samples.shape == stream.speech.shape == (STREAM_SAMPLES,)
        assert stream.snr_db.shape == (STREAM_HOPS,)
        assert 0.001 < np.abs(stream.samples).max() <= 1
