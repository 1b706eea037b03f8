# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Has the talker fallen silent? What the sound itself says, before the phonemes can."""

from __future__ import annotations

_NO_SPEECH = 0.3  # speech probability below which nobody speaks
# In more noise than this voice activity detection misses speech, and silence proves nothing.
_LEAST_SNR_DB = 5.0


def is_quiet(speech_probability: float, snr_db: float) -> bool:
    """Whether a hop of sound is silence that can be believed; NaN, unknown, is none.

    The network names a phoneme 0.12 s after it was spoken (Specification.answer_delay_s); voice
    activity tells of talk that goes on without that delay.
    """
    return speech_probability < _NO_SPEECH and snr_db >= _LEAST_SNR_DB
