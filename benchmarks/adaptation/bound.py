# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How much the few numbers that a place may teach could regain at most, told what was said.

The same ten minutes as ``shift``, but every sentence is a lesson, with its true words, and all
that a ``SiteCorrection`` holds is tuned at once by gradient descent (Adam) on CTC's loss of the ear
and of both senses together, many times as long as in the product; nothing is judged before it is
put in force. An analysis: no robot is told what was said.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from av_fusion_ros.learning.differentiable_ear import LOG_MEL_SPREAD
from av_fusion_ros.learning.lesson import PAUSE_S, TAIL_NS, phoneme_targets
from av_fusion_ros.model.network import AUDIO, AVNetwork
from av_fusion_ros.model.phonemes import BLANK
from av_fusion_ros.recognition.features import HOP_NS, NS_PER_S
from av_fusion_ros.recognition.site_correction import (
    MAX_GAIN,
    MAX_SHIFT,
    MAX_STRENGTH,
    SiteCorrection,
)
from av_fusion_ros.signals.log_mel import FRAMES_PER_HOP, HOP_SAMPLES, N_MELS, SAMPLE_RATE_HZ
from av_fusion_ros.signals.spectral_subtraction import FLOOR
from benchmarks.adaptation.places import Place
from benchmarks.adaptation.robot import Robot
from benchmarks.adaptation.trials import Row, folds, order, sound_seed, words_right_with

Floats = NDArray[np.float32]
FRAMES_PER_S = SAMPLE_RATE_HZ / HOP_SAMPLES


@dataclass(frozen=True, slots=True)
class BoundSettings:
    """``steps`` of ``batch`` lessons each; Adam's ``rate`` falls to zero by the last."""

    steps: int = 140
    batch: int = 8
    rate: float = 2e-2
    seed: int = 0


def corrected_by(numbers: Tensor, noise_power: Floats, mels: Floats) -> Tensor:
    """What ``as_correction`` of the same numbers makes of ``mels`` (B, T, 64), for the gradient."""
    given = torch.from_numpy(mels)
    left = 1 - numbers[0] * torch.from_numpy(noise_power) * torch.exp(-given)
    cleaned = given + torch.log(left.clamp_min(FLOOR))
    return cleaned * (1 + numbers[1]) + LOG_MEL_SPREAD * numbers[2]


def as_correction(numbers: Tensor, noise_power: Floats) -> SiteCorrection:
    """``numbers`` (3, 64): share of ``noise_power`` taken out, gain, shift by LOG_MEL_SPREAD."""
    taken, gain, shift = numbers.detach().numpy().copy()
    return SiteCorrection(taken * noise_power, 1.0, gain, LOG_MEL_SPREAD * shift)


