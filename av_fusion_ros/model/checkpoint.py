# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Checkpoints: weights and their specification in one safetensors file."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from av_fusion_ros.model.network import AVNetwork
from av_fusion_ros.model.specification import Specification

FORMAT = 'av_fusion_ros/1'


class CheckpointError(ValueError):
    """A checkpoint is missing, damaged or made for another network."""


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
    path = Path(path)
    if not path.is_file():
        raise CheckpointError(
            f'no checkpoint at {path}: give the path of an av_fusion_ros .safetensors file, '
            'or make one with "av-fusion train"'
        )
    try:
        with safe_open(str(path), framework='pt') as stored:  # type: ignore[no-untyped-call]
            metadata = stored.metadata() or {}
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f'{path} cannot be read as safetensors: {error}') from error
    if metadata.get('format') != FORMAT:
        raise CheckpointError(
            f'{path} has format {metadata.get("format")!r}, this version reads {FORMAT!r}'
        )
    try:
        spec = _specification(json.loads(metadata['specification']))
        network = AVNetwork(spec)
        network.load_state_dict(tensors)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(f'{path} does not fit its specification: {error}') from error
    return network.eval(), spec


def _specification(stored: dict[str, object]) -> Specification:
    """The specification back from JSON, where tuples have become lists."""
    known = {field.name for field in fields(Specification)}
    if unknown := sorted(set(stored) - known):
        raise ValueError(f'unknown entries {", ".join(unknown)}')
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in stored.items()}
    return Specification(**values)  # type: ignore[arg-type]
