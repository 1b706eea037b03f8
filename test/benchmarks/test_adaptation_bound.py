# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The bound on learning a place's noise: its gradient, what it puts in force, and its table."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from av_fusion_ros.learning.differentiable_ear import DifferentiableEar
from av_fusion_ros.model.network import AVNetwork
from av_fusion_ros.model.specification import Specification
from benchmarks.adaptation.bound import BoundSettings, ToldTuner, as_correction, corrected_by
from benchmarks.adaptation.bound_report import bound_lines

HOPS = 40
TEXTS = ('bin blue', 'set white now')


@pytest.fixture(scope='module')
def robot():
    torch.manual_seed(2)
    network = AVNetwork(Specification()).eval().requires_grad_(False)
    seen = torch.randn(len(TEXTS), HOPS + 5, network.spec.feature_size).numpy()
    there = np.ones(seen.shape[:2], np.float32)
    return SimpleNamespace(
        network=network,
        ear=DifferentiableEar({k: v.numpy() for k, v in network.state_dict().items()}),
        clips=[SimpleNamespace(text=text, words=[SimpleNamespace(start_s=0.6)]) for text in TEXTS],
        sight=lambda indices: (seen[indices], there[indices], there[indices]),
    )


@pytest.fixture
def mels():
    rng = np.random.default_rng(0)
    return (-4 + 2 * rng.standard_normal((len(TEXTS), 4 * HOPS, 64))).astype(np.float32)


def some_numbers():
    rng = np.random.default_rng(1)
    return torch.from_numpy(rng.uniform(0.1, 0.3, (3, 64)).astype(np.float32)).requires_grad_(True)


def test_the_gradient_is_that_of_torch_all_the_way(robot, mels):
    tuner, power = ToldTuner(robot), np.full(64, 0.01, np.float32)
    by_ear, by_torch = some_numbers(), some_numbers()
    tuner._descend([0, 1], mels, power, by_ear)
    network = robot.network
    heard = corrected_by(by_torch, power, mels).transpose(1, 2)[:, None]
    features, _ = network.audio(heard, network.audio.initial_state(len(mels)))
    tuner._loss([0, 1], features).backward()
    expected = by_torch.grad.numpy()
    assert np.abs(expected).max() > 1e-5
    np.testing.assert_allclose(by_ear.grad.numpy(), expected, atol=2e-3 * np.abs(expected).max())


def test_what_is_put_in_force_does_what_was_tuned(mels):
    power, numbers = np.full(64, 0.01, np.float32), some_numbers()
    tuned = corrected_by(numbers, power, mels).detach().numpy()
    np.testing.assert_allclose(as_correction(numbers, power).corrected(mels), tuned, atol=1e-5)


def test_told_sentences_become_likelier(robot, mels):
    def loss(correction):
        heard = [robot.ear.hear(mel)[0] for mel in correction.corrected(mels)]
        return float(ToldTuner(robot)._loss([0, 1], torch.from_numpy(np.stack(heard))))

    tuned, further = (
        ToldTuner(robot, BoundSettings(steps=steps, batch=2)).tuned([0, 1], mels)
        for steps in (1, 12)
    )
    assert loss(further) < loss(tuned)


def row(noise, clean, before, after):
    words = {'clean': clean, 'before': before, 'after': after}
    counts = {f'{when}_{by}': str(n) for when, n in words.items() for by in ('ear', 'both')}
    return {'noise': noise, 'snr_db': '-8.0', 'steps': '140', 'words': '200', **counts}


def test_the_table_counts_only_what_both_have_lived_through():
    product = [row('siren', 100, 60, 80), row('valve', 100, 50, 90)]
    page = '\n'.join(
        bound_lines(product, [row('siren', 100, 60, 90), row('rain: tent', 100, 90, 91)])
    )
    assert '| siren | -8 dB | 40 | 20 | 30 | 40 | 20 | 30 |' in page
    assert '| rain: tent | -8 dB | 10 | - | 1 | 10 | - | 1 |' in page
    assert 'Recorded:' not in page
    assert 'Generated: by ear 40 lost, 20 (50 %) regained by the product, 30 (75 %)' in page
