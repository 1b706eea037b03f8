# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Training batches: clips drawn, corrupted and laid on the 25 Hz grid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from av_fusion_ros.learning import augmentation, corruption, labels, mixing
from av_fusion_ros.learning.corpus import Clip, Word
from av_fusion_ros.model.specification import Specification
from av_fusion_ros.signals.log_mel import FRAMES_PER_HOP, HOP_SAMPLES, N_FFT, log_mel

HOP_SAMPLES_25HZ = HOP_SAMPLES * FRAMES_PER_HOP
SNR_RANGE_DB = (-20.0, 20.0)
FULL_SCALE = np.float32(32768)
CLEAN_SNR_DB = 30.0  # what clean speech counts as


@dataclass(frozen=True, slots=True)
class Example:
    """One corrupted clip of n hops, ready to stack."""

    samples: NDArray[np.float32]  # (n_samples,) in [-1, 1], of which ``mel`` is made
    mel: NDArray[np.float32]  # (64, 4 n)
    crops: NDArray[np.uint8]  # (n, crop, crop)
    has_video: bool
    video_clean: bool  # lips can be read: worth a visual loss of its own
    seen: NDArray[np.bool_]  # (n,) picture present
    heard: NDArray[np.bool_]  # (n,) sound present
    camera_quality: float
    snr_db: float
    targets: list[int]
    per_hop: NDArray[np.int64]  # (n,)
    allowed: NDArray[np.bool_]  # (n, classes) what may be named at each hop


@dataclass(slots=True)
class Batch:
    """Stacked examples; B clips of n hops."""

    mel: Tensor  # (B, 1, 64, 4 n)
    crops: Tensor  # (B, 1, n, crop, crop) in [0, 1]
    has_video: Tensor  # (B,)
    video_clean: Tensor  # (B,)
    seen: Tensor  # (B, n)
    heard: Tensor  # (B, n)
    camera_quality: Tensor  # (B,)
    snr_db: Tensor  # (B,)
    targets: Tensor  # (sum of lengths,)
    target_lengths: Tensor  # (B,)
    per_hop: Tensor  # (B, n)
    allowed: Tensor  # (B, n, classes)

    def to(self, device: torch.device) -> Batch:
        """The same batch on another device."""
        return Batch(**{f.name: getattr(self, f.name).to(device) for f in fields(self)})


