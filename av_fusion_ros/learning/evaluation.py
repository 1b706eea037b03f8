# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The robustness grid: words understood by ear, by eye and by both, in each noise and picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from av_fusion_ros.learning.batched_search import best_texts
from av_fusion_ros.learning.conditions import Cell, Sound
from av_fusion_ros.learning.labels import HOP_S
from av_fusion_ros.learning.senses import (
    SNR_UNIT_DB,
    Sense,
    SenseEncoder,
    at_fixed_weights,
    gated,
    without,
)
from av_fusion_ros.learning.statistics import wilson_interval
from av_fusion_ros.learning.validation import READINGS
from av_fusion_ros.model.network import AUDIO
from av_fusion_ros.recognition.grammar import Grammar

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """Words right in one cell by one reading, for each clip."""

    cell: Cell
    reading: str
    right_by_clip: Counts
    words_by_clip: Counts

    @property
    def right(self) -> int:
        """Words right."""
        return int(self.right_by_clip.sum())

    @property
    def words(self) -> int:
        """Words said."""
        return int(self.words_by_clip.sum())

    @property
    def sentences(self) -> int:
        """Clips read."""
        return len(self.words_by_clip)

    @property
    def sentences_right(self) -> int:
        """Clips of which every word is right."""
        return int((self.right_by_clip == self.words_by_clip).sum())

    @property
    def accuracy(self) -> float:
        """Share of words right."""
        return self.right / max(1, self.words)

    @property
    def interval(self) -> tuple[float, float]:
        """95 % Wilson interval of the accuracy."""
        return wilson_interval(self.right, self.words)


@dataclass(frozen=True, slots=True, eq=False)
class CellResult:
    """One cell: a score for each reading and for each fixed weight of the sound.

    ``weight_audio`` (clips,) is the gate's mean over the hops in which something is said.
    """

    cell: Cell
    scores: Mapping[str, Score]
    fixed: Mapping[float, Score]
    weight_audio: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class SoundResult:
    """What the network says of the SNR in one noise: (clips, n) dB, a row a clip."""

    sound: Sound
    snr_db: NDArray[np.float64]


def estimated(sound: Sound, heard: Sense) -> SoundResult:
    """The network's estimate of the SNR of the clips heard."""
    return SoundResult(sound, heard.evidence.double().numpy() * SNR_UNIT_DB)


def words_right(truth: str, heard: str) -> int:
    """How many places of a fixed-length command hold the right word."""
    return sum(a == b for a, b in zip(truth.split(), heard.split(), strict=False))


class GridReader:
    """Reads the same clips in every condition with one grammar."""

    def __init__(self, encoder: SenseEncoder, grammar: Grammar) -> None:
        self.encoder, self._grammar = encoder, grammar
        self._words = np.array([len(clip.words) for clip in encoder.clips])
        self.spoken = spoken_hops(encoder)

    def results(
        self,
        sounds: Sequence[Sound],
        pictures: Sequence[str],
        weights_audio: Sequence[float] = (),
    ) -> Iterator[tuple[SoundResult, list[CellResult]]]:
        """One noise after another, with a cell for each picture.

        Besides the gate, the senses are mixed at each of ``weights_audio``; of these 0 and 1 are
        the single senses.
        """
        seen = {picture: self.encoder.seen(picture) for picture in pictures}
        by_eye = {picture: self._by_eye(sight) for picture, sight in seen.items()}
        for sound in sounds:
            heard = self.encoder.heard(sound)
            by_ear = self._by_ear(heard)
            found = []
            for picture, sight in seen.items():
                cell = Cell(sound.snr_db, sound.family, picture)
                found.append(self._cell(cell, heard, sight, by_ear, by_eye[picture], weights_audio))
            yield estimated(sound, heard), found

    def level(self, sound: Sound) -> SoundResult:
        """The estimated SNR in one noise."""
        return estimated(sound, self.encoder.heard(sound))

    def _cell(
        self,
        cell: Cell,
        heard: Sense,
        seen: Sense,
        by_ear: Counts,
        by_eye: Counts,
        weights_audio: Sequence[float],
    ) -> CellResult:
        log_probs, weights = gated(self.encoder.network, heard, seen)
        counts = dict(zip(READINGS, (by_ear, by_eye, self._count(log_probs)), strict=True))
        fixed = {0.0: by_eye, 1.0: by_ear}
        between = [weight for weight in weights_audio if 0 < weight < 1]
        if cell.picture == 'absent':  # the sound has all, whatever its weight
            fixed = dict.fromkeys((0.0, *between, 1.0), by_ear)
        else:
            mixed = at_fixed_weights(self.encoder.network, heard, seen, between)
            fixed |= {w: self._count(m) for w, m in zip(between, mixed, strict=True)}
        spoken = self.spoken
        mean = (weights[..., AUDIO].double().numpy() * spoken).sum(1) / spoken.sum(1).clip(1)
        return CellResult(
            cell,
            {name: Score(cell, name, count, self._words) for name, count in counts.items()},
            {
                weight: Score(cell, f'audio {weight:g}', fixed[weight], self._words)
                for weight in sorted(fixed)
                if weight in weights_audio
            },
            mean,
        )

    def _by_ear(self, heard: Sense) -> Counts:
        return self._count(gated(self.encoder.network, heard, without(heard))[0])

    def _by_eye(self, seen: Sense) -> Counts:
        if not bool(seen.present.any()):  # nothing is read where nothing is sensed
            return np.zeros(len(self._words), np.int64)
        return self._count(gated(self.encoder.network, without(seen), seen)[0])

    def _count(self, log_probs: Tensor) -> Counts:
        texts = best_texts(self._grammar, log_probs.numpy())
        clips = zip(self.encoder.clips, texts, strict=True)
        return np.array([words_right(clip.text, text) for clip, text in clips])


def spoken_hops(encoder: SenseEncoder) -> NDArray[np.bool_]:
    """Hops (clips, n) from the first word to the last, as late as the network answers."""
    spoken = []
    for example in encoder.sound_examples(Sound(None, 'none')):
        said = np.flatnonzero(example.per_hop)
        hops = np.zeros(len(example.per_hop), bool)
        if len(said):
            hops[said[0] : said[-1] + 1] = True
        spoken.append(hops)
    return np.stack(spoken)


def onset_hop(spoken: NDArray[np.bool_], answer_delay_s: float) -> NDArray[np.int64]:
    """The hop (clips,) in which the first word begins."""
    return np.asarray(spoken.argmax(1) - round(answer_delay_s / HOP_S), np.int64)
