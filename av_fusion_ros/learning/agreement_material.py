# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the consistency monitor is given of clips, encoded once per condition and sense.

Sound and picture are encoded apart, each as one stream through the clips with carried state, by
the encoders that run on the robot. So a stream of any clips in any conditions is a matter of
putting hops beside each other: ten hours of it need no further run of the encoders.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.learning import corruption
from av_fusion_ros.learning.batches import FULL_SCALE, HOP_SAMPLES_25HZ
from av_fusion_ros.learning.conditions import Sound, noise_for
from av_fusion_ros.learning.corpus import Clip
from av_fusion_ros.learning.crop_cache import load_clip_crops
from av_fusion_ros.learning.mixing import mix
from av_fusion_ros.learning.splits import Part
from av_fusion_ros.model.senses import AUDIO, VISUAL
from av_fusion_ros.model.specification import Specification
from av_fusion_ros.recognition.audio_encoder import SPAN_SAMPLES, AudioEncoder
from av_fusion_ros.recognition.backend import Backend
from av_fusion_ros.recognition.features import AudioFeature, VisualFeature
from av_fusion_ros.recognition.site_correction import NO_CORRECTION, SiteCorrection

Samples = NDArray[np.float32]
Crops = NDArray[np.uint8]
ClipHops = list['HeardHop'] | list['SeenHop']

CLIP_HOPS = 74  # of a GRID clip: some have 74 frames, some 75
_BATCH = 2048


@dataclass(frozen=True, slots=True)
class HeardHop:
    """One hop of sound, its projection (size,) and what is read of it alone (classes,)."""

    feature: AudioFeature
    projection: NDArray[np.float32]
    phonemes: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class SeenHop:
    """One hop of the picture, its projection (size,) and what is read of it alone (classes,)."""

    feature: VisualFeature
    projection: NDArray[np.float32]
    phonemes: NDArray[np.float32] | None = None


class MaterialEncoder:
    """Encodes the clips of one part."""

    def __init__(
        self, backend: Backend, spec: Specification, clips: Sequence[Clip], noise: Path, part: Part
    ) -> None:
        self._backend, self._spec, self.clips = backend, spec, clips
        self._noise, self._part = noise, part

    def samples(self, clip: Clip) -> Samples:
        """The sound (n,) of a clip's hops, padded by silence."""
        wanted = CLIP_HOPS * HOP_SAMPLES_25HZ
        out = np.zeros(wanted, np.float32)
        given = clip.samples[:wanted].astype(np.float32) / FULL_SCALE
        out[: len(given)] = given
        return out

    def in_noise(self, sound: Sound, seed: int = 1) -> Callable[[int, Samples], Samples]:
        """Mixes noise of a family, from this part's recordings, at a ratio to the speech."""
        source = noise_for(self._noise, sound, self._part)
        rng = np.random.default_rng(seed)
        snr_db = sound.snr_db

        def noisy(index: int, samples: Samples) -> Samples:
            if snr_db is None:
                return samples
            return mix(samples, source.draw(rng, len(samples)), snr_db)

        return noisy

    def noise_alone(
        self, family: str, level_dbfs: float, seed: int = 1
    ) -> Callable[[int, Samples], Samples]:
        """Noise in place of the clip: nobody speaks."""
        source = noise_for(self._noise, Sound(0.0, family), self._part)
        rng = np.random.default_rng([seed, 2])

        def quiet(index: int, samples: Samples) -> Samples:
            noise = source.draw(rng, len(samples))
            level = float(np.sqrt(np.mean(np.square(noise, dtype=np.float64))))
            return (noise / max(level, 1e-9) * 10 ** (level_dbfs / 20)).astype(np.float32)

        return quiet

    def heard(
        self,
        change: Callable[[int, Samples], Samples],
        correction: SiteCorrection = NO_CORRECTION,
    ) -> list[list[HeardHop]]:
        """Each clip's hops, as changed by ``change`` of (index, samples (n,)).

        ``correction``: what a place has taught the ear.
        """
        encoder = AudioEncoder(self._backend, self._spec)
        encoder.correction = correction
        features: list[AudioFeature] = []
        for index, clip in enumerate(self.clips):
            changed = np.clip(change(index, self.samples(clip)), -1, 1)
            features += encoder.push(changed.astype(np.float32), 0)
        features += encoder.push(np.zeros(SPAN_SAMPLES, np.float32), 0)
        features = features[: len(self.clips) * CLIP_HOPS]
        projected = self._projected(np.stack([f.embedding for f in features]), AUDIO)
        hops = [HeardHop(*pair) for pair in zip(features, projected, strict=True)]
        return [hops[k : k + CLIP_HOPS] for k in range(0, len(hops), CLIP_HOPS)]

    def seen(
        self,
        crops_folder: Path,
        change: Callable[[int, Crops], Crops] | None = None,
        quality: float = 0.9,
    ) -> list[list[SeenHop]]:
        """Each clip's hops, its crops (n, 64, 64) changed; ``quality`` stands for the measure."""
        state = self._backend.initial_state('visual')
        embeddings, openings = [], []
        for index, clip in enumerate(self.clips):
            assert clip.crops is not None
            crops = clip.crops[:CLIP_HOPS]
            crops = crops if change is None else change(index, crops)
            cut = corruption.jitter(np.random.default_rng(0), crops, self._spec.crop_px, 0.0)
            given = cut[None, None].astype(np.float32) / np.float32(255)
            found, state = self._backend.see(given, state)
            embeddings.append(found[0])
            cached = load_clip_crops(crops_folder / f'{clip.name}.npz')
            openings.append(cached.mouth_opening[:CLIP_HOPS])
        flat = np.concatenate(embeddings)
        projected = self._projected(flat, VISUAL)
        hops = [
            SeenHop(
                VisualFeature(
                    0,
                    0,
                    features,
                    1,
                    0.9,
                    mouth_opening=float(opening),
                    quality=quality,
                    motion=1.0,
                ),
                projection,
            )
            for features, opening, projection in zip(
                flat, np.concatenate(openings), projected, strict=True
            )
        ]
        return [hops[k : k + CLIP_HOPS] for k in range(0, len(hops), CLIP_HOPS)]

    def _projected(self, features: NDArray[np.float32], sense: int) -> NDArray[np.float32]:
        """Projections (n, size) of features (n, D) of one sense, each as a stream of its own."""
        parts = []
        for first in range(0, len(features), _BATCH):
            batch = features[first : first + _BATCH]
            given = np.zeros((len(batch), 1, 3, batch.shape[1]), np.float32)
            given[:, 0, sense] = batch
            present = np.zeros((len(batch), 1, 3), np.float32)
            present[:, :, sense] = 1
            state = self._backend.initial_state('fusion', len(batch))
            state = self._backend.fuse(given, present, np.zeros_like(present), state)[-1]
            parts.append(self._backend.projections(state)[:, sense].copy())
        return np.concatenate(parts)


def still_lips(crops: Crops) -> Crops:
    """The first 0.3 s of a clip, before anything is said, to and fro."""
    there = np.arange(8)
    order = np.concatenate((there, there[-2:0:-1]))
    return crops[np.resize(order, len(crops))]


def with_still_lips(hops: list[SeenHop], openings: list[SeenHop]) -> list[SeenHop]:
    """The hops with the mouth openings of the frames that ``still_lips`` shows."""
    order = np.resize(np.concatenate((np.arange(8), np.arange(6, 0, -1))), len(hops))
    return [
        replace(hop, feature=replace(hop.feature, mouth_opening=openings[k].feature.mouth_opening))
        for hop, k in zip(hops, order, strict=True)
    ]
