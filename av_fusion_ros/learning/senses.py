# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Each sense of many clips on its own, encoded once and then combined in every way.

What the network sees does not depend on the noise, nor what it hears on the picture: a grid of
noises and pictures needs each feature once, and only the fusion for every combination.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from av_fusion_ros.learning.batches import Batch, Example, ExampleMaker, stack
from av_fusion_ros.learning.conditions import PICTURES, WHITE, FamilyNoise, Sound, noise_for
from av_fusion_ros.learning.corpus import Clip
from av_fusion_ros.learning.mixing import NoiseSource
from av_fusion_ros.learning.pronouncing import pronounce
from av_fusion_ros.learning.splits import Part
from av_fusion_ros.learning.validation import hear, see
from av_fusion_ros.model.network import AVNetwork, Latents
from av_fusion_ros.recognition.snr_estimate import SnrEstimator

GROUP = 26  # clips at once: enough to fill vectors, few enough for a processor's cache
SNR_UNIT_DB = 10


@dataclass(frozen=True, slots=True)
class Sense:
    """One sense of N clips, as the fusion takes it: n hops each."""

    features: Tensor  # (N, n, D)
    present: Tensor  # (N, n) bool
    evidence: Tensor  # (N, n): SNR in units of 10 dB as estimated, or camera quality

    def __getitem__(self, clips: slice) -> Sense:
        return Sense(*(getattr(self, field.name)[clips] for field in fields(self)))

    def __len__(self) -> int:
        return len(self.features)


class SenseEncoder:
    """Encodes the sound and the picture of the same clips in any condition.

    What is drawn depends on ``seed``, the clip, and the noise family or the picture alone: a clip
    meets the same stretch of noise at every level, and in every reading. ``snr`` None: the SNR is
    by the network's own head.
    """

    def __init__(
        self,
        network: AVNetwork,
        clips: Sequence[Clip],
        noise_folder: Path,
        part: Part,
        n_hops: int,
        seed: int = 0,
        snr: SnrEstimator | None = None,
    ) -> None:
        self.network, self.clips, self.part, self._snr = network, clips, part, snr
        self._seed, self._n_hops = seed, n_hops
        self._noise: Callable[[str], FamilyNoise] = cache(
            lambda family: noise_for(noise_folder, Sound(0.0, family), part)
        )

    def maker(self, family: str = WHITE) -> ExampleMaker:
        """Makes examples in the noise of one family."""
        noise: NoiseSource = self._noise(family)
        return ExampleMaker(self.network.spec, pronounce, noise, self._n_hops)

    def rng(self, clip: Clip, what: str) -> np.random.Generator:
        """The random numbers of one clip in the noise or the picture ``what``."""
        names = (zlib.crc32(name.encode()) for name in (clip.name, what))
        return np.random.default_rng([self._seed, *names])

    def samples(self, sound: Sound) -> Iterator[NDArray[np.float32]]:
        """The samples (n_samples,) of each clip that ``heard`` hears, in [-1, 1]."""
        maker = self.maker(WHITE if sound.snr_db is None else sound.family)
        for clip in self.clips:
            yield maker.plain_sound(self.rng(clip, sound.family), clip, sound.snr_db)

    def sound_examples(self, sound: Sound) -> Iterator[Example]:
        """Each clip in noise, without a picture."""
        maker = self.maker(WHITE if sound.snr_db is None else sound.family)
        for clip in self.clips:
            blind = replace(clip, crops=None, found=None)
            yield maker.make_plain(self.rng(clip, sound.family), blind, sound.snr_db)

    def picture_examples(self, picture: str, severity: float = 0.7) -> Iterator[Example]:
        """Each clip in one picture, a name in PICTURES or a corruption's, with clean sound."""
        maker, kind = self.maker(), PICTURES.get(picture, picture)
        for clip in self.clips:
            yield maker.make_plain(self.rng(clip, picture), clip, None, kind, severity)

    def heard(self, sound: Sound) -> Sense:
        """The sound of every clip in one noise."""
        return self.hear(self.sound_examples(sound))

    def seen(self, picture: str, severity: float = 0.7) -> Sense:
        """The picture of every clip in one condition."""
        return self.see(self.picture_examples(picture, severity))

    def hear(self, examples: Iterable[Example]) -> Sense:
        """The sound of examples."""
        return joined([self._hear(batch) for batch in batches(examples)])

    def see(self, examples: Iterable[Example]) -> Sense:
        """The picture of examples."""
        return joined([self._see(batch) for batch in batches(examples)])

    @torch.inference_mode()
    def _hear(self, batch: Batch) -> Sense:
        features = hear(self.network, batch.mel)
        return Sense(features, batch.heard, self._snr_db(features, batch.mel) / SNR_UNIT_DB)

    def _snr_db(self, features: Tensor, mel: Tensor) -> Tensor:
        if self._snr is None:
            return self.network.snr_db(features)
        past = self._snr.initial_state(len(mel))
        return torch.from_numpy(self._snr.estimate(features.numpy(), mel.numpy(), past)[0])

    @torch.inference_mode()
    def _see(self, batch: Batch) -> Sense:
        quality = batch.camera_quality[:, None].expand(batch.seen.shape)
        return Sense(see(self.network, batch.crops), batch.seen, quality)


