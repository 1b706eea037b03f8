# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The recordings the ablations train and test on, each part with its own sentences and noises."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from av_fusion_ros.learning.corpus import Clip
from av_fusion_ros.learning.data_folders import FULL_SCALE, DataFolders
from av_fusion_ros.learning.mixing import NoiseSource
from av_fusion_ros.learning.splits import Part

CHUNK = 32  # clips that pass a stream at once


def sentences(folders: DataFolders, part: Part) -> list[Clip]:
    """GRID sentences of one part, seen and heard."""
    return folders.sentences(part)


def words(folders: DataFolders, part: Part) -> list[Clip]:
    """Single words of one part, sound alone."""
    return folders.words(part)


def noise(folders: DataFolders, part: Part, voices: Sequence[Clip] = ()) -> NoiseSource:
    """Noise recordings of one part, with babble where there are ``voices``."""
    return NoiseSource(
        folders.noise(part), [clip.samples.astype(np.float32) / FULL_SCALE for clip in voices]
    )


def kept(path: Path, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What ``make`` returns, tensors and texts, made once and read from ``path`` from then on."""
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix('.part')
        torch.save(make(), unfinished)
        unfinished.replace(path)  # a file that has its name is whole
    stored: dict[str, Any] = torch.load(path, weights_only=True)
    return stored
