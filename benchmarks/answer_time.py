# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""When to answer: end of word to answer against commands missed and false ones, on validation.

python3 -m benchmarks.answer_time [--part validation] [--output runs/answer_time]

Missed and delays: GRID sentences with config/commands_grid.yaml, as in stream_commands.py. False:
the same sentences heard with vocabularies of one command each, "VERB {colour} PREPOSITION {letter}
{digit}", one for every verb and preposition of GRID. All sentences go on with an adverb, and most
differ from the command in one word: nearly commands, as those that are the commonest false ones.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import torch
import yaml
from rich.progress import track

from av_fusion_ros.cli.train import grammars
from av_fusion_ros.learning.batches import ExampleMaker
from av_fusion_ros.learning.conditions import Sound, noise_for
from av_fusion_ros.learning.data_folders import DataFolders, recordings_folder
from av_fusion_ros.learning.pronouncing import pronounce
from av_fusion_ros.learning.recipe import N_HOPS
from av_fusion_ros.learning.splits import Part
from av_fusion_ros.learning.streams import PAUSE_HOPS, Lane, lanes_of, run_lanes, spot
from av_fusion_ros.model.checkpoint import load_network
from av_fusion_ros.recognition.confidence import load_calibration
from av_fusion_ros.recognition.decoder import DecoderSettings
from av_fusion_ros.recognition.grammar import Grammar, compile_grammar
from av_fusion_ros.recognition.snr_estimate import estimator_or_none
from av_fusion_ros.recognition.utterance import surer_than
from av_fusion_ros.recognition.vocabulary import parse_vocabulary
from benchmarks.stream_tables import SHIPPED, Heard

SOUNDS = tuple(
    Sound(*one)
    for one in (
        (None, 'none'),
        (10.0, 'machine'),
        (10.0, 'crowd'),
        (0.0, 'machine'),
        (0.0, 'vehicle'),
        (-8.0, 'machine'),
        (-8.0, 'rain'),
    )
)


@dataclass(frozen=True, slots=True)
class Answering:
    """When to answer; ``sure_confidence`` 0 = every reading is sure.

    ``quiet_hops`` as many as ``unsure_hops`` = silence that is heard changes nothing.
    """

    wait_for_silence: bool
    sure_confidence: float
    unsure_hops: int
    quiet_hops: int


ANSWERING = (
    Answering(True, 0.0, 3, 3),
    Answering(True, 0.85, 5, 5),
    Answering(False, 0.0, 3, 3),
    Answering(False, 0.8, 5, 5),
    Answering(False, 0.85, 4, 4),
    Answering(False, 0.85, 5, 5),
    Answering(False, 0.85, 5, 2),
    Answering(False, 0.85, 6, 2),
    Answering(False, 0.9, 6, 2),
)
HOP_MS = 40
LANES = 7
GRID_COMMANDS = Path('config/commands_grid.yaml')
HEADING = """# When a command is answered

`python3 -m benchmarks.answer_time`: validation sentences of GRID one after another, by ear and eye,
clean and in noise at 10, 0 and -8 dB, at confidence 0.5. Delays are from the end of the last word,
in the time of the sound. False: nearly commands, `VERB {colour} PREPOSITION {letter} {digit}` of
each verb and preposition, heard in the same sentences, which say another one and go on. Without a
sure confidence every reading is sure. "When it is quiet": the pause where voice activity and the
estimated SNR say that nobody talks on. Shipped: 0.85, 200 ms and 80 ms without waiting for silence:
it misses as many as waiting does, answers half of the commands 0.16 s earlier and all but the
slowest twentieth of the clean ones within a quarter of a second, and takes half of the false ones.
"""


def nearly_commands() -> list[Grammar]:
    """One grammar for every verb and preposition of GRID."""
    content = yaml.safe_load(GRID_COMMANDS.read_text(encoding='utf-8'))
    return [
        compile_grammar(
            parse_vocabulary(
                {**content, 'commands': [f'{verb} {{colour}} {preposition} {{letter}} {{digit}}']}
            )
        )
        for verb, preposition in product(content['slots']['verb'], content['slots']['preposition'])
    ]


