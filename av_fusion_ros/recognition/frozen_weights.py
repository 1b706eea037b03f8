# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A checkpoint's weights for numpy, batch norm folded into the convolutions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Arrays = Mapping[str, NDArray[np.generic]]

TAPS = 3  # of a causal block's convolution
_NORM_EPSILON = 1e-5  # of torch's batch norms


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """x + relu(conv(x) + bias): ``weight`` (TAPS, C, C) from oldest to newest tap, input first."""

    weight: Floats
    bias: Floats
    dilation: int


def array(arrays: Arrays, name: str) -> Floats:
    """One array of a checkpoint as float32; raises KeyError."""
    return np.asarray(arrays[name], np.float32)


def norm(arrays: Arrays, name: str) -> tuple[Floats, Floats]:
    """A batch norm as (scale, bias)."""
    scale = array(arrays, f'{name}.weight') / np.sqrt(
        array(arrays, f'{name}.running_var') + _NORM_EPSILON
    )
    return scale, array(arrays, f'{name}.bias') - array(arrays, f'{name}.running_mean') * scale


def causal_blocks(arrays: Arrays, name: str) -> list[Block]:
    """The blocks of a causal stack; their dilation doubles from one to the next."""
    blocks: list[Block] = []
    while f'{name}.{len(blocks)}.conv.weight' in arrays:
        one = f'{name}.{len(blocks)}'
        scale, bias = norm(arrays, f'{one}.norm')
        weight = array(arrays, f'{one}.conv.weight') * scale[:, None, None]
        folded = np.ascontiguousarray(weight.transpose(2, 1, 0))
        blocks.append(Block(folded, bias, 2 ** len(blocks)))
    return blocks
