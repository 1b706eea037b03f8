# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the two streams of a checkpoint make of every clip, computed once and kept.

The streams are frozen: only what comes after them is trained, so their output can be kept.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from av_fusion_ros.learning.batches import Batch, ExampleMaker, stack
from av_fusion_ros.learning.corpus import Clip
from av_fusion_ros.learning.corruption import CORRUPTIONS
from av_fusion_ros.learning.data_folders import DataFolders
from av_fusion_ros.learning.pronouncing import pronounce
from av_fusion_ros.learning.recipe import N_HOPS
from av_fusion_ros.learning.splits import Part
from av_fusion_ros.learning.validation import hear, see
from av_fusion_ros.model.network import AVNetwork
from benchmarks.ablations.phoneme_labels import PhonemeLabels
from benchmarks.ablations.recordings import CHUNK, kept, noise, sentences
from benchmarks.ablations.tracking import Track

SNRS_DB: dict[str, float | None] = {'clean': None, '0 dB': 0.0, '-8 dB': -8.0, '-14 dB': -14.0}
PICTURES = ('good', 'spoiled')
SEVERITY = 0.7  # of a spoiled picture


@dataclass(slots=True)
class TrainingOutputs:
    """N corrupted clips of n hops after the streams; features in half precision."""

    heard: Tensor  # (N, n, D)
    seen: Tensor  # (N, n, D)
    snr_estimate_db: Tensor  # (N, n) by the checkpoint's own head
    snr_db: Tensor  # (N,) as mixed
    quality: Tensor  # (N,) of the picture
    ear: Tensor  # (N, n) sound present
    eye: Tensor  # (N, n) picture present
    readable: Tensor  # (N,) lips can be read
    per_hop: Tensor
    targets: Tensor
    lengths: Tensor
    allowed: Tensor

    def rows(self, rows: Tensor) -> TrainingOutputs:
        """Some of the clips, features in single precision."""
        chosen = {f.name: getattr(self, f.name)[rows] for f in fields(self)}
        return TrainingOutputs(
            **{k: v.float() if v.dtype == torch.float16 else v for k, v in chosen.items()}
        )

    @property
    def labels(self) -> PhonemeLabels:
        """What was said."""
        return PhonemeLabels(self.per_hop, self.targets, self.lengths, self.allowed)


@dataclass(slots=True)
class HeldOutOutputs:
    """The clips of a held-out part, by ear in each noise and by eye in each picture."""

    heard: dict[str, Tensor]  # SNR: (N, n, D)
    snr_estimate_db: dict[str, Tensor]  # SNR: (N, n)
    seen: dict[str, Tensor]  # picture: (N, n, D)
    quality: dict[str, Tensor]  # picture: (N,)
    texts: list[str]


def training_outputs(
    network: AVNetwork, folders: DataFolders, draws: int, cache: Path, track: Track
) -> TrainingOutputs:
    """Every training sentence ``draws`` times, each time corrupted anew as in training."""

    def make(draw: int) -> dict[str, Any]:
        clips = sentences(folders, 'train')
        maker = ExampleMaker(network.spec, pronounce, noise(folders, 'train', clips[::4]), N_HOPS)
        rng = np.random.default_rng(draw)
        parts = []
        for i in track(range(0, len(clips), CHUNK), f'streams, draw {draw + 1}'):
            batch = stack([maker.make(rng, clip) for clip in clips[i : i + CHUNK]])
            parts.append(_outputs(network, batch))
        return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}

    stored = [kept(cache / f'train_{draw}.pt', partial(make, draw)) for draw in range(draws)]
    return TrainingOutputs(**{k: torch.cat([part[k] for part in stored]) for k in stored[0]})


@torch.no_grad()
def _outputs(network: AVNetwork, batch: Batch) -> dict[str, Tensor]:
    heard = hear(network, batch.mel)
    labels = PhonemeLabels.of(batch)
    return {
        'heard': heard.half(),
        'seen': see(network, batch.crops).half(),
        'snr_estimate_db': network.snr_db(heard),
        'snr_db': batch.snr_db,
        'quality': batch.camera_quality,
        'ear': batch.heard,
        'eye': batch.seen,
        'readable': batch.video_clean & batch.has_video,
        **{field.name: getattr(labels, field.name) for field in fields(labels)},
    }


def held_out_outputs(
    network: AVNetwork, folders: DataFolders, part: Part, cache: Path, track: Track
) -> HeldOutOutputs:
    """Every sentence of ``part`` in each noise level, with noises of that part, and picture."""

    def make() -> dict[str, Any]:
        clips = sentences(folders, part)
        maker = ExampleMaker(network.spec, pronounce, noise(folders, part), N_HOPS)
        made = HeldOutOutputs({}, {}, {}, {}, [clip.text for clip in clips])
        for index, (name, snr_db) in enumerate(SNRS_DB.items()):
            rng = np.random.default_rng(index)
            heard = []
            for i in track(range(0, len(clips), CHUNK), f'{part} part, sound, {name}'):
                batch = _plain(maker, rng, clips[i : i + CHUNK], snr_db, 'absent')
                heard.append(hear(network, batch.mel))
            features = torch.cat(heard)
            made.heard[name] = features.half()
            made.snr_estimate_db[name] = network.snr_db(features)
        for picture in PICTURES:
            rng = np.random.default_rng(0)
            seen, quality = [], []
            for i in track(range(0, len(clips), CHUNK), f'{part} part, picture, {picture}'):
                batch = _plain(maker, rng, clips[i : i + CHUNK], None, picture)
                seen.append(see(network, batch.crops).half())
                quality.append(batch.camera_quality)
            made.seen[picture], made.quality[picture] = torch.cat(seen), torch.cat(quality)
        return {f.name: getattr(made, f.name) for f in fields(made)}

    with torch.no_grad():
        return HeldOutOutputs(**kept(cache / f'{part}.pt', make))


def _plain(
    maker: ExampleMaker,
    rng: np.random.Generator,
    clips: list[Clip],
    snr_db: float | None,
    picture: str,
) -> Batch:
    """A batch in one condition; a spoiled picture is spoiled in another way for each clip."""
    kinds = list(CORRUPTIONS)
    return stack(
        [
            maker.make_plain(
                rng,
                clip,
                snr_db,
                str(rng.choice(kinds)) if picture == 'spoiled' else picture,
                SEVERITY,
            )
            for clip in clips
        ]
    )