class Study:
    """Streams of one part as the network heard them, to be decoded again and again."""

    def __init__(self, model: Path, data: Path, cache: Path, part: Part, seed: int) -> None:
        network, self.spec = load_network(model)
        self.calibration = load_calibration(model.with_suffix('.calibration.json'))
        snr = estimator_or_none(model, print)
        clips = DataFolders(data, cache).sentences(part)
        self.heard: list[tuple[Sound, list[Lane]]] = []
        for sound in track(SOUNDS, description='network'):
            noise = noise_for(data / 'noise', sound, part)
            maker = ExampleMaker(self.spec, pronounce, noise, N_HOPS + PAUSE_HOPS)
            dealt = lanes_of(clips, LANES, seed)
            lanes = run_lanes(network, maker, dealt, sound.snr_db, seed, ('fused',), snr=snr)[
                'fused'
            ]
            self.heard.append((sound, lanes))

    def found(self, name: str, grammar: Grammar, answering: Answering) -> Heard:
        """What ``grammar`` finds in all streams."""
        settings = DecoderSettings(
            wait_for_silence=answering.wait_for_silence,
            unsure_hops=answering.unsure_hops,
            quiet_hops=answering.quiet_hops,
        )
        is_sure = surer_than(self.calibration, answering.sure_confidence)
        lanes = [lane for sound, lanes in self.heard if name in ('', sound.label) for lane in lanes]
        spotted = [
            one
            for lane in lanes
            for one in spot(grammar, lane, self.spec.answer_delay_s, settings, is_sure)
        ]
        confidence = self.calibration.probabilities([one.evidence for one in spotted])
        return Heard(
            name,
            sum(len(lane.spoken) for lane in lanes),
            sum(lane.hours for lane in lanes),
            list(zip(spotted, map(float, confidence), strict=True)),
        )


def table(study: Study, own: Grammar, others: Sequence[Grammar]) -> Iterator[str]:
    """One row for each way of answering."""
    yield (
        '| wait for silence | sure confidence | pause when unsure [ms] | when it is quiet [ms] | '
        'missed, clean | missed, all | p50, clean [ms] | p95, clean [ms] | p50, all [ms] | '
        'p95, all [ms] | nearly commands taken | an hour |'
    )
    yield '|---' * 12 + '|'
    for answering in track(ANSWERING, description='decoder'):
        clean = study.found('clean', own, answering)
        every = study.found('', own, answering)
        near = [study.found('', grammar, answering) for grammar in others]
        false = sum(p >= SHIPPED and not one.within for heard in near for one, p in heard.found)
        hours = sum(heard.hours for heard in near)
        missed = (f'{100 * h.missed(SHIPPED) / h.commands:.1f} %' for h in (clean, every))
        delays = (
            f'{1000 * np.percentile(heard.delays_s(SHIPPED), share):.0f}'
            for heard in (clean, every)
            for share in (50, 95)
        )
        yield (
            f'| {"yes" if answering.wait_for_silence else "no"} | {answering.sure_confidence:g} | '
            f'{answering.unsure_hops * HOP_MS} | {answering.quiet_hops * HOP_MS} | '
            f'{" | ".join((*missed, *delays))} | {false} | {false / hours:.1f} |'
        )


def main() -> None:
    """Print the table and write it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--model', type=Path, default=Path('models/av_fusion.safetensors'))
    parser.add_argument('--data', type=Path)
    parser.add_argument('--cache', type=Path, default=Path('cache'))
    parser.add_argument('--part', choices=('validation', 'test'), default='validation')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--output', type=Path, default=Path('runs/answer_time'))
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    study = Study(args.model, recordings_folder(args.data), args.cache, args.part, args.seed)
    page = '\n'.join([HEADING, *table(study, grammars()[0], nearly_commands())])
    args.output.mkdir(parents=True, exist_ok=True)
    (args.output / 'answer_time.md').write_text(page + '\n')
    print(page)


if __name__ == '__main__':
    main()
