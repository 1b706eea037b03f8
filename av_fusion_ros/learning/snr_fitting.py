# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Fits the SNR estimator of a checkpoint on the training part; the network stays as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track
from torch import Tensor, nn

from av_fusion_ros.learning.data_folders import DataFolders
from av_fusion_ros.learning.recipe import N_HOPS
from av_fusion_ros.learning.snr_figures import SETTLING_HOPS
from av_fusion_ros.learning.snr_streams import STREAM_HOPS, SnrStreams, Stream
from av_fusion_ros.learning.validation import hear
from av_fusion_ros.model.network import AVNetwork
from av_fusion_ros.recognition.frozen_weights import Floats
from av_fusion_ros.signals.log_mel import FRAMES_PER_HOP, N_MELS, log_mel

UNITS = 48
BATCH = 50
GROUP = 25  # streams encoded at once
_UNIT_DB, _MIDDLE_DB = 10.0, 5.0  # the net answers in these, so that it begins near the truth
_INPUT_DROP = 0.04  # share of the inputs that a stream is fitted without


@dataclass(frozen=True, slots=True)
class SnrMaterial:
    """What is heard of N streams, in half precision, and the SNR in dB that was mixed."""

    heard: NDArray[np.float16]  # (N, n, D + 64): features, then the log-mel of the hop
    snr_db: NDArray[np.float32]  # (N, n)


class SnrNet(nn.Module):
    """What recognition/snr_estimate.py computes, on standardised inputs."""

    def __init__(self, inputs: int, units: int = UNITS) -> None:
        super().__init__()
        self.entry = nn.Linear(inputs, units)
        self.gru = nn.GRU(units, units, batch_first=True)
        self.middle = nn.Linear(units, units)
        self.output = nn.Linear(units, 1)

    def forward(self, heard: Tensor) -> Tensor:
        past, _ = self.gru(torch.tanh(self.entry(heard)))
        said: Tensor = self.output(torch.relu(self.middle(past))).squeeze(-1)
        return _UNIT_DB * said + _MIDDLE_DB


def snr_material(network: AVNetwork, folders: DataFolders, streams: int, seed: int) -> SnrMaterial:
    """Draw ``streams`` of 6 s from the training part and let the network hear them."""
    heard: list[NDArray[np.float16]] = []
    truth: list[Floats] = []
    for group, found in heard_streams(network, folders, streams, seed):
        heard.append(found)
        truth += [stream.snr_db for stream in group]
    return SnrMaterial(np.concatenate(heard), np.stack(truth))


def heard_streams(
    network: AVNetwork, folders: DataFolders, streams: int, seed: int
) -> Iterator[tuple[list[Stream], NDArray[np.float16]]]:
    """Draw ``streams`` from the training part, GROUP at a time, and what is heard of each group.

    That is (N, n, D + 64): features, then the log-mel of the hop.
    """
    drawn = SnrStreams(folders, np.random.default_rng(seed)).draw()
    for start in track(range(0, streams, GROUP), description='streams'):
        group = list(islice(drawn, min(GROUP, streams - start)))
        yield group, _heard(network, group)


@torch.inference_mode()
def _heard(network: AVNetwork, streams: list[Stream]) -> NDArray[np.float16]:
    mel = np.stack([log_mel(stream.samples).T for stream in streams])
    features = hear(network, torch.from_numpy(mel)[:, None]).numpy()
    bands = mel.reshape(len(mel), N_MELS, -1, FRAMES_PER_HOP).mean(3).transpose(0, 2, 1)
    return np.concatenate((features, bands), 2).astype(np.float16)


def fit_snr(material: SnrMaterial, passes: int = 20, seed: int = 0) -> dict[str, Floats]:
    """The estimator's arrays: least mean absolute error, past the first 0.5 s of each stretch."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    every = material.heard.reshape(-1, material.heard.shape[-1])
    mean = every.mean(0, dtype=np.float64).astype(np.float32)
    spread = every[::7].astype(np.float32).std(0) + np.float32(1e-3)
    counts = torch.from_numpy(_counts())
    net = SnrNet(every.shape[1])
    fitting = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=1e-3)
    rows = list(_batches(rng, len(material.heard), passes))
    rate = torch.optim.lr_scheduler.OneCycleLR(fitting, 2e-3, total_steps=len(rows), pct_start=0.1)
    for chosen in track(rows, description='fitting'):
        heard = torch.from_numpy((material.heard[chosen].astype(np.float32) - mean) / spread)
        heard = heard * (torch.rand(len(chosen), 1, heard.shape[-1]) > _INPUT_DROP)
        error = (net(heard) - torch.from_numpy(material.snr_db[chosen])).abs()
        loss = (error * counts).sum() / counts.sum() / len(chosen)
        fitting.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        fitting.step()
        rate.step()
    return estimator_arrays(net.eval(), mean, spread)


def estimator_arrays(net: SnrNet, mean: Floats, spread: Floats) -> dict[str, Floats]:
    """The arrays of recognition/snr_estimate.py: matrices input first, scales folded in."""
    p = {name: value.detach().numpy() for name, value in net.named_parameters()}
    entry = p['entry.weight'] / spread
    arrays = {
        'entry.weight': entry.T,
        'entry.bias': p['entry.bias'] - entry @ mean,
        'gru.input.weight': p['gru.weight_ih_l0'].T,
        'gru.input.bias': p['gru.bias_ih_l0'],
        'gru.past.weight': p['gru.weight_hh_l0'].T,
        'gru.past.bias': p['gru.bias_hh_l0'],
        'middle.weight': p['middle.weight'].T,
        'middle.bias': p['middle.bias'],
        'output.weight': _UNIT_DB * p['output.weight'].T,
        'output.bias': _UNIT_DB * p['output.bias'] + _MIDDLE_DB,
    }
    return {name: np.ascontiguousarray(a, np.float32) for name, a in arrays.items()}


def _counts() -> Floats:
    """Which hops count (n,): not those in which nothing can be known yet."""
    counts = np.ones(STREAM_HOPS, np.float32)
    for begins in (0, N_HOPS):
        counts[begins : begins + SETTLING_HOPS] = 0
    return counts


def _batches(rng: np.random.Generator, n: int, passes: int) -> Iterator[NDArray[np.int64]]:
    for _ in range(passes):
        order = rng.permutation(n)
        for start in range(0, max(1, n - BATCH + 1), BATCH):
            yield np.sort(order[start : start + BATCH])
