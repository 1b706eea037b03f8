# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The few numbers that a place may teach, applied in front of the network: its noise profile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.recognition.errors import RecognitionError
from av_fusion_ros.signals.log_mel import N_MELS
from av_fusion_ros.signals.spectral_subtraction import subtracted

Floats = NDArray[np.float32]

MAX_STRENGTH = 2.0
#: What a full-scale sine can reach in a band is below this; more is no sound.
MAX_NOISE_POWER = 1e6


@dataclass(frozen=True, slots=True, eq=False)
class SiteCorrection:
    """``strength`` times ``noise_power`` (64,), linear mel power, is taken out of the sound.

    ``strength`` is from 0 (nothing is done) to MAX_STRENGTH. Raises RecognitionError for anything
    else, and for numbers that are not finite.
    """

    noise_power: Floats
    strength: float

    def __post_init__(self) -> None:
        power = self.noise_power
        if power.shape != (N_MELS,) or power.dtype != np.float32:
            raise RecognitionError(
                f'a noise profile of {power.dtype} {power.shape} given; float32 ({N_MELS},) needed'
            )
        if not (np.isfinite(power) & (power >= 0) & (power <= MAX_NOISE_POWER)).all():
            raise RecognitionError(
                f'a noise profile must be finite and from 0 to {MAX_NOISE_POWER:g} in every band'
            )
        if not 0 <= self.strength <= MAX_STRENGTH:
            raise RecognitionError(
                f'strength {self.strength} of a site correction must be from 0 to {MAX_STRENGTH:g}'
            )

    def corrected(self, log_mel: Floats) -> Floats:
        """Log-mel frames (..., 64) as this place needs them; those given where nothing is done."""
        if self.strength == 0:
            return log_mel
        return subtracted(log_mel, self.noise_power, self.strength)


#: Leaves every sound as it is.
NO_CORRECTION = SiteCorrection(np.zeros(N_MELS, np.float32), 0.0)
