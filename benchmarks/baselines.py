# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Our readings beside pocketsphinx and whisper-tiny.en, on the same sound of the same clips.

python3 benchmarks/baselines.py [--snr-db clean,30,0] [--only keywords] [--clips 40]

GRID sentences, per word: all readers but whisper hear the same grammar; whisper transcribes
freely, and its words count in any alignment. Ten keywords of Speech Commands or nothing:
pocketsphinx gives the keyword where it is by so much more likely than any phonemes by its own
search for them, a threshold chosen on the validation part over the same noises; whisper answers
nothing where its transcript is no keyword. pocketsphinx is hurt by digital silence, so its fair
clean cell is that with noise at 30 dB. It searches with its own beams, which in much noise often
leave it without an answer: at 1e-80 it reads no more sentences at 10 dB and 29 % of words rather
than 8 % at 0 dB (12 validation sentences, machine noise; 19 % is chance), in twenty times the time,
and fewer keywords. Everything but the GRID talker (s1, other sentences) and whisper's own data is
unseen. Writes baselines.csv to --output and prints the table.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pocketsphinx_keywords import Keywords
from replay_accuracy import words_matched
from rich.progress import track
from whisper_reader import Transcribe, WhisperMissingError, whisper_reader

from av_fusion_ros.learning.conditions import Sound, sounds
from av_fusion_ros.learning.corpus import Clip
from av_fusion_ros.learning.data_folders import DataFolders, recordings_folder
from av_fusion_ros.learning.evaluation import GridReader, words_right
from av_fusion_ros.learning.keywords import score_keywords
from av_fusion_ros.learning.recipe import N_HOPS, WORD_HOPS
from av_fusion_ros.learning.senses import SenseEncoder
from av_fusion_ros.learning.splits import Part
from av_fusion_ros.learning.statistics import wilson_interval
from av_fusion_ros.measuring.pocketsphinx_reader import PocketsphinxReader, jsgf_of
from av_fusion_ros.model.checkpoint import load_network
from av_fusion_ros.nodes.installed_files import package_file
from av_fusion_ros.recognition.confidence import load_calibration
from av_fusion_ros.recognition.grammar import compile_grammar
from av_fusion_ros.recognition.vocabulary import load_vocabulary

TASKS = ('sentences', 'keywords')


@dataclass(frozen=True, slots=True)
class Row:
    """Right answers of one reader in one noise."""

    task: str
    sound: Sound
    reader: str
    right: int
    trials: int

    @property
    def text(self) -> str:
        """The share and its 95 % Wilson interval in percent."""
        low, high = wilson_interval(self.right, self.trials)
        return f'{100 * self.right / self.trials:.1f} ({100 * low:.1f} to {100 * high:.1f})'


def sentence_rows(
    encoder: SenseEncoder, noises: Sequence[Sound], whisper: Transcribe | None
) -> Iterator[Row]:
    """GRID sentences, per word."""
    vocabulary = load_vocabulary(package_file('config/commands_grid.yaml'))
    sphinx = PocketsphinxReader(jsgf_of(vocabulary))
    ours = GridReader(encoder, compile_grammar(vocabulary))
    for sound in track(noises, description='sentences'):
        [(_, [cell])] = ours.results([sound], ['good'])
        words = cell.scores['audio'].words
        for name, reading in (('ours, by ear', 'audio'), ('ours, with the picture', 'fused')):
            yield Row('sentences', sound, name, cell.scores[reading].right, words)
        both = list(zip(encoder.clips, encoder.samples(sound), strict=True))
        right = sum(words_right(clip.text, sphinx.read(samples)[0]) for clip, samples in both)
        yield Row('sentences', sound, 'pocketsphinx', right, words)
        if whisper is not None:
            right = sum(
                words_matched(tuple(clip.text.split()), tuple(whisper(samples).split()))
                for clip, samples in both
            )
            yield Row('sentences', sound, 'whisper-tiny.en', right, words)


