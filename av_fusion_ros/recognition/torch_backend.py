# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The network on torch, on the GPU where there is one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from av_fusion_ros.model.checkpoint import load_network
from av_fusion_ros.model.graph_files import Part
from av_fusion_ros.model.network import AVNetwork
from av_fusion_ros.model.specification import Specification
from av_fusion_ros.recognition.backend import Floats, State
from av_fusion_ros.recognition.speech_readout import SpeechReadout


class TorchBackend:
    """Runs a network as it is; the state, ordinary tensors, stays on its device."""

    def __init__(self, network: AVNetwork, device: str = 'cpu') -> None:
        self.name = f'torch {torch.__version__} on {device}'
        self._network = network.to(device).eval()
        self._device = device
        self.speech: SpeechReadout | None = None
        self.agreement_temperature = float(network.agreement.loss.temperature_in_use().detach())

    def initial_state(self, part: Part, streams: int = 1) -> State:
        """What a part remembers before it has heard or seen anything."""
        made = {
            'audio': self._network.audio.initial_state,
            'visual': self._network.visual.initial_state,
            'fusion': self._network.fusion_state,
        }[part](streams)
        return [tensor.to(self._device) for tensor in made]

    def hear(self, mel: Floats, state: State) -> tuple[Floats, Floats, State]:
        """See ``Backend.hear``."""
        with torch.no_grad():
            features, after = self._network.audio(self._tensor(mel), list(state))
            snr_db = self._network.snr_db(features)
        return _array(features), _array(snr_db), after

    def see(self, crops: Floats, state: State) -> tuple[Floats, State]:
        """See ``Backend.see``."""
        with torch.no_grad():
            features, after = self._network.visual(self._tensor(crops), list(state))
        return _array(features), after

    def fuse(
        self, features: Floats, present: Floats, evidence: Floats, state: State
    ) -> tuple[Floats, Floats, Floats, State]:
        """See ``Backend.fuse``."""
        with torch.no_grad():
            log_probs, weights, agreement, after = self._network.fuse(
                self._tensor(features), self._tensor(present), self._tensor(evidence), list(state)
            )
        return _array(log_probs), _array(weights), _array(agreement), after

    def projections(self, state: State) -> Floats:
        """See ``Backend.projections``."""
        return _array(state[-1][:, -1]).reshape(len(state[-1]), 2, -1)

    def _tensor(self, array: NDArray[np.generic]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array)).to(self._device)


def open_torch_backend(checkpoint: Path, threads: int = 1) -> tuple[TorchBackend, Specification]:
    """Load a checkpoint; on a GPU in full single precision. Raises CheckpointError."""
    network, spec = load_network(checkpoint)
    torch.set_num_threads(threads)
    if not torch.cuda.is_available():
        return TorchBackend(network), spec
    # Its shortened products are 1e-3 off, and the network is too small to gain from them.
    torch.backends.cudnn.allow_tf32 = False
    return TorchBackend(network, 'cuda'), spec


def _array(tensor: Tensor) -> Floats:
    array: Floats = tensor.cpu().numpy()
    return array
