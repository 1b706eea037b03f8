# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A drawn talker seen by the onboard camera and by a roadside unit's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from av_fusion_ros.generation.speech import TimedPhoneme
from av_fusion_ros.generation.talking_head import TalkingHead

Picture = npt.NDArray[np.uint8]

ROADSIDE_WIDTH, ROADSIDE_HEIGHT = 320, 240
_ROADSIDE_SEED_STEP = 7919  # another camera, another light


class DrawnTalker:
    """Pictures of one face that says (start_s, phonemes) utterances."""

    def __init__(
        self,
        utterances: Sequence[tuple[float, Sequence[TimedPhoneme]]],
        seed: int,
        identity: int | None,
        width: int,
        height: int,
    ) -> None:
        self._phonemes = [
            replace(phoneme, start_s=phoneme.start_s + start_s, end_s=phoneme.end_s + start_s)
            for start_s, phonemes in utterances
            for phoneme in phonemes
        ]
        self._seed = seed
        self._identity = seed if identity is None else identity
        self.head = TalkingHead(seed, self._identity, width, height)

    @cached_property
    def _roadside_head(self) -> TalkingHead:
        seed = self._seed + _ROADSIDE_SEED_STEP
        return TalkingHead(seed, self._identity, ROADSIDE_WIDTH, ROADSIDE_HEIGHT)

    def mouth(self, time_s: float) -> npt.NDArray[np.float64]:
        """The mouth shape (7,) at a time of the scene."""
        return np.asarray(self.head.mouths(self._phonemes, np.array([time_s]))[0])

    def picture(self, time_s: float, index: int) -> Picture:
        return self.head.frame(self.mouth(time_s), time_s, index)

    def roadside_picture(self, time_s: float, index: int) -> Picture:
        return self._roadside_head.frame(self.mouth(time_s), time_s, index)