def batches(examples: Iterable[Example]) -> Iterator[Batch]:
    """Stacked by GROUP, the last with what is left."""
    rest = iter(examples)
    while group := list(islice(rest, GROUP)):
        yield stack(group)


def joined(parts: Sequence[Sense]) -> Sense:
    """The clips of several, one after another."""
    return Sense(
        *(torch.cat([getattr(part, field.name) for part in parts]) for field in fields(Sense))
    )


def without(sense: Sense) -> Sense:
    """The same clips as if this sense were absent."""
    return replace(sense, present=torch.zeros_like(sense.present))


@torch.inference_mode()
def gated(network: AVNetwork, heard: Sense, seen: Sense) -> tuple[Tensor, Tensor]:
    """Log-probabilities (N, n, 40) of phonemes and the gate's weights (N, n, 3), V2X absent."""
    log_probs, weights = [], []
    for ear, eye in _groups(heard, seen):
        features, present, evidence = _side_by_side(ear, eye)
        state = network.fusion_state(len(ear))
        one, weight, _, _ = network.fuse(features, present, evidence, state)
        log_probs.append(one)
        weights.append(weight)
    return torch.cat(log_probs), torch.cat(weights)


@torch.inference_mode()
def at_fixed_weights(
    network: AVNetwork, heard: Sense, seen: Sense, weights_audio: Sequence[float]
) -> list[Tensor]:
    """Log-probabilities (N, n, 40) for each fixed weight of the sound, past the gate.

    The picture has the rest; where one sense is absent, the other has all, as with the gate.
    """
    found: list[list[Tensor]] = [[] for _ in weights_audio]
    for ear, eye in _groups(heard, seen):
        features, present, _ = _side_by_side(ear, eye)
        latents: Latents = network.latents(features)
        for weight, outputs in zip(weights_audio, found, strict=True):
            wanted = torch.tensor([weight, 1 - weight, 0.0]) * present
            shares = wanted / wanted.sum(-1, keepdim=True).clamp_min(1e-9)
            mixed = (shares[..., None] * latents.sample).sum(2)
            outputs.append(network.head(mixed, network.head.initial_state(len(ear)))[0])
    return [torch.cat(outputs) for outputs in found]


def _groups(heard: Sense, seen: Sense) -> Iterator[tuple[Sense, Sense]]:
    for start in range(0, len(heard), GROUP):
        clips = slice(start, start + GROUP)
        yield heard[clips], seen[clips]


def _side_by_side(heard: Sense, seen: Sense) -> tuple[Tensor, Tensor, Tensor]:
    """Features, presence and evidence in the order audio, visual, V2X; no V2X."""
    return (
        torch.stack((heard.features, seen.features, seen.features), 2),
        torch.stack((heard.present, seen.present, torch.zeros_like(seen.present)), 2),
        torch.stack((heard.evidence, seen.evidence, seen.evidence), 2),
    )
