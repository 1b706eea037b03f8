# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How the weights follow the evidence: time to 90 %, overshoot, recovery.

python3 benchmarks/gate_dynamics.py [--streams 10] [--output docs/evaluation/degradation]

Held-out GRID clips, four in a row as one stream, through the encoders; then the evidence alone is
changed from 4 s to 7 s while sound and picture themselves go on, and the fusion engine runs over
it. So this is the gate and what follows it, not how quickly a fault is recognised (that is
benchmarks/scenario_trials.py). Weights are compared with those of the same stream unchanged, or
as bad from its beginning; goals: 90 % within 300 ms, overshoot at most 5 %, 90 % back in 1 to 2 s
(a picture that only got better again counts at once).
"""

from __future__ import annotations

import argparse
import csv
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from av_fusion_ros.learning.encoded_clips import encoded_clips
from av_fusion_ros.learning.splits import grid_key, part_of
from av_fusion_ros.model.specification import Specification
from av_fusion_ros.recognition.backend import Backend, open_backend
from av_fusion_ros.recognition.features import AudioFeature, VisualFeature
from av_fusion_ros.recognition.fusion_engine import FusionEngine
from av_fusion_ros.recognition.vocabulary import parse_vocabulary

ROOT = Path(__file__).resolve().parents[1]
T0 = 1_700_000_000_000_000_000
HOP_S = 0.04
CLIPS = 4
ONSET, END, WIDE = 100, 175, 3  # hops; the mean of WIDE hops is compared
T90_S, OVERSHOOT, BACK_S = 0.3, 0.05, (1.0, 2.0)  # the goals
VOCABULARY = parse_vocabulary({'commands': ['stop', 'turn left', 'go back']})

HEAD = (
    '| evidence | streams | t90 [ms], median / worst | overshoot, worst | back [s] | |',
    '|---|---|---|---|---|---|',
)

Pair = tuple[AudioFeature | None, VisualFeature | None]
Change = Callable[[AudioFeature, VisualFeature], Pair]
Stream = list[tuple[AudioFeature, VisualFeature]]
Weights = NDArray[np.float64]


def dark(audio: AudioFeature, visual: VisualFeature) -> Pair:
    return audio, replace(visual, embedding=np.zeros(0, np.float32), quality=0.0)


def quality(value: float) -> Change:
    return lambda audio, visual: (audio, replace(visual, quality=value))


LOSSES: dict[str, tuple[Change, str]] = {
    'camera dark': (dark, 'visual'),
    'picture useless (quality 0.05)': (quality(0.05), 'visual'),
    'no pictures': (lambda audio, visual: (audio, None), 'visual'),
    'microphone dead': (lambda audio, visual: (replace(audio, quality=0.0), visual), 'audio'),
    'no sound': (lambda audio, visual: (None, visual), 'audio'),
}
WORSE: dict[str, Change] = {
    'picture worse (quality 0.4)': quality(0.4),
    'picture worse (quality 0.2)': quality(0.2),
}


def features(clips: list[Path], backend: Backend, spec: Specification) -> Stream:
    """What the encoders make of some clips in a row, hop by hop."""
    return list(zip(*encoded_clips(clips, backend, spec, T0), strict=False))


def weights(
    stream: Stream, backend: Backend, spec: Specification, change: Change, begin: int, sense: str
) -> Weights:
    """A sense's weight in every hop, the evidence changed from hop ``begin`` to END."""
    engine, found = FusionEngine(backend, spec, VOCABULARY), []
    for k, pair in enumerate(stream):
        heard, seen = change(*pair) if begin <= k < END else pair
        if heard is not None:
            engine.add_audio(heard)
        if seen is not None:
            engine.add_visual(seen)
        found += [getattr(step.weights, sense) for step in engine.advance()]
    return np.array(found)


def settled_s(error: Weights, within: float) -> float:
    """Time from which the error stays within; infinite if it never does."""
    out = np.flatnonzero(np.abs(error) > within)
    last = int(out[-1]) + 1 if len(out) else 0
    return last * HOP_S if last < len(error) else float('inf')


def smooth(values: Weights) -> Weights:
    return np.convolve(values, np.ones(WIDE) / WIDE, 'valid')


