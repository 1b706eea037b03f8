# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How many recordings would be enough? One sense, trained anew on ever fewer of them.

python3 -m benchmarks.learning_curve {eye,ear} [--steps 1000] [--shares 0.125,0.25,0.5,1]

eye: six-slot sentences of the GRID talker, words right by eye alone, of the test part (other
sentences). ear: single words, the ten keywords chosen among the ten, of the test part (other
speakers), clean and in machine noise at 0 dB; every run goes on from one ear that has learnt the
talker's sentences for as many steps, and hears those beside the words, for from nothing too few
words would have to teach it what a phoneme is. A share of the sentences, or of the speakers, is in
every larger one. Every run has the same steps, batches of the same size, and the seed; what the
shipped network is trained on beside (the other sense, their fusion, generated faces) is left out,
so its figures stand higher. The line through the errors is straight in logarithms (Hestness et
al. 2017, arXiv 1712.00409); where it meets the target is an extrapolation and no measurement.
Prints Markdown. A run that was broken off goes on, one that is done is not trained again.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor

from av_fusion_ros.cli.train import grammars
from av_fusion_ros.learning.batched_search import best_texts
from av_fusion_ros.learning.batches import Batch, ExampleMaker
from av_fusion_ros.learning.conditions import Sound
from av_fusion_ros.learning.corpus import Clip
from av_fusion_ros.learning.data_folders import FULL_SCALE, DataFolders, recordings_folder
from av_fusion_ros.learning.mixing import NoiseSource
from av_fusion_ros.learning.objective import LossWeights, phoneme_losses
from av_fusion_ros.learning.pronouncing import pronounce
from av_fusion_ros.learning.recipe import N_HOPS, WORD_HOPS, sentences_of_three
from av_fusion_ros.learning.senses import SenseEncoder, gated, without
from av_fusion_ros.learning.splits import by_hash
from av_fusion_ros.learning.training import TrainingSettings, launched_fabric, train
from av_fusion_ros.model.distiller import kl_to_standard_normal
from av_fusion_ros.model.network import AUDIO, VISUAL, AVNetwork
from av_fusion_ros.model.specification import Specification
from benchmarks.word_tables import percent, right_words

#: Share of words or keywords right that the project aims at, in each condition. The eye has to
#: reach what is asked of both senses at -8 dB, where the ear adds a word in a hundred.
TARGETS = {
    'eye': {'clean': 0.983},
    'ear': {'clean': 0.93, '+0 dB machine': 0.80},
}
CLIPS_A_BATCH = 7  # in each process
WORDS_A_BATCH = 4  # of them, words by threes; the rest are the talker's sentences


