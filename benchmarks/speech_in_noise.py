# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Is it noticed in noise that somebody speaks? By voice activity alone, and as published.

python3 -m benchmarks.speech_in_noise [--part test] [--output docs/evaluation]

GRID sentences (one talker, s1, of whom training has other sentences) and single words of speakers
unknown to training, one after another as one stream in held-out noise, 0.5 s of noise before each.
The truth of a hop is voice activity (Silero) on the same sound before the noise was mixed to it.
Writes speech_in_noise.csv.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from av_fusion_ros.learning import mixing
from av_fusion_ros.learning.batches import FULL_SCALE, HOP_SAMPLES_25HZ
from av_fusion_ros.learning.conditions import Sound, noise_for
from av_fusion_ros.learning.corpus import Clip
from av_fusion_ros.learning.data_folders import DataFolders, recordings_folder
from av_fusion_ros.learning.speech_fitting import SPEAKS, voice_in
from av_fusion_ros.recognition.audio_encoder import AudioEncoder
from av_fusion_ros.recognition.backend import open_backend

FAMILIES = ('machine', 'vehicle', 'rain', 'crowd', 'wind', 'white')
SNRS_DB = (10.0, 5.0, 0.0, -4.0, -8.0, -14.0)
PAUSE = np.zeros(12 * HOP_SAMPLES_25HZ, np.float32)
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Talk:
    """Clips one after another: the sound (n,) of each, and whether each hop of all is speech."""

    clips: list[Floats]
    speaking: NDArray[np.bool_]


def talk(clips: Sequence[Clip]) -> Talk:
    """Each clip after a pause, of a whole number of hops."""
    sounds = []
    for clip in clips:
        said = clip.samples.astype(np.float32) / FULL_SCALE
        short = -len(said) % HOP_SAMPLES_25HZ
        sounds.append(np.concatenate((PAUSE, np.pad(said, (0, short)))))
    whole = np.concatenate(sounds)
    hops = len(whole) // HOP_SAMPLES_25HZ - 1
    return Talk(sounds, voice_in(whole, hops) > SPEAKS)


def found_in(mixed: Floats, encoder: AudioEncoder, hops: int) -> Iterator[NDArray[np.bool_]]:
    """By voice activity alone, then as published: whether each hop is taken for speech."""
    yield voice_in(mixed, hops) > SPEAKS
    encoder.reset()
    published = [hop.speech_probability for hop in encoder.push(mixed, 0)]
    yield np.array(published[:hops]) > SPEAKS


def rows(
    given: Talk, folders: DataFolders, encoder: AudioEncoder, part: str, seed: int
) -> Iterator[dict[str, object]]:
    """Hops of speech that are found, and others taken for speech, by condition."""
    conditions = [Sound(snr_db, family) for snr_db in SNRS_DB for family in FAMILIES]
    for sound in track([Sound(None, 'none'), *conditions], description='noises'):
        source = noise_for(folders.recordings / 'noise', sound, part)
        rng = np.random.default_rng(seed)
        heard = [
            one
            if sound.snr_db is None
            else mixing.mix(one, source.draw(rng, len(one)), sound.snr_db)
            for one in given.clips
        ]
        mixed = np.clip(np.concatenate(heard), -1, 1).astype(np.float32)
        speaking = given.speaking
        row: dict[str, object] = {
            'noise': sound.family,
            'snr_db': '' if sound.snr_db is None else sound.snr_db,
            'speech_hops': int(speaking.sum()),
            'other_hops': int((~speaking).sum()),
        }
        kinds = ('voice_activity', 'published')
        for kind, found in zip(kinds, found_in(mixed, encoder, len(speaking)), strict=True):
            row[f'{kind}_found'] = int(found[speaking].sum())
            row[f'{kind}_false'] = int(found[~speaking].sum())
        yield row


def table(found: Sequence[dict[str, object]]) -> Iterator[str]:
    """By level, all noises together: shares in percent."""
    yield '| SNR | speech found by voice activity | as published | taken for speech, likewise | |'
    yield '|---|---|---|---|---|'
    for snr_db in dict.fromkeys(row['snr_db'] for row in found):
        cells = [
            100
            * sum(int(str(row[f'{kind}_{what}'])) for row in found if row['snr_db'] == snr_db)
            / sum(int(str(row[of])) for row in found if row['snr_db'] == snr_db)
            for what, of in (('found', 'speech_hops'), ('false', 'other_hops'))
            for kind in ('voice_activity', 'published')
        ]
        level = 'clean' if snr_db == '' else f'{snr_db:g} dB'
        yield f'| {level} | ' + ' | '.join(f'{cell:.1f} %' for cell in cells) + ' |'


def main() -> None:
    """Write the table of conditions, print it by level."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--model', type=Path, default=Path('models/av_fusion.safetensors'))
    parser.add_argument('--data', type=Path, help='default: $AV_FUSION_DATA, ../shared/data')
    parser.add_argument('--cache', type=Path, default=Path('cache'))
    parser.add_argument('--part', choices=('validation', 'test'), default='test')
    parser.add_argument('--clips', type=int, default=40, help='sentences, and as many words')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--output', type=Path, default=Path('docs/evaluation'))
    args = parser.parse_args()
    folders = DataFolders(recordings_folder(args.data), args.cache)
    words = folders.words(args.part)
    chosen = [
        *folders.sentences(args.part)[: args.clips],
        *words[:: max(1, len(words) // args.clips)][: args.clips],
    ]
    encoder = AudioEncoder(*open_backend(args.model, 'onnxruntime', parts=('audio',)))
    found = list(rows(talk(chosen), folders, encoder, args.part, args.seed))
    args.output.mkdir(parents=True, exist_ok=True)
    with (args.output / 'speech_in_noise.csv').open('w', newline='') as stream:
        writer = csv.DictWriter(stream, list(found[0]))
        writer.writeheader()
        writer.writerows(found)
    print('', *table(found), sep='\n')


if __name__ == '__main__':
    main()
