# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a microphone that is too quiet costs the ear, with the automatic gain and without.

python3 -m benchmarks.quiet_microphone [--part test] [--clips 182]

GRID sentences (one talker, s1, of whom training has other sentences: speaker-dependent) one after
another as one stream of 16 bits, clean and in held-out machine noise at 0 dB, made fainter; words
right by the ear alone. The first sentences, in which the gain still rises, count as well.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track

from av_fusion_ros.cli.train import grammars
from av_fusion_ros.learning.batched_search import best_texts
from av_fusion_ros.learning.batches import HOP_SAMPLES_25HZ, ExampleMaker
from av_fusion_ros.learning.conditions import Sound, noise_for
from av_fusion_ros.learning.corpus import Clip
from av_fusion_ros.learning.data_folders import DataFolders, recordings_folder
from av_fusion_ros.learning.evaluation import words_right
from av_fusion_ros.learning.pronouncing import pronounce
from av_fusion_ros.learning.recipe import N_HOPS
from av_fusion_ros.learning.statistics import wilson_interval
from av_fusion_ros.model.checkpoint_file import read_checkpoint
from av_fusion_ros.model.senses import AUDIO
from av_fusion_ros.recognition.audio_encoder import AudioEncoder
from av_fusion_ros.recognition.backend import open_backend
from av_fusion_ros.recognition.features import HOP_NS
from av_fusion_ros.recognition.frozen_head import FrozenHead
from av_fusion_ros.signals.automatic_gain import MAX_GAIN_DB

SOUNDS = (Sound(None, 'none'), Sound(0.0, 'machine'))
FAINTER_DB = (0, 10, 20, 30, 40)
PAUSE_HOPS = 10
CLIP_HOPS = N_HOPS + PAUSE_HOPS
Floats = NDArray[np.float32]


class Ear:
    """The ear of one model."""

    def __init__(self, model: Path) -> None:
        self.backend, self.spec = open_backend(model, 'onnxruntime')
        self._head = FrozenHead(read_checkpoint(model)[0])

    def log_probs(self, samples: Floats, clips: int, max_gain_db: float) -> Floats:
        """What each of so many clips, one stream of samples, is read by: (clips, n, classes)."""
        encoder = AudioEncoder(self.backend, self.spec, max_gain_db=max_gain_db)
        hops = encoder.push(samples, clips * CLIP_HOPS * HOP_NS)
        heard = np.stack([hop.embedding for hop in hops])
        heard = np.pad(heard, ((0, clips * CLIP_HOPS - len(heard)), (0, 0)), 'edge')
        return np.stack([self._head.log_probs(one, AUDIO) for one in np.split(heard, clips)])


def faint(samples: Floats, fainter_db: float) -> Floats:
    """The samples as a microphone of 16 bits gives them when it is that much less sensitive."""
    steps = np.round(samples * 10 ** (-fainter_db / 20) * 32767)
    return (np.clip(steps, -32768, 32767) / 32768).astype(np.float32)


def stream(maker: ExampleMaker, clips: Sequence[Clip], snr_db: float | None, seed: int) -> Floats:
    """All clips one after another, each as long as CLIP_HOPS."""
    heard = (
        maker.plain_sound(np.random.default_rng([seed, i]), clip, snr_db)
        for i, clip in enumerate(clips)
    )
    return np.concatenate([one[: CLIP_HOPS * HOP_SAMPLES_25HZ] for one in heard])


def rows(ear: Ear, folders: DataFolders, part: str, limit: int, seed: int) -> Iterator[str]:
    """A Markdown table."""
    clips = folders.sentences(part)[:limit]
    grammar = grammars()[0]
    words = sum(len(clip.words) for clip in clips)
    yield '| noise | fainter [dB] | with the gain | without |'
    yield '|---|---|---|---|'
    for sound in SOUNDS:
        noise = noise_for(folders.recordings / 'noise', sound, part)
        maker = ExampleMaker(ear.spec, pronounce, noise, CLIP_HOPS)
        samples = stream(maker, clips, sound.snr_db, seed)
        for fainter_db in track(FAINTER_DB, description=sound.label):
            cells = []
            for max_gain_db in (MAX_GAIN_DB, 0.0):
                log_probs = ear.log_probs(faint(samples, fainter_db), len(clips), max_gain_db)
                texts = best_texts(grammar, log_probs)
                right = sum(words_right(c.text, t) for c, t in zip(clips, texts, strict=True))
                low, high = wilson_interval(right, words)
                share = f'{100 * right / words:.1f} ({100 * low:.1f} to {100 * high:.1f})'
                cells.append(share)
            yield f'| {sound.label} | {fainter_db} | {" | ".join(cells)} |'


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--model', type=Path, default=Path('models/av_fusion.safetensors'))
    parser.add_argument('--data', type=Path, help='default: $AV_FUSION_DATA, ../shared/data')
    parser.add_argument('--cache', type=Path, default=Path('cache'))
    parser.add_argument('--part', choices=('validation', 'test'), default='test')
    parser.add_argument('--clips', type=int, default=182, help='sentences, at most')
    parser.add_argument('--seed', type=int, default=0)
    args = parser.parse_args()
    torch.set_num_threads(1)
    folders = DataFolders(recordings_folder(args.data), args.cache)
    found = list(rows(Ear(args.model), folders, args.part, args.clips, args.seed))
    print('Words right by ear [%] (95 % Wilson)', '', *found, sep='\n')


if __name__ == '__main__':
    main()
