# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Everything a checkpoint must say about itself so that it cannot be fed wrongly."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from av_fusion_ros.model.phonemes import PHONEMES

#: Of the audio stream's deformable convolution.
FORMS = ('frequency', 'time_frequency', 'plain')
#: Of the loss by which seen and heard windows learn to agree.
AGREEMENT_FORMS = ('dynamic', 'article')
#: What the layers' shapes do not depend on.
_NOT_ARCHITECTURE = ('model_id', 'answer_delay_s')


#: Between which the agreement head's temperature is held, and its name in a checkpoint.
MIN_TEMPERATURE, MAX_TEMPERATURE = 0.01, 1.0
AGREEMENT_TEMPERATURE = 'agreement.loss.temperature'


@dataclass(frozen=True, slots=True)
class Specification:
    """Sizes, rates and labels of a network. Raises ValueError for an impossible one."""

    model_id: str = 'untrained'
    sample_rate_hz: int = 16000
    n_mels: int = 64
    mel_frames_per_hop: int = 4
    feature_rate_hz: int = 25
    crop_px: int = 48
    feature_size: int = 256
    latent_size: int = 64
    deformable: str = 'frequency'
    dilations: tuple[int, ...] = (1, 2, 4, 8)
    visual_channels: tuple[int, ...] = (16, 32, 64, 96)
    audio_channels: tuple[int, ...] = (16, 32, 48, 64)
    agreement_window_hops: int = 25
    agreement_form: str = 'dynamic'
    # The network was trained to name a phoneme this long after it was spoken.
    answer_delay_s: float = 0.12
    phonemes: tuple[str, ...] = PHONEMES

    def __post_init__(self) -> None:
        if self.deformable not in FORMS:
            raise ValueError(f'deformable {self.deformable!r} is not one of {", ".join(FORMS)}')
        if self.agreement_form not in AGREEMENT_FORMS:
            forms = ', '.join(AGREEMENT_FORMS)
            raise ValueError(f'agreement_form {self.agreement_form!r} is not one of {forms}')
        if self.phonemes != PHONEMES:
            raise ValueError('the checkpoint was trained with another phoneme set')
        if self.crop_px % 16 or self.n_mels % 8:
            raise ValueError('crop_px must be a multiple of 16 and n_mels of 8')

    def architecture(self) -> dict[str, object]:
        """What two networks must share for the weights of one to fit the other, as JSON has it."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
            if name not in _NOT_ARCHITECTURE
        }
