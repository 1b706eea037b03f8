# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Is the speaking one of two faces listened to, and how soon after the other takes over?

python3 -m benchmarks.two_faces [--streams 60] [--part test] [--seed 0] [--csv FILE]

Two GRID clips after two others, side by side in one picture of 720 x 288, for 12 s. The sound is
one side's for 6 s, then the other's; which is first is drawn. Both sides are the same man (GRID
has one talker here, s1, whom the network knows) saying different sentences at the same rhythm: two
people differ more in timing and face, but their lips would be strangers to the network. 'listener'
puts a silent face beside the talker instead: frames from before his first word, to and fro.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import cv2
import numpy as np

from av_fusion_ros.recognition.backend import open_backend
from av_fusion_ros.recognition.fusion_engine import FusionEngine
from av_fusion_ros.recognition.vocabulary import load_vocabulary
from benchmarks.two_faces.judging import Result, chosen_sides, judged, told
from benchmarks.two_faces.streams import CONDITIONS, ROOT, streams_of

COLUMNS = ('right', 'of spoken hops', 'from 2 s after a change', 'switches a stream',
           'first: median / 95 % s', 'swap: median / 95 % s')  # fmt: skip


def main() -> None:
    """Print one row for each condition."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--streams', type=int, default=60)
    parser.add_argument('--part', choices=('validation', 'test'), default='test')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--csv', type=Path)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    backend, spec = open_backend(ROOT / 'models' / 'av_fusion.safetensors')
    vocabulary = load_vocabulary(ROOT / 'config' / 'commands.yaml')
    engine = FusionEngine(backend, spec, vocabulary)
    results: dict[str, list[Result]] = {name: [] for name in CONDITIONS}
    for condition, stream in streams_of(
        backend, spec, arguments.part, arguments.streams, arguments.seed
    ):
        results[condition].append(judged(stream, chosen_sides(engine, stream)))
    rng = np.random.default_rng(arguments.seed)
    rows = [[name, str(len(r)), *told(r, rng)] for name, r in results.items() if r]
    for row in (('sound and picture', 'streams', *COLUMNS), ('---',) * 8, *rows):
        print('| ' + ' | '.join(row) + ' |')
    if arguments.csv is not None:
        with arguments.csv.open('w', newline='') as file:
            writer = csv.writer(file, lineterminator='\n')
            fields = list(Result.__dataclass_fields__)
            writer.writerow(('condition', *fields))
            for name, found in results.items():
                for result in found:
                    writer.writerow((name, *(getattr(result, f) for f in fields)))


if __name__ == '__main__':
    main()
