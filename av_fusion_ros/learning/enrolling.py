# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A checkpoint adapted to one talker from a few minutes of clips: the later layers, carefully."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory

from lightning_fabric import Fabric
from torch import nn

from av_fusion_ros.learning.batches import HOP_SAMPLES_25HZ, ExampleMaker
from av_fusion_ros.learning.clip_folder import folder_clips
from av_fusion_ros.learning.corpus import Clip, CorpusError
from av_fusion_ros.learning.grid_corpus import grid_clips
from av_fusion_ros.learning.mixing import NoiseSource
from av_fusion_ros.learning.pronouncing import pronounce
from av_fusion_ros.learning.recipe import N_HOPS
from av_fusion_ros.learning.splits import PARTS, by_hash
from av_fusion_ros.learning.training import TrainableNetwork, TrainingSettings, train
from av_fusion_ros.model.network import AVNetwork

#: What is trained: how lips and voice are read, not how edges and formants are found.
ADAPTED = (
    'audio.context', 'visual.to_features', 'visual.context', 'distiller', 'gate', 'head',
    'agreement',
)  # fmt: skip
HELD_OUT_SHARE = 1 / 3
ROOM_HOPS = 8  # a clip moves this far in its window, and the answer comes late
LONGEST_S = 10.0


@dataclass(frozen=True, slots=True)
class EnrollSettings:
    """Budget of one enrolment."""

    steps: int = 300
    learning_rate: float = 5e-4
    clips_per_step: int = 8
    seed: int = 1


class EnrollableNetwork(TrainableNetwork):
    """A network of which only ADAPTED is trained, and no statistics of a normalisation."""

    def freeze(self) -> None:
        """Leave all but ADAPTED as it is."""
        for name, parameter in self.named_parameters():
            parameter.requires_grad_(name.startswith(ADAPTED))

    def train(self, mode: bool = True) -> EnrollableNetwork:
        """As in torch, but that few clips of one talker set no statistics."""
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.eval()
        return self


def clips_of(folder: Path, cache: Path) -> list[Clip]:
    """Every clip of a folder of videos with transcripts, or of a GRID folder.

    Raises CorpusError when there are too few, or one that is longer than 10 s.
    """
    if any(folder.glob('*.txt')):
        clips = list(folder_clips(folder, cache / f'clips_{folder.name}', PARTS))
    else:
        clips = list(grid_clips(folder, cache, PARTS))
    too_long = [c.name for c in clips if len(c.samples) > LONGEST_S * 25 * HOP_SAMPLES_25HZ]
    if too_long:
        raise CorpusError(
            f'longer than {LONGEST_S:g} s: {", ".join(too_long[:5])}; cut them to one sentence each'
        )
    if len({clip.text for clip in clips}) < 6:
        raise CorpusError(
            f'{folder} has {len(clips)} clips of fewer than 6 different sentences: too few to '
            'learn from some and to measure by others'
        )
    return clips


def split(clips: Sequence[Clip]) -> tuple[list[Clip], list[Clip]]:
    """Clips to learn from and, of other sentences, to measure by: a third of the sentences."""
    texts = by_hash({clip.text for clip in clips}, 'av_fusion:enroll:')
    held_out = set(texts[: ceil(len(texts) * HELD_OUT_SHARE)])
    return (
        [clip for clip in clips if clip.text not in held_out],
        [clip for clip in clips if clip.text in held_out],
    )


def window_hops(clips: Sequence[Clip]) -> int:
    """Hops in which every clip has its place."""
    longest = max(len(clip.samples) for clip in clips)
    return max(N_HOPS, ceil(longest / HOP_SAMPLES_25HZ) + ROOM_HOPS)


def enroll(
    network: AVNetwork, clips: Sequence[Clip], noise: NoiseSource, settings: EnrollSettings
) -> AVNetwork:
    """A copy of ``network`` trained on ``clips``, in evaluation mode."""
    training = TrainingSettings(
        steps=settings.steps,
        learning_rate=settings.learning_rate,
        warmup_steps=max(1, settings.steps // 10),
        weight_decay=0.0,  # towards zero is away from what the network knows
        kl_full_at=0.0,
        seed=settings.seed,
    )
    fabric = Fabric(accelerator='auto', devices=1, precision='bf16-mixed')
    fabric.launch()
    copy = EnrollableNetwork(network.spec)
    copy.load_state_dict(network.state_dict())
    copy.freeze()
    maker = ExampleMaker(network.spec, pronounce, noise, window_hops(clips))
    with TemporaryDirectory() as scratch:
        sources = [(clips, settings.clips_per_step)]
        train(copy, maker, sources, {}, training, Path(scratch), fabric)
    adapted = AVNetwork(network.spec)
    adapted.load_state_dict(copy.state_dict())
    return adapted.eval()


def renamed(network: AVNetwork, model_id: str) -> AVNetwork:
    """The network under another name: its features are not those of the one it came from."""
    network.spec = replace(network.spec, model_id=model_id)
    return network


def notes(settings: EnrollSettings, model_id: str, n_clips: int) -> dict[str, str]:
    """What an enrolled checkpoint says about how it was made."""
    told = ', '.join(f'{name} {value}' for name, value in asdict(settings).items())
    return {'enrolled': f'from {model_id} with {n_clips} clips of one talker: {told}'}
