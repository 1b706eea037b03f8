# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The few numbers that a place may teach, applied outside the network's graphs.

An affine correction of the audio embedding, diagonal plus low rank, in front of a frozen network:
the form of linear input networks (Neto et al. 1995) and of low-rank adaptation (Hu et al. 2021,
arXiv 2106.09685). Nothing of it touches the picture's embedding.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.recognition.errors import RecognitionError

Floats = NDArray[np.float32]

RANK = 8


@dataclass(frozen=True, slots=True, eq=False)
class SiteCorrection:
    """corrected = embedding * (1 + gain) + shift + (embedding @ down) @ up.

    ``gain`` and ``shift`` (D,), ``down`` (D, RANK), ``up`` (RANK, D), float32. Raises
    RecognitionError for other shapes and for numbers that are not finite.
    """

    gain: Floats
    shift: Floats
    down: Floats
    up: Floats

    def __post_init__(self) -> None:
        size = self.gain.shape[0] if self.gain.ndim == 1 else 0
        wanted = {'gain': (size,), 'shift': (size,), 'down': (size, RANK), 'up': (RANK, size)}
        for name, shape in wanted.items():
            array = getattr(self, name)
            if size == 0 or array.shape != shape or array.dtype != np.float32:
                raise RecognitionError(
                    f'{name} of a site correction is {array.dtype} {array.shape}; float32 '
                    f'{shape} is needed'
                )
            if not np.isfinite(array).all():
                raise RecognitionError(f'{name} of a site correction is not finite')

    @property
    def size(self) -> int:
        """D, the size of the embedding."""
        return len(self.gain)

    def corrected(self, embedding: Floats) -> Floats:
        """Audio embeddings (..., D) as this place needs them."""
        result: Floats = (
            embedding * (1 + self.gain) + self.shift + (embedding @ self.down) @ self.up
        )
        return result

    def arrays(self) -> dict[str, Floats]:
        """The numbers by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def distance(self) -> float:
        """How far the correction is from none: Frobenius norm of what it adds, per dimension."""
        matrix = np.diag(self.gain) + self.down @ self.up
        total = float((matrix**2).sum() + (self.shift**2).sum())
        return float(np.sqrt(total / self.size))


def no_correction(size: int) -> SiteCorrection:
    """The correction that leaves embeddings of ``size`` as they are."""
    zeros = np.zeros(size, np.float32)
    return SiteCorrection(
        zeros, zeros, np.zeros((size, RANK), np.float32), np.zeros((RANK, size), np.float32)
    )
