# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The CTC classes: blank and the 39 phonemes of the CMU Pronouncing Dictionary without stress."""

from __future__ import annotations

BLANK = 0

PHONEMES: tuple[str, ...] = (
    'AA', 'AE', 'AH', 'AO', 'AW', 'AY', 'B', 'CH', 'D', 'DH', 'EH', 'ER', 'EY', 'F', 'G', 'HH',
    'IH', 'IY', 'JH', 'K', 'L', 'M', 'N', 'NG', 'OW', 'OY', 'P', 'R', 'S', 'SH', 'T', 'TH', 'UH',
    'UW', 'V', 'W', 'Y', 'Z', 'ZH',
)  # fmt: skip

N_CLASSES = 1 + len(PHONEMES)

CLASS_OF: dict[str, int] = {name: index for index, name in enumerate(PHONEMES, start=1)}
