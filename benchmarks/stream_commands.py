# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Commands missed, and commands heard where none was said, in hours of sound and picture.

python3 -m benchmarks.stream_commands [--hours 3.2] [--part test] [--output runs/stream_commands]
    [--wait-for-silence] [--sure-confidence 0.85]

Clips of the held-out part follow each other with half a second between them; the network carries
its state over, and the streaming decoder with the shipped calibration answers. Nothing is false
but a command that is published, so false ones are counted by the hour at every least confidence.

Commands (what may be missed): GRID sentences with config/commands_grid.yaml (real, of the speaker
in the training data).
Other material (where every command is false), with config/commands.yaml: GRID sentences, a talking
face that says other things; single words of Speech Commands; noise before a silent face.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import cycle
from pathlib import Path

import numpy as np
import torch
from rich.progress import track

from av_fusion_ros.cli.train import grammars
from av_fusion_ros.learning.batches import ExampleMaker
from av_fusion_ros.learning.conditions import Sound, noise_for
from av_fusion_ros.learning.corpus import Clip
from av_fusion_ros.learning.data_folders import DataFolders, recordings_folder
from av_fusion_ros.learning.pronouncing import pronounce
from av_fusion_ros.learning.recipe import N_HOPS, WORD_HOPS
from av_fusion_ros.learning.streams import PAUSE_HOPS, Lane, lanes_of, run_lanes, spot
from av_fusion_ros.model.checkpoint import load_network
from av_fusion_ros.recognition.command_recognizer import RecognizerSettings
from av_fusion_ros.recognition.confidence import load_calibration
from av_fusion_ros.recognition.decoder import DecoderSettings
from av_fusion_ros.recognition.grammar import Grammar
from av_fusion_ros.recognition.snr_estimate import estimator_or_none
from av_fusion_ros.recognition.utterance import surer_than
from av_fusion_ros.recognition.vocabulary import load_vocabulary
from benchmarks.stream_tables import Heard, calibration, delays, details, merged, rows, table

FAMILIES = ('machine', 'vehicle', 'rain', 'crowd', 'wind', 'white')
LEVELS_DB = (None, 10.0, 0.0, -8.0)
LANES = 13
ROBOT_COMMANDS = Path('config/commands.yaml')
HEADING = """# Missed and false commands in continuous sound and picture

`python3 -m benchmarks.stream_commands`: clips of the test part one after another with carried
state, by ear and eye. Missed: share of sentences without a wholly right answer (GRID, six words,
speaker-dependent). False: commands published an hour, heard with config/commands.yaml in GRID
sentences, in single words of other speakers (sound alone; "no", "stop", "yes" left out) and in
noise before a silent face, at clean, 10, 0 and -8 dB. End of word to answer: at least confidence
0.5, in the time of the sound; computing and transport come on top (performance.md).

Calibration error: expected, ten bins, of all that is spotted; "single words" are all words with
config/commands.yaml, "no", "stop" and "yes" among them, which are right. By chance: what the same
confidences would show were each exactly right, by 2000 draws. Where nothing that was said is a
command everything spotted is wrong, and there is no calibration error but a mean confidence.
"""


class Bench:
    """A checkpoint with its calibration, and the noise of one part."""

    def __init__(
        self,
        model: Path,
        data: Path,
        part: str,
        seed: int,
        decoder: DecoderSettings,
        sure_confidence: float,
    ) -> None:
        self.network, self.spec = load_network(model)
        self.calibration = load_calibration(model.with_suffix('.calibration.json'))
        self.snr = estimator_or_none(model, print)
        self.noise, self.part, self.seed = data / 'noise', part, seed
        self.decoder = decoder
        self.is_sure = surer_than(self.calibration, sure_confidence)

    def hear(
        self, name: str, clips: Sequence[Clip], sound: Sound, grammar: Grammar, n_hops: int
    ) -> Heard:
        """Everything ``grammar`` finds in the clips, by ear and by eye."""
        noise = noise_for(self.noise, sound, self.part)  # type: ignore[arg-type]
        maker = ExampleMaker(self.spec, pronounce, noise, n_hops)
        lanes: list[Lane] = run_lanes(
            self.network,
            maker,
            lanes_of(clips, LANES, self.seed),
            sound.snr_db,
            self.seed,
            ('fused',),
            snr=self.snr,
        )['fused']
        delay_s = self.spec.answer_delay_s
        found = [
            one
            for lane in lanes
            for one in spot(grammar, lane, delay_s, self.decoder, self.is_sure)
        ]
        confidence = self.calibration.probabilities([one.evidence for one in found])
        return Heard(
            name,
            sum(len(lane.spoken) for lane in lanes),
            sum(lane.hours for lane in lanes),
            list(zip(found, map(float, confidence), strict=True)),
        )