class ToldTuner:
    """Tunes noise profile, gains and shifts on sentences of which the words are told."""

    def __init__(self, robot: Robot, settings: BoundSettings | None = None) -> None:
        self._robot, self._settings = robot, settings or BoundSettings()

    def tuned(self, indices: Sequence[int], mels: Floats) -> SiteCorrection:
        """The correction that sentences (clips ``indices``, heard as ``mels`` (N, 4 n, 64)) teach.

        As in the product the noise profile starts as the median over the pauses before the
        sentences; here each band of it is tuned too, up to MAX_STRENGTH times that.
        """
        settings = self._settings
        noise_power = np.median(
            [self._pause_power(i, mel) for i, mel in zip(indices, mels, strict=True)], axis=0
        ).astype(np.float32)
        rng = np.random.default_rng(settings.seed)
        numbers = torch.zeros(3, N_MELS)
        numbers[0] = 0.5
        numbers.requires_grad_(True)
        most = torch.tensor([[MAX_STRENGTH], [MAX_GAIN], [MAX_SHIFT / LOG_MEL_SPREAD]])
        least = torch.tensor([[0.0], [-MAX_GAIN], [-MAX_SHIFT / LOG_MEL_SPREAD]])
        adam = torch.optim.Adam([numbers], settings.rate)
        slowing = torch.optim.lr_scheduler.LinearLR(adam, 1.0, 0.0, settings.steps)
        waiting: list[int] = []
        for _ in range(settings.steps):
            while len(waiting) < settings.batch:
                waiting += rng.permutation(len(indices)).tolist()
            chosen, waiting = waiting[: settings.batch], waiting[settings.batch :]
            adam.zero_grad()
            self._descend([indices[k] for k in chosen], mels[chosen], noise_power, numbers)
            adam.step()
            slowing.step()
            with torch.no_grad():
                numbers.copy_(numbers.clamp(least, most))
        return as_correction(numbers, noise_power)

    def _pause_power(self, index: int, mel: Floats) -> Floats:
        """Linear power (64,) before the first word, as a lesson's; nobody speaks there."""
        end = round((self._robot.clips[index].words[0].start_s - PAUSE_S[1]) * FRAMES_PER_S)
        power: Floats = np.exp(mel[: max(FRAMES_PER_HOP, end)]).mean(axis=0)
        return power

    def _descend(
        self, indices: Sequence[int], mels: Floats, noise_power: Floats, numbers: Tensor
    ) -> None:
        """Leave the gradient of the loss in ``numbers``."""
        corrected = corrected_by(numbers, noise_power, mels)
        heard = corrected.detach().numpy()
        features, backs = zip(*(self._robot.ear.hear(mel) for mel in heard), strict=True)
        leaf = torch.from_numpy(np.stack(features)).requires_grad_(True)
        self._loss(indices, leaf).backward()  # type: ignore[no-untyped-call]
        assert leaf.grad is not None
        by_features = leaf.grad.numpy()
        by_mel = np.stack([back(one) for back, one in zip(backs, by_features, strict=True)])
        corrected.backward(torch.from_numpy(by_mel))  # type: ignore[no-untyped-call]

    def _loss(self, indices: Sequence[int], features: Tensor) -> Tensor:
        """CTC's loss in nats per phoneme, by ear plus by both, of audio features (B, n, D)."""
        log_probs = self._readings(indices, features)
        targets = [torch.from_numpy(phoneme_targets(self._robot.clips[i].text)) for i in indices]
        lengths = torch.tensor([len(target) for target in targets]).repeat(2)
        losses = F.ctc_loss(
            log_probs.transpose(0, 1),
            torch.cat(targets * 2),
            torch.full_like(lengths, log_probs.shape[1]),
            lengths,
            blank=BLANK,
            reduction='none',
            zero_infinity=True,
        )
        loss: Tensor = (losses / lengths).sum() / len(indices)
        return loss

    def _readings(self, indices: Sequence[int], features: Tensor) -> Tensor:
        """Log-probabilities (2 B, n, classes): by ear, then by both as the gate mixes them."""
        network: AVNetwork = self._robot.network
        hops = features.shape[1]
        view, sight, quality = (
            torch.from_numpy(one[:, :hops]) for one in self._robot.sight(indices)
        )
        none = torch.zeros_like(sight)
        present = torch.stack((torch.ones_like(sight), sight, none), 2)
        with torch.no_grad():  # by the network's own head; scored by the estimator as shipped
            evidence = torch.stack((network.snr_db(features) / 10, quality, none), 2)
        latents = network.latents(torch.stack((features, view, torch.zeros_like(view)), 2))
        weights = network.weights(latents, present, evidence)
        both = (weights[..., None] * latents.sample).sum(2)
        latent = torch.cat((latents.sample[:, :, AUDIO], both))
        log_probs: Tensor = network.head(latent, network.head.initial_state(len(latent)))[0]
        return log_probs


def bound(robot: Robot, name: str, noise: Place, snr_db: float, minutes: float, seed: int) -> Row:
    """What ``shift`` could have learnt at most from the same sentences in the same noise."""
    tuner = ToldTuner(robot)
    learnt = []
    for fold, (lived, scored) in enumerate(folds(robot)):
        indices = order(lived, minutes, seed + fold)
        last_s = max(robot.clips[i].words[-1].end_s for i in indices) + TAIL_NS / NS_PER_S
        frames = FRAMES_PER_HOP * math.ceil(last_s * NS_PER_S / HOP_NS)
        mels = np.stack(
            [
                robot.mel(i, noise, snr_db, sound_seed(seed, k))[:frames]
                for k, i in enumerate(indices)
            ]
        )
        learnt.append((scored, tuner.tuned(indices, mels)))
    return {
        'noise': name, 'snr_db': snr_db, 'minutes': minutes, 'seed': seed,
        'steps': BoundSettings().steps,
        'tunings': ' '.join(f'{one.tuning:.2f}' for _, one in learnt),
        **words_right_with(robot, noise, snr_db, learnt),
    }  # fmt: skip
