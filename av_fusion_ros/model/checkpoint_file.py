# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A checkpoint as it lies on disk: arrays and their specification. No torch is needed."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from av_fusion_ros.model.specification import Specification

FORMAT = 'av_fusion_ros/1'

Arrays = dict[str, NDArray[np.generic]]


class CheckpointError(ValueError):
    """A checkpoint is missing, damaged or made for another network."""


def read_specification(path: Path | str) -> Specification:
    """Read what a checkpoint says about itself; raises CheckpointError as read_checkpoint."""
    return _read(Path(path), with_arrays=False)[1]


def read_checkpoint(path: Path | str) -> tuple[Arrays, Specification]:
    """Read a checkpoint: its arrays by name, matrices in half precision, and its specification.

    Raises CheckpointError, saying what is wrong and what to do, when the file is missing,
    unreadable, of another format, or its specification is not one.
    """
    return _read(Path(path), with_arrays=True)


def _read(path: Path, *, with_arrays: bool) -> tuple[Arrays, Specification]:
    if not path.is_file():
        raise CheckpointError(
            f'no checkpoint at {path}: give the path of an av_fusion_ros .safetensors file, '
            'or make one with "av-fusion train"'
        )
    try:
        with safe_open(str(path), framework='np') as stored:  # type: ignore[no-untyped-call]
            metadata = stored.metadata() or {}
            names = stored.keys() if with_arrays else ()
            arrays = {name: stored.get_tensor(name) for name in names}
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f'{path} cannot be read as safetensors: {error}') from error
    if metadata.get('format') != FORMAT:
        raise CheckpointError(
            f'{path} has format {metadata.get("format")!r}, this version reads {FORMAT!r}'
        )
    try:
        return arrays, specification_of(json.loads(metadata['specification']))
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f'{path} does not fit its specification: {error}') from error


def specification_of(stored: dict[str, object]) -> Specification:
    """The specification back from JSON, where tuples have become lists.

    Raises TypeError or ValueError when it is not one.
    """
    known = {field.name for field in fields(Specification)}
    if unknown := sorted(set(stored) - known):
        raise ValueError(f'unknown entries {", ".join(unknown)}')
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in stored.items()}
    return Specification(**values)  # type: ignore[arg-type]
