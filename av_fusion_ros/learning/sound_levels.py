# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""From sound pressure levels to signal-to-noise ratios."""

from __future__ import annotations

from math import log10

#: Speech level at 1 m before the mouth, dB SPL, by vocal effort (ISO 9921:2003).
VOCAL_EFFORT_DB = {'normal': 60.0, 'raised': 66.0, 'loud': 72.0, 'very loud': 78.0}


def snr_db(effort: str, noise_db: float, distance_m: float = 1.0) -> float:
    """SNR in dB at a microphone ``distance_m`` from the talker, in the open.

    Speech falls by 6 dB with each doubling of the distance; ``noise_db`` is the noise's level at
    the microphone in dB SPL. Raises KeyError for an effort that is not in VOCAL_EFFORT_DB.
    """
    return VOCAL_EFFORT_DB[effort] - 20 * log10(distance_m) - noise_db
