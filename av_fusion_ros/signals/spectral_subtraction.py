# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Taking a place's steady noise out of the spectrogram.

Power spectral subtraction with over-subtraction and a spectral floor (Berouti, Schwartz and
Makhoul 1979), on mel bands instead of single frequencies.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Share of a band's power that always stays, so that it neither vanishes nor rings.
FLOOR = 0.1


def subtracted(
    log_mel: NDArray[np.float32], noise_power: NDArray[np.float32], strength: float
) -> NDArray[np.float32]:
    """Log-mel frames (..., bands) without ``strength`` times ``noise_power`` (bands,).

    ``noise_power`` is linear mel power, as the exponential of a log-mel frame. Each frame is
    computed on its own, so that a stream gives what a whole recording gives.
    """
    left = 1 - strength * noise_power * np.exp(-log_mel)
    cleaned: NDArray[np.float32] = log_mel + np.log(np.maximum(left, FLOOR))
    return cleaned.astype(np.float32)
