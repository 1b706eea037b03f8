# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What limits the words understood: the data, the senses, or the search?

python3 -m benchmarks.recognition_limits [--train-clips 148] [--snr-db clean,-8,-14]

The same noise recordings (test part), never trained on, over sentences of the talker that were
trained on and others that were not, and over words of speakers that were trained on and others.
What is lost between the two is lost for want of data; what is wrong on both, the network cannot
tell. "Either sense": the word is right by ear or by eye, what a perfect choice between the two
single readings would have. Words by place show which slots are hard, confusions what they are
taken for. What the search could gain by itself is tried on the validation part: log-probabilities
of the single readings mixed in, and the blank made dearer or cheaper. Prints Markdown;
limits_words.csv in --output has the numbers.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from av_fusion_ros.cli.evaluate import levels
from av_fusion_ros.cli.train import grammars
from av_fusion_ros.learning.batched_search import best_texts
from av_fusion_ros.learning.conditions import Sound
from av_fusion_ros.learning.corpus import Clip
from av_fusion_ros.learning.crop_cache import cache_crops
from av_fusion_ros.learning.data_folders import DataFolders, recordings_folder
from av_fusion_ros.learning.grid_corpus import grid_clips, talkers, videos
from av_fusion_ros.learning.recipe import N_HOPS, WORD_HOPS
from av_fusion_ros.learning.senses import Sense, SenseEncoder, gated, without
from av_fusion_ros.learning.splits import Part, grid_key, part_of
from av_fusion_ros.model.checkpoint import load_network
from av_fusion_ros.model.network import AVNetwork
from av_fusion_ros.model.phonemes import BLANK
from av_fusion_ros.recognition.grammar import Grammar
from benchmarks.word_tables import (
    READINGS,
    SLOTS,
    Heard,
    confusion_lines,
    percent,
    slot_table,
    word_table,
    write_csv,
)

#: Shares of the readings by ear, by eye and by both, and nats added to the blank.
SEARCHES = {
    'as it is': (0.0, 0.0, 1.0, 0.0),
    'a tenth of the eye': (0.0, 0.1, 1.0, 0.0),
    'a quarter of each': (0.25, 0.25, 1.0, 0.0),
    'half of each': (0.5, 0.5, 1.0, 0.0),
    'blank 1 nat dearer': (0.0, 0.0, 1.0, -1.0),
    'blank 1 nat cheaper': (0.0, 0.0, 1.0, 1.0),
}


def read(
    network: AVNetwork, grammar: Grammar, clips: Sequence[Clip], noise: Path, sounds: list[Sound]
) -> Iterator[tuple[Sound, dict[str, list[str]]]]:
    """The texts of every clip by each reading, in noise of the test part."""
    encoder = SenseEncoder(network, clips, noise, 'test', N_HOPS)
    seen = encoder.seen('good')

    def texts(ear: Sense, eye: Sense) -> list[str]:
        return best_texts(grammar, gated(network, ear, eye)[0].numpy())

    by_eye = texts(without(seen), seen)
    for sound in sounds:
        heard = encoder.heard(sound)
        by_ear = texts(heard, without(heard))
        yield (
            sound,
            dict(zip(READINGS, (by_ear, by_eye, texts(heard, seen)), strict=True)),
        )


