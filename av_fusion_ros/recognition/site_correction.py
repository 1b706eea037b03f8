# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The few numbers that a place may teach, applied in front of the network.

Its noise profile, and a gain and a shift of each mel band.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.recognition.errors import RecognitionError
from av_fusion_ros.signals.log_mel import N_MELS
from av_fusion_ros.signals.spectral_subtraction import subtracted

Floats = NDArray[np.float32]

MAX_STRENGTH = 2.0
#: What a full-scale sine can reach in a band is below this; more is no sound.
MAX_NOISE_POWER = 1e6
#: Of a band's tuning, either way: share of the log-mel, and nats.
MAX_GAIN, MAX_SHIFT = 0.75, 3.0


def _untuned() -> Floats:
    return np.zeros(N_MELS, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class SiteCorrection:
    """``strength`` times ``noise_power`` (64,), linear mel power, is taken out of the sound.

    ``strength`` is from 0 (nothing is taken out) to MAX_STRENGTH. Then log-mel x becomes
    (1 + ``gain``) x + ``shift``, both (64,), up to MAX_GAIN and MAX_SHIFT. Raises RecognitionError
    for anything else, and for numbers that are not finite.
    """

    noise_power: Floats
    strength: float
    gain: Floats = field(default_factory=_untuned)
    shift: Floats = field(default_factory=_untuned)

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
        for name, values, most in (('gain', self.gain, MAX_GAIN), ('shift', self.shift, MAX_SHIFT)):
            if values.shape != (N_MELS,) or values.dtype != np.float32:
                raise RecognitionError(
                    f'a {name} of {values.dtype} {values.shape} given; float32 ({N_MELS},) needed'
                )
            if not (np.abs(values) <= most).all():
                raise RecognitionError(f'a {name} must be from -{most:g} to {most:g} in every band')

    @property
    def tuning(self) -> float:
        """How far the bands are tuned: root mean square in nats, at 4 nats of log-mel."""
        return float(np.sqrt(np.mean((4 * self.gain) ** 2 + self.shift**2)))

    @property
    def nothing(self) -> bool:
        """Whether it leaves every sound as it is."""
        return self.strength == 0 and not self.gain.any() and not self.shift.any()

    def cleaned(self, log_mel: Floats) -> Floats:
        """Log-mel frames (..., 64) without the noise profile, the bands not tuned yet."""
        if self.strength == 0:
            return log_mel
        return subtracted(log_mel, self.noise_power, self.strength)

    def corrected(self, log_mel: Floats) -> Floats:
        """Log-mel frames (..., 64) as this place needs them; those given where nothing is done."""
        if not self.gain.any() and not self.shift.any():
            return self.cleaned(log_mel)
        return self.cleaned(log_mel) * (1 + self.gain) + self.shift


#: Leaves every sound as it is.
NO_CORRECTION = SiteCorrection(np.zeros(N_MELS, np.float32), 0.0)