class OneSense(AVNetwork):
    """The network with the loss of a single sense: its stream, its latent and the head."""

    def __init__(self, spec: Specification, sense: int) -> None:
        super().__init__(spec)
        self.sense = sense

    def loss_on(
        self, batch: Batch, weights: LossWeights, kl_share: float
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """What ``objective.training_loss`` asks of this sense, and its parts."""
        size = len(batch.snr_db)
        if self.sense == AUDIO:
            features, _ = self.audio(batch.mel, self.audio.initial_state(size))
        else:
            features, _ = self.visual(batch.crops, self.visual.initial_state(size))
        mean, log_variance = self.distiller.encode(features, self.sense)
        latent = self.distiller.sample(mean, log_variance)
        rows = torch.ones_like(batch.has_video) if self.sense == AUDIO else batch.video_clean
        ctc, per_hop = phoneme_losses(self, batch, latent, rows)
        kl = kl_to_standard_normal(mean.float(), log_variance.float()).sum(-1).mean()
        total = ctc + weights.per_hop * per_hop + weights.kl * kl_share * kl
        return total, {'ctc': ctc.detach(), 'per_hop': per_hop.detach(), 'kl': kl.detach()}


def kept_keys(keys: Sequence[str], share: float) -> set[str]:
    """The first ``share`` of all keys, in an order that has no meaning.

    A smaller share is part of every larger one.
    """
    order = by_hash(set(keys), '')
    return set(order[: max(1, round(share * len(order)))])


def read(
    network: AVNetwork, sense: int, folders: DataFolders, clips: Sequence[Clip]
) -> dict[str, np.ndarray]:
    """Which words of the test part are right, by condition: (clips, words) bool."""
    grid, _, keywords = grammars()
    truth = [clip.text for clip in clips]
    noise = folders.recordings / 'noise'
    if sense == VISUAL:
        seen = SenseEncoder(network, clips, noise, 'test', N_HOPS).seen('good')
        texts = best_texts(grid, gated(network, without(seen), seen)[0].numpy())
        return {'clean': right_words(truth, texts)}
    encoder = SenseEncoder(network, clips, noise, 'test', WORD_HOPS)
    found = {}
    for sound in (Sound(None, 'none'), Sound(0.0, 'machine')):
        heard = encoder.heard(sound)
        texts = best_texts(keywords, gated(network, heard, without(heard))[0].numpy())
        found[sound.label] = right_words(truth, texts)
    return found


def power_law(counts: Sequence[int], errors: Sequence[float]) -> tuple[float, float]:
    """(a, b) of error = a * count ** -b, by least squares in logarithms."""
    slope, offset = np.polyfit(np.log(counts), np.log(errors), 1)
    return float(np.exp(offset)), float(-slope)


def enough(counts: Sequence[int], errors: Sequence[float], error: float) -> str:
    """How many recordings the line through the errors asks for, to two digits.

    Errors that do not fall with every step follow no such line, as where training was too short.
    """
    if len(errors) < 3:
        return 'cannot be told from fewer than three shares'
    if any(after >= before for before, after in pairwise(errors)):
        return 'cannot be told, as more made it no better (too few steps?)'
    scale, exponent = power_law(counts, errors)
    asked = (scale / error) ** (1 / exponent)
    doubled = 100 * (1 - 2**-exponent)
    return f'{float(f"{asked:.2g}"):.0f} (twice as many take away {doubled:.0f} % of the errors)'


def trained(
    name: str,
    network: OneSense,
    sources: Sequence[tuple[Sequence[Clip], int]],
    noise: NoiseSource,
    args: argparse.Namespace,
    fabric: Fabric,
) -> AVNetwork:
    """The network trained on from where it is, on so many clips of each source in a batch."""
    settings = TrainingSettings(steps=args.steps, seed=args.seed)
    maker = ExampleMaker(network.spec, pronounce, noise, N_HOPS)
    folder = args.output / args.sense / f'{name}_{args.steps}_{args.seed}'
    folder.mkdir(parents=True, exist_ok=True)
    return train(network, maker, sources, {}, settings, folder, fabric)


def beginner(sense: int, seed: int) -> OneSense:
    """A network of one sense that has learnt nothing."""
    torch.manual_seed(seed)
    return OneSense(Specification(), sense)


def main() -> None:
    """Train on every share, read the test part and print the curve."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('sense', choices=('eye', 'ear'))
    parser.add_argument('--data', type=Path)
    parser.add_argument('--cache', type=Path, default=Path('cache'))
    parser.add_argument('--steps', type=int, default=1000)
    parser.add_argument('--shares', default='0.125,0.25,0.5,1')
    parser.add_argument('--processes', type=int, default=2, help='as of av-fusion train')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--output', type=Path, default=Path('runs/learning_curve'))
    args = parser.parse_args()
    folders = DataFolders(recordings_folder(args.data), args.cache)
    sense = VISUAL if args.sense == 'eye' else AUDIO
    sentences = folders.sentences('train')
    if sense == VISUAL:
        train_part, test = sentences, folders.sentences('test')
        keys, unit = [clip.name for clip in train_part], 'sentences'
    else:
        known = {choice.text for choice in grammars()[2].choices}
        train_part = [clip for clip in folders.words('train') if clip.words]
        test = [clip for clip in folders.words('test') if clip.text in known]
        keys, unit = [clip.speaker for clip in train_part], 'speakers'
    voices = [clip.samples.astype(np.float32) / FULL_SCALE for clip in train_part[::4]]
    noise = NoiseSource(folders.noise('train'), voices)
    fabric = launched_fabric(TrainingSettings(seed=args.seed), args.processes)
    start = beginner(sense, args.seed)
    if sense == AUDIO:
        sentences = [replace(clip, crops=None, found=None) for clip in sentences]
        trained('sentences', start, [(sentences, CLIPS_A_BATCH)], noise, args, fabric)
    counts, found = [], []
    for share in (float(text) for text in args.shares.split(',')):
        kept = kept_keys(keys, share)
        counts.append(len(kept))
        clips = [clip for clip, key in zip(train_part, keys, strict=True) if key in kept]
        sources = [(clips, CLIPS_A_BATCH)]
        if sense == AUDIO:
            threes = sentences_of_three(clips, np.random.default_rng(args.seed))
            sources = [(threes, WORDS_A_BATCH), (sentences, CLIPS_A_BATCH - WORDS_A_BATCH)]
        learner = beginner(sense, args.seed)
        learner.load_state_dict(start.state_dict())
        network = trained(str(len(clips)), learner, sources, noise, args, fabric)
        if fabric.is_global_zero:
            found.append(read(network, sense, folders, test))
    if not fabric.is_global_zero:
        return
    conditions = list(found[0])
    print(f'| {unit} | {" | ".join(conditions)} |')
    print('|---' * (1 + len(conditions)) + '|')
    for count, right in zip(counts, found, strict=True):
        print(f'| {count} | {" | ".join(percent(right[name]) for name in conditions)} |')
    for name, target in TARGETS[args.sense].items():
        errors = [float(1 - right[name].mean()) for right in found]
        print(
            f'\n{name}, {100 * target:.1f} %, {unit} needed: {enough(counts, errors, 1 - target)}'
        )


if __name__ == '__main__':
    main()