def keyword_lines(
    network: AVNetwork, grammar: Grammar, folders: DataFolders, sounds: list[Sound], n: int
) -> Iterator[str]:
    """The choice among ten keywords for speakers trained on and others."""
    known = {choice.text for choice in grammar.choices}
    yield '| speakers | noise | keywords | right of ten | commonest mistakes |'
    yield '|---|---|---|---|---|'
    parts: tuple[Part, ...] = ('train', 'test')
    for part in parts:
        clips = [clip for clip in folders.words(part) if clip.text in known]
        clips = clips[:: max(1, len(clips) // n)][:n]
        encoder = SenseEncoder(network, clips, folders.recordings / 'noise', 'test', WORD_HOPS)
        for sound in sounds:
            heard = encoder.heard(sound)
            log_probs: Tensor = gated(network, heard, without(heard))[0]
            texts = best_texts(grammar, log_probs.numpy())
            right = np.array([clip.text == text for clip, text in zip(clips, texts, strict=True)])
            wrong = Counter(
                f'{clip.text} as {text}'
                for clip, text in zip(clips, texts, strict=True)
                if clip.text != text
            )
            common = ', '.join(f'{pair} {count}' for pair, count in wrong.most_common(5))
            yield f'| {part} | {sound.label} | {len(clips)} | {percent(right)} | {common} |'


def search_lines(
    network: AVNetwork, grammar: Grammar, clips: Sequence[Clip], noise: Path, family: str
) -> Iterator[str]:
    """Words right on validation sentences for each of SEARCHES."""
    encoder = SenseEncoder(network, clips, noise, 'validation', N_HOPS)
    seen = encoder.seen('good')
    truth = [clip.text.split() for clip in clips]
    by_eye = gated(network, without(seen), seen)[0]
    conditions = [Sound(None, 'none'), *(Sound(snr_db, family) for snr_db in (0.0, -8.0))]
    right: dict[str, list[str]] = {name: [] for name in SEARCHES}
    for sound in conditions:
        heard = encoder.heard(sound)
        outputs = (gated(network, heard, without(heard))[0], by_eye, gated(network, heard, seen)[0])
        for name, (*shares, blank) in SEARCHES.items():
            mixed = sum(share * one for share, one in zip(shares, outputs, strict=True))
            assert isinstance(mixed, Tensor)
            log_probs = mixed.log_softmax(-1).double()
            log_probs[..., BLANK] += blank
            texts = best_texts(grammar, log_probs.numpy())
            pairs = zip(truth, texts, strict=True)
            count = sum(a == b for t, x in pairs for a, b in zip(t, x.split(), strict=True))
            right[name].append(f'{100 * count / (len(SLOTS) * len(clips)):.1f}')
    labels = ' | '.join(sound.label for sound in conditions)
    yield f'| search, {len(clips)} validation sentences | {labels} |'
    yield '|---' * (1 + len(conditions)) + '|'
    for name, shares_right in right.items():
        yield f'| {name} | {" | ".join(shares_right)} |'


def trained_sentences(folders: DataFolders, n: int) -> list[Clip]:
    """``n`` sentences of the train part, from all over; their mouths are cut where missing."""
    names: set[str] = set()
    for talker in talkers(folders.recordings / 'grid'):
        paths = [path for path in videos(talker) if part_of(grid_key(path)) == 'train']
        paths = paths[:: max(1, len(paths) // n)][:n]
        cache_crops(paths, folders.crops(talker), n_processes=1)
        names |= {path.stem for path in paths}
    return list(grid_clips(folders.recordings / 'grid', folders.cache, ('train',), names))


def main() -> None:
    """Read both parts, print the tables and write the CSV file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--model', type=Path, default=Path('models/av_fusion.safetensors'))
    parser.add_argument('--data', type=Path)
    parser.add_argument('--cache', type=Path, default=Path('cache'))
    parser.add_argument('--snr-db', default='clean,-8,-14')
    parser.add_argument('--family', default='machine')
    parser.add_argument('--train-clips', type=int, default=148)
    parser.add_argument('--keywords', type=int, default=400, help='of each kind of speaker')
    parser.add_argument('--output', type=Path, default=Path('runs/recognition_limits'))
    args = parser.parse_args()
    torch.manual_seed(0)
    folders = DataFolders(recordings_folder(args.data), args.cache)
    network, _ = load_network(args.model)
    grid, _, keywords = grammars()
    sounds = [
        Sound(level, 'none' if level is None else args.family) for level in levels(args.snr_db)
    ]
    noise = folders.recordings / 'noise'
    found = []
    by_part: dict[Part, list[Clip]] = {
        'train': trained_sentences(folders, args.train_clips),
        'test': folders.sentences('test'),
    }
    for part, clips in by_part.items():
        truth = [clip.text for clip in clips]
        for sound, texts in read(network, grid, clips, noise, sounds):
            found.append(Heard(part, sound, truth, texts))
    sections = (
        word_table(found),
        slot_table(found),
        confusion_lines(found),
        search_lines(network, grid, folders.sentences('validation'), noise, args.family),
        keyword_lines(network, keywords, folders, sounds[:2], args.keywords),
    )
    print('\n\n'.join('\n'.join(section) for section in sections))
    args.output.mkdir(parents=True, exist_ok=True)
    write_csv(args.output / 'limits_words.csv', found)


if __name__ == '__main__':
    main()