def keyword_rows(
    encoder: SenseEncoder,
    validation: SenseEncoder,
    noises: Sequence[Sound],
    model: Path,
    whisper: Transcribe | None,
) -> Iterator[Row]:
    """Ten keywords or nothing, per clip."""
    vocabulary = load_vocabulary(package_file('config/commands_keywords.yaml'))
    calibration = load_calibration(model.with_suffix('.calibration.json'))
    sphinx = Keywords(vocabulary)
    sphinx.choose(validation, noises)
    n = len(encoder.clips)
    for sound in track(noises, description='keywords'):
        ours = score_keywords(encoder, vocabulary, calibration, sound)
        yield Row('keywords', sound, 'ours, by ear', ours.right, n)
        both = list(zip(encoder.clips, encoder.samples(sound), strict=True))
        right = sum(sphinx.right(clip, samples) for clip, samples in both)
        yield Row('keywords', sound, 'pocketsphinx', right, n)
        if whisper is not None:
            answers = ((clip, whisper(samples)) for clip, samples in both)
            right = sum(
                (text if text in sphinx.known else '') == sphinx.wanted(clip)
                for clip, text in answers
            )
            yield Row('keywords', sound, 'whisper-tiny.en', right, n)


def table(rows: Sequence[Row]) -> str:
    """A Markdown table: a line for each noise, a column for each reader."""
    readers = list(dict.fromkeys(row.reader for row in rows))
    lines = [f'| noise | {" | ".join(readers)} |', '|---|' + '---|' * len(readers)]
    for sound in dict.fromkeys(row.sound for row in rows):
        by_reader = {row.reader: row.text for row in rows if row.sound == sound}
        lines.append(f'| {sound.label} | {" | ".join(by_reader[name] for name in readers)} |')
    return '\n'.join([f'{rows[0].task}, right of {rows[0].trials} [%]', '', *lines, ''])


def main() -> int:
    """Run all readers, print the tables and write the CSV file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--model', type=Path, default=Path('models/av_fusion.safetensors'))
    parser.add_argument('--data', type=Path, help='default: $AV_FUSION_DATA, ../shared/data')
    parser.add_argument('--cache', type=Path, default=Path('cache'))
    parser.add_argument('--output', type=Path, default=Path('runs/baselines'))
    parser.add_argument('--part', choices=('validation', 'test'), default='test')
    parser.add_argument('--only', nargs='+', choices=TASKS, default=TASKS)
    parser.add_argument('--snr-db', default='clean,30,20,10,0,-8')
    parser.add_argument('--families', default='machine,crowd,white')
    parser.add_argument('--clips', type=int, default=182, help='sentences, at most')
    parser.add_argument('--words', type=int, default=500, help='keyword clips, at most')
    parser.add_argument('--seed', type=int, default=0)
    args = parser.parse_args()
    folders = DataFolders(recordings_folder(args.data), args.cache)
    network, _ = load_network(args.model)
    try:
        whisper = whisper_reader()
    except WhisperMissingError as error:
        whisper = None
        print(f'whisper-tiny.en is left out: {error}')
    levels = [None if text == 'clean' else float(text) for text in args.snr_db.split(',')]
    noises = list(sounds(levels, args.families.split(',')))

    def encoder(part: Part, clips: Sequence[Clip], n_hops: int) -> SenseEncoder:
        noise = folders.recordings / 'noise'
        return SenseEncoder(network, clips, noise, part, n_hops, args.seed)

    def words(part: Part) -> SenseEncoder:
        clips = folders.words(part)
        step = max(1.0, len(clips) / args.words)  # evenly: the clips are in the order of the words
        chosen = [clips[int(k * step)] for k in range(min(args.words, len(clips)))]
        return encoder(part, chosen, WORD_HOPS)

    rows: list[Row] = []
    if 'sentences' in args.only:
        sentences = encoder(args.part, folders.sentences(args.part)[: args.clips], N_HOPS)
        rows += (found := list(sentence_rows(sentences, noises, whisper)))
        print(table(found))
    if 'keywords' in args.only:
        tuning = words('validation')
        rows += (found := list(keyword_rows(words(args.part), tuning, noises, args.model, whisper)))
        print(table(found))
    args.output.mkdir(parents=True, exist_ok=True)
    with (args.output / 'baselines.csv').open('w', newline='') as stream:
        writer = csv.writer(stream)
        writer.writerow(('task', 'snr_db', 'family', 'reader', 'share', 'low', 'high', 'trials'))
        for row in rows:
            snr = 'clean' if row.sound.snr_db is None else f'{row.sound.snr_db:g}'
            shares = (row.right / row.trials, *wilson_interval(row.right, row.trials))
            numbers = (f'{share:.4f}' for share in shares)
            writer.writerow((row.task, snr, row.sound.family, row.reader, *numbers, row.trials))
    return 0


if __name__ == '__main__':
    raise SystemExit(main())