def of_loss(usual: Weights, lost: Weights) -> tuple[float, float, float]:
    """Seconds to 90 % gone, overshoot after the end, seconds to 90 % back."""
    n = min(len(usual), len(lost))
    # A sense that has no weight anyway, as a picture without a face, is as it should be.
    share = np.divide(lost[:n], usual[:n], out=np.ones(n), where=usual[:n] > 0)
    gone = settled_s(np.where(usual[ONSET:END] > 0, share[ONSET:END], 0.0), 0.1)
    back = share[END:]
    return gone, float(back.max()) - 1.0, settled_s(back - 1.0, 0.1)


def of_worse(usual: Weights, always: Weights, stepped: Weights) -> tuple[float, float, float]:
    """The same for a change of degree, as shares of its mean size."""
    size = float(np.mean(always[ONSET:END] - usual[ONSET:END]))
    n = min(len(usual), len(always), len(stepped))
    progress = smooth((stepped - usual)[ONSET:END] / size) if size else np.zeros(1)
    wanted = smooth((always[:n] - usual[:n])[ONSET:END] / size)
    over = float(np.max(progress - np.maximum(wanted, 1.0)))
    left = smooth((stepped[:n] - usual[:n])[END:] / size)
    return settled_s(progress - wanted, 0.1), over, settled_s(left, 0.1)


def main() -> int:
    """Measure, print, write; status 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--data', type=Path, default=None, help='default: $AV_FUSION_DATA')
    parser.add_argument('--streams', type=int, default=10)
    parser.add_argument('--output', type=Path, help='folder for gate_dynamics.md and .csv')
    args = parser.parse_args()
    cv2.setNumThreads(1)
    data = args.data or Path(os.environ.get('AV_FUSION_DATA', ROOT.parent / 'shared' / 'data'))
    clips = [c for c in sorted((data / 'grid' / 's1').glob('*.align'))
             if part_of(grid_key(c)) == 'test'][: CLIPS * args.streams]  # fmt: skip
    backend, spec = open_backend(
        ROOT / 'models' / 'av_fusion.safetensors', graph_folders=[ROOT / 'models']
    )
    found: dict[str, list[tuple[float, float, float]]] = {}
    for first in track(range(0, len(clips), CLIPS), 'streams'):
        stream = features(clips[first : first + CLIPS], backend, spec)

        def run(change: Change, begin: int, sense: str, stream: Stream = stream) -> Weights:
            return weights(stream, backend, spec, change, begin, sense)

        usual = {sense: run(lambda *pair: pair, END, sense) for sense in ('audio', 'visual')}
        for name, (change, sense) in LOSSES.items():
            trial = of_loss(usual[sense], run(change, ONSET, sense))
            found.setdefault(name, []).append(trial)
        for name, change in WORSE.items():
            both = (run(change, 0, 'visual'), run(change, ONSET, 'visual'))
            found.setdefault(name, []).append(of_worse(usual['visual'], *both))
    lines = list(HEAD)
    reached = True
    for name, trials in found.items():
        t90, over, back = (np.array(values) for values in zip(*trials, strict=True))
        least = BACK_S[0] if name in LOSSES else 0.0
        holds = bool(
            t90.max() <= T90_S
            and over.max() <= OVERSHOOT
            and least <= back.min()
            and back.max() <= BACK_S[1]
        )
        reached = reached and holds
        lines.append(
            f'| {name} | {len(trials)} | {1e3 * np.median(t90):.0f} / {1e3 * t90.max():.0f} | '
            f'{max(0.0, over.max()):.1%} | {np.median(back):.2f} / {back.max():.2f} | '
            f'{"ok" if holds else "MISSED"} |'
        )
    print(*lines, sep='\n')
    if args.output is not None:
        args.output.mkdir(parents=True, exist_ok=True)
        (args.output / 'gate_dynamics.md').write_text('\n'.join(lines) + '\n')
        with (args.output / 'gate_dynamics.csv').open('w', newline='') as file:
            table = csv.writer(file, lineterminator='\n')
            table.writerow(('evidence', 't90_s', 'overshoot', 'recovery_s'))
            for name, trials in found.items():
                table.writerows((name, *(f'{value:.4f}' for value in each)) for each in trials)
    return 0 if reached else 1


if __name__ == '__main__':
    raise SystemExit(main())
