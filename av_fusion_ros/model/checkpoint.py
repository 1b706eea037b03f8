# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Checkpoints: weights and their specification in one safetensors file."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from av_fusion_ros.model.checkpoint_file import FORMAT, read_checkpoint
from av_fusion_ros.model.checkpoint_file import CheckpointError as CheckpointError
from av_fusion_ros.model.network import AVNetwork
from av_fusion_ros.model.specification import Specification


def save_network(path: Path, network: AVNetwork, notes: dict[str, str] | None = None) -> None:
    """Write weights, specification and free-text notes to ``path``."""
    metadata = {
        'format': FORMAT,
        'specification': json.dumps(asdict(network.spec)),
        **(notes or {}),
    }
    tensors = {name: _stored(tensor) for name, tensor in network.state_dict().items()}
    save_file(tensors, str(path), metadata)
    path.chmod(0o644)  # safetensors leaves it to its owner alone


def _stored(tensor: Tensor) -> Tensor:
    """Matrices in half precision, which halves the file; vectors and counters as they are."""
    return (tensor.half() if tensor.dim() > 1 else tensor).contiguous().cpu()


def load_network(path: Path | str) -> tuple[AVNetwork, Specification]:
    """Read a checkpoint; the network is in evaluation mode.

    Raises CheckpointError, saying what is wrong and what to do, when the file is missing,
    unreadable, of another format, or does not fit its own specification.
    """
    arrays, spec = read_checkpoint(path)
    try:
        network = AVNetwork(spec)
        network.load_state_dict({name: torch.from_numpy(a) for name, a in arrays.items()})
    except (TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(f'{path} does not fit its specification: {error}') from error
    return network.eval(), spec
