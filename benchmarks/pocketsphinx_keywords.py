# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Keywords or nothing by pocketsphinx: a keyword must be more likely than any phonemes.

The reject is like that of our decoder: the best keyword's score against that of free phonemes, with
a threshold set on recordings that are not tested on.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from av_fusion_ros.learning.conditions import Sound
from av_fusion_ros.learning.corpus import Clip
from av_fusion_ros.learning.senses import SenseEncoder
from av_fusion_ros.measuring.pocketsphinx_reader import AnyPhonemes, PocketsphinxReader, jsgf_of
from av_fusion_ros.recognition.vocabulary import Vocabulary


class Keywords:
    """pocketsphinx for keywords or nothing."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._keywords = PocketsphinxReader(jsgf_of(vocabulary))
        self._others = AnyPhonemes()
        self.known = {phrase.text for phrase in vocabulary.phrases}
        self.least_ratio = 0.0

    def heard(self, samples: NDArray[np.float32]) -> tuple[str, float]:
        """The best keyword and how much more likely it is than any phonemes, per sample."""
        text, score = self._keywords.read(samples)
        other = self._others.score(samples)
        return text, score - other if np.isfinite(score) and np.isfinite(other) else -np.inf

    def choose(self, encoder: SenseEncoder, noises: Sequence[Sound]) -> None:
        """Set the least ratio to that with the most right answers."""
        trials = [
            (self.wanted(clip), *self.heard(samples))
            for sound in track(noises, description='pocketsphinx threshold')
            for clip, samples in zip(encoder.clips, encoder.samples(sound), strict=True)
        ]
        ratios = sorted({ratio for _, _, ratio in trials})
        candidates = [-np.inf, *ratios[:: max(1, len(ratios) // 500)], np.inf]
        right = [
            sum((text if ratio >= least else '') == wanted for wanted, text, ratio in trials)
            for least in candidates
        ]
        self.least_ratio = candidates[int(np.argmax(right))]

    def wanted(self, clip: Clip) -> str:
        """The keyword, or nothing."""
        return clip.text if clip.text in self.known else ''

    def right(self, clip: Clip, samples: NDArray[np.float32]) -> bool:
        """Whether the answer is the wanted one."""
        text, ratio = self.heard(samples)
        return (text if ratio >= self.least_ratio else '') == self.wanted(clip)