def silent_faces(clips: Sequence[Clip], noises: Iterator[np.ndarray]) -> list[Clip]:
    """Noise alone, heard before the first picture of each clip."""
    quiet = []
    for clip, noise in zip(clips, noises, strict=False):
        assert clip.crops is not None
        still = np.repeat(clip.crops[:1], len(clip.crops), axis=0)
        samples = (noise / np.abs(noise).max() * 12000).astype(np.int16)
        quiet.append(replace(clip, samples=samples, words=(), crops=still))
    return quiet


def whole_commands() -> set[str]:
    """What is a command by itself, unlike a word of one ("left")."""
    return {
        ' '.join(word.text for part in variant for word in part.choices[0])
        for phrase in load_vocabulary(ROBOT_COMMANDS).phrases
        for variant in phrase.variants
        if not any(part.slot for part in variant)
    }


def other_material(
    bench: Bench, sentences: Sequence[Clip], words: Sequence[Clip], robot: Grammar, hours: float
) -> Iterator[Heard]:
    """Hours in which nothing the robot knows is said, the kinds in turn."""
    done_h = 0.0
    others = [clip for clip in words if clip.text not in whole_commands()]
    for seed, (family, snr_db) in enumerate(
        (f, s) for s, f in zip(cycle(LEVELS_DB), cycle((*FAMILIES, 'machine')), strict=False)
    ):
        if done_h >= hours:
            return
        bench.seed = seed
        sound = Sound(snr_db, family)
        kinds = [bench.hear('other sentences', sentences, sound, robot, N_HOPS + PAUSE_HOPS)]
        if seed % 6 == 0:
            kinds.append(bench.hear('single words', others, sound, robot, WORD_HOPS))
        if seed % 4 == 0:
            source = noise_for(bench.noise, Sound(0.0, family), bench.part)  # type: ignore[arg-type]
            rng = np.random.default_rng(seed)
            drawn = (source.draw(rng, len(clip.samples)) for clip in sentences)
            quiet = silent_faces(sentences, drawn)
            clean = Sound(None, 'none')
            kinds.append(bench.hear('noise alone', quiet, clean, robot, N_HOPS + PAUSE_HOPS))
        for heard in kinds:
            done_h += heard.hours
            # A command within a longer sentence was said, and is neither right nor false.
            false = [(replace(one, spoken=None), p) for one, p in heard.found if not one.within]
            yield replace(heard, commands=0, found=false)


def main() -> None:
    """Run every condition, print the table and write it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--model', type=Path, default=Path('models/av_fusion.safetensors'))
    parser.add_argument('--data', type=Path)
    parser.add_argument('--cache', type=Path, default=Path('cache'))
    parser.add_argument('--part', choices=('validation', 'test'), default='test')
    parser.add_argument('--hours', type=float, default=3.2)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument(
        '--wait-for-silence', action='store_true', help='as the parameter of the fusion node'
    )
    parser.add_argument(
        '--sure-confidence',
        type=float,
        default=RecognizerSettings().sure_confidence,
        help='as the parameter of the fusion node; 0 with --wait-for-silence = all after 0.12 s',
    )
    parser.add_argument('--output', type=Path, default=Path('runs/stream_commands'))
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    data = recordings_folder(args.data)
    folders = DataFolders(data, args.cache)
    sentences, words = folders.sentences(args.part), folders.words(args.part)
    own, robot, _ = grammars()
    decoder = DecoderSettings(wait_for_silence=args.wait_for_silence)
    bench = Bench(args.model, data, args.part, args.seed, decoder, args.sure_confidence)
    hops = N_HOPS + PAUSE_HOPS
    sounds = (Sound(None, 'none'), Sound(0.0, 'machine'), Sound(-8.0, 'machine'))
    commands = [
        bench.hear(f'commands, {sound.label}', sentences, sound, own, hops)
        for sound in track(sounds, description='commands')
    ]
    single = [
        bench.hear(f'single words, {sound.label}', words, sound, robot, WORD_HOPS)
        for sound in track(sounds, description='words')
    ]
    parts = list(other_material(bench, sentences, words, robot, args.hours))
    others = merged(parts)
    others += merged([replace(part, name='all other material') for part in parts])
    args.output.mkdir(parents=True, exist_ok=True)
    with (args.output / 'stream_commands.csv').open('w', newline='') as stream:
        writer = csv.writer(stream)
        writer.writerow(
            ('least_confidence', 'condition', 'figure', 'count', 'of', 'rate', 'low', 'high')
        )
        writer.writerows(rows(commands, others))
    page = [HEADING, *table(commands, others), '', *delays(commands), '']
    page += [*calibration([*commands, *single]), '', *details([*commands, *others])]
    text = '\n'.join(page) + '\n'
    (args.output / 'stream_commands.md').write_text(text)
    print(text)


if __name__ == '__main__':
    main()