class ExampleMaker:
    """Turns clips into examples of a fixed number of hops, at random or as they are."""

    def __init__(
        self,
        spec: Specification,
        pronounce: labels.Pronounce,
        noise: mixing.NoiseSource,
        n_hops: int,
    ) -> None:
        self.spec, self.pronounce, self.noise, self.n_hops = spec, pronounce, noise, n_hops
        self.n_samples = (
            (n_hops - 1) * HOP_SAMPLES_25HZ + (FRAMES_PER_HOP - 1) * HOP_SAMPLES + N_FFT
        )

    def make(self, rng: np.random.Generator, clip: Clip) -> Example:
        """One randomly corrupted example."""
        if not clip.timed and clip.crops is None:
            clip = augmentation.at_another_speed(rng, clip)
        start = self._start(rng, clip)
        samples, spoken, crops, found = self._place(clip, start)
        snr_db = CLEAN_SNR_DB if rng.random() < 0.2 else float(rng.uniform(*SNR_RANGE_DB))
        samples = self._spoil_sound(rng, samples, snr_db)
        mel = log_mel(samples).T
        if rng.random() < (0.3 if clip.timed else 0.7):
            mel = augmentation.other_vocal_tract(rng, mel)
        if rng.random() < 0.5:
            mel = augmentation.mask(rng, mel)
        has_video = clip.crops is not None
        kind, severity = None, 0.0
        size = self.spec.crop_px
        if has_video:
            crops = corruption.jitter(rng, crops, size)
            if rng.random() < 0.25:
                crops = augmentation.out_of_step(rng, crops)
            if rng.random() < 0.25:
                crops = augmentation.held_frames(rng, crops)
            if rng.random() < 0.35:
                kind = str(rng.choice(list(corruption.CORRUPTIONS)))
                severity = float(rng.random())
                crops = corruption.CORRUPTIONS[kind](rng, crops, severity)
        else:
            crops = np.zeros((self.n_hops, size, size), np.uint8)
        seen, heard = self._presence(rng, found, has_video)
        return Example(
            samples=samples,
            mel=mel.astype(np.float32),
            crops=crops,
            has_video=has_video,
            video_clean=has_video and (kind is None or (kind != 'freeze' and severity < 0.35)),
            seen=seen,
            heard=heard,
            camera_quality=corruption.apparent_quality(rng, kind, severity),
            snr_db=snr_db,
            targets=labels.phoneme_classes(spoken),
            per_hop=self._per_hop(spoken, clip),
            allowed=self._allowed(clip, start),
        )

    def plain_sound(
        self, rng: np.random.Generator, clip: Clip, snr_db: float | None
    ) -> NDArray[np.float32]:
        """The samples (n_samples,) that ``make_plain`` hears."""
        samples = self._place(clip, 0)[0]
        if snr_db is not None:
            samples = mixing.mix(samples, self.noise.draw(rng, len(samples)), snr_db)
        return np.clip(samples, -1, 1)

    def make_plain(
        self,
        rng: np.random.Generator,
        clip: Clip,
        snr_db: float | None,
        picture: str = 'good',
        severity: float = 0.7,
    ) -> Example:
        """The clip as it is, or in drawn noise at ``snr_db``.

        The picture is 'good', 'absent' or a name in corruption.CORRUPTIONS.
        """
        samples = self.plain_sound(rng, clip, snr_db)
        _, spoken, crops, found = self._place(clip, 0)
        has_video = clip.crops is not None
        size = self.spec.crop_px
        kind = None if picture in ('good', 'absent') else picture
        if has_video:
            crops = corruption.jitter(rng, crops, size, strength=0.0)
            if kind:
                crops = corruption.CORRUPTIONS[kind](rng, crops, severity)
        else:
            crops = np.zeros((self.n_hops, size, size), np.uint8)
        return Example(
            samples=samples,
            mel=log_mel(samples).T,
            crops=crops,
            has_video=has_video,
            video_clean=has_video and kind is None,
            seen=found & (picture != 'absent'),
            heard=np.ones(self.n_hops, bool),
            camera_quality=corruption.apparent_quality(rng, kind, severity),
            snr_db=CLEAN_SNR_DB if snr_db is None else snr_db,
            targets=labels.phoneme_classes(spoken),
            per_hop=self._per_hop(spoken, clip),
            allowed=self._allowed(clip, 0),
        )

    def _allowed(self, clip: Clip, start: int) -> NDArray[np.bool_]:
        spoken = clip.phonemes
        if spoken is None:
            spoken = tuple(labels.phonemes_in_words(clip.words, self.pronounce))
        shift_s = -start * labels.HOP_S
        return labels.allowed_classes(
            [phoneme.shifted(shift_s) for phoneme in spoken],
            self.n_hops,
            self.spec.answer_delay_s,
        )

    def _per_hop(self, spoken: Sequence[Word], clip: Clip) -> NDArray[np.int64]:
        if clip.words and not clip.timed:
            return np.full(self.n_hops, labels.NO_TARGET, np.int64)
        return labels.per_hop_targets(spoken, self.n_hops, self.spec.answer_delay_s)

    def _start(self, rng: np.random.Generator, clip: Clip) -> int:
        """The first hop cut: shifts the clip in its window without losing a word."""
        if clip.timed and clip.words:
            first = int(clip.words[0].start_s / labels.HOP_S) - 1
            last = int(clip.words[-1].end_s / labels.HOP_S) + 6 - self.n_hops
            return int(rng.integers(min(last, first), max(last, first) + 1))
        return -int(rng.integers(0, max(1, self.n_hops - len(clip.samples) // HOP_SAMPLES_25HZ)))

    def _place(
        self, clip: Clip, start: int
    ) -> tuple[NDArray[np.float32], list[Word], Crops, NDArray[np.bool_]]:
        """The clip from hop ``start`` on, padded by silence and by its edge frames."""
        index = np.arange(self.n_samples) + start * HOP_SAMPLES_25HZ
        inside = (index >= 0) & (index < len(clip.samples))
        samples = np.where(inside, clip.samples[np.clip(index, 0, len(clip.samples) - 1)], 0)
        shift_s = start * labels.HOP_S
        phonemes = clip.phonemes
        if phonemes is None:
            phonemes = tuple(labels.timed_phonemes(clip.words, self.pronounce))
        spoken = [phoneme.shifted(-shift_s) for phoneme in phonemes]
        if clip.crops is None or clip.found is None:
            return (
                samples.astype(np.float32) / FULL_SCALE,
                spoken,
                np.zeros((0, 0, 0), np.uint8),
                np.zeros(self.n_hops, bool),
            )
        frame = np.clip(np.arange(self.n_hops) + start, 0, len(clip.crops) - 1)
        return samples.astype(np.float32) / FULL_SCALE, spoken, clip.crops[frame], clip.found[frame]

    def _spoil_sound(
        self, rng: np.random.Generator, samples: NDArray[np.float32], snr_db: float
    ) -> NDArray[np.float32]:
        if rng.random() < 0.25:
            response = mixing.room_response(rng, float(rng.uniform(0.1, 0.6)))
            samples = mixing.reverberate(samples, response)
        if snr_db < CLEAN_SNR_DB:
            samples = mixing.mix(samples, self.noise.draw(rng, len(samples)), snr_db)
        else:
            samples = samples + rng.standard_normal(len(samples)).astype(np.float32) * 3e-4
        gain = 10 ** (rng.uniform(-15, 10) / 20)
        return np.clip(samples * gain, -1, 1).astype(np.float32)

    def _presence(
        self, rng: np.random.Generator, found: NDArray[np.bool_], has_video: bool
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Modality dropout: whole clips, and senses that go away or come back midway."""
        n = self.n_hops
        seen = found.copy() if has_video else np.zeros(n, bool)
        heard = np.ones(n, bool)
        draw = rng.random()
        if draw < 0.12:
            seen[:] = False
        elif draw < 0.24 and has_video:
            heard[:] = False
        elif draw < 0.40:
            side = (
                slice(int(rng.integers(n)), n)
                if rng.random() < 0.7
                else slice(0, int(rng.integers(n)))
            )
            (seen if rng.random() < 0.6 or not has_video else heard)[side] = False
        return seen, heard


Crops = NDArray[np.uint8]


def stack(examples: Sequence[Example]) -> Batch:
    """Stack examples of equal length."""
    return Batch(
        mel=torch.from_numpy(np.stack([e.mel for e in examples]))[:, None],
        crops=torch.from_numpy(np.stack([e.crops for e in examples]))[:, None].float() / 255,
        has_video=torch.tensor([e.has_video for e in examples]),
        video_clean=torch.tensor([e.video_clean for e in examples]),
        seen=torch.from_numpy(np.stack([e.seen for e in examples])),
        heard=torch.from_numpy(np.stack([e.heard for e in examples])),
        camera_quality=torch.tensor([e.camera_quality for e in examples]),
        snr_db=torch.tensor([e.snr_db for e in examples]),
        targets=torch.tensor([t for e in examples for t in e.targets], dtype=torch.long),
        target_lengths=torch.tensor([len(e.targets) for e in examples], dtype=torch.long),
        per_hop=torch.from_numpy(np.stack([e.per_hop for e in examples])),
        allowed=torch.from_numpy(np.stack([e.allowed for e in examples])),
    )


def training_batches(
    maker: ExampleMaker, sources: Sequence[tuple[Sequence[Clip], int]], n_steps: int, seed: int
) -> Iterator[Batch]:
    """``n_steps`` batches; each source gives its stated number of clips to every batch.

    A source without clips gives none.
    """
    sources = [source for source in sources if source[0]]
    rng = np.random.default_rng(seed)
    decks: list[list[int]] = [[] for _ in sources]
    for _ in range(n_steps):
        examples = []
        for deck, (clips, count) in zip(decks, sources, strict=True):
            for _ in range(count):
                if not deck:
                    deck.extend(rng.permutation(len(clips)).tolist())
                examples.append(maker.make(rng, clips[deck.pop()]))
        yield stack(examples)
