# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Milliseconds of one 40 ms hop, by stage and backend, on one thread; then many streams at once.

Run as ``python benchmarks/hop_time.py``. Recordings are GRID's, from ``$AV_FUSION_DATA`` or
../shared/data. `wall` is what a clock shows; `cpu` is what the thread itself used, which is what
the wall time would be on a machine with nothing else to do. Writes hop_time.csv and
streams.csv to --output.
"""

from __future__ import annotations

import argparse
import csv
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import soundfile
from numpy.typing import NDArray

from av_fusion_ros.learning.crop_cache import read_frames
from av_fusion_ros.model.specification import Specification
from av_fusion_ros.recognition.audio_encoder import STEP_SAMPLES, AudioEncoder
from av_fusion_ros.recognition.backend import Backend, Floats, State, open_backend
from av_fusion_ros.recognition.features import HOP_NS
from av_fusion_ros.recognition.fusion_engine import FusionEngine
from av_fusion_ros.recognition.visual_encoder import VisualEncoder
from av_fusion_ros.recognition.vocabulary import load_vocabulary

ROOT = Path(__file__).resolve().parents[1]
STREAMS = (1, 2, 4, 8, 16, 32, 64)
Spent = NDArray[np.float64]  # (2,): wall and cpu seconds


class Watch:
    """Adds up wall and CPU seconds of the calls that are made through it."""

    def __init__(self) -> None:
        self.spent: Spent = np.zeros(2)

    def call(self, work: Callable[..., Any], *given: Any) -> Any:
        before = np.array([time.perf_counter(), time.thread_time()])
        result = work(*given)
        self.spent += np.array([time.perf_counter(), time.thread_time()]) - before
        return result

    def take(self) -> Spent:
        spent, self.spent = self.spent, np.zeros(2)
        return spent


class WatchedBackend:
    """A backend whose calls are timed."""

    def __init__(self, backend: Backend) -> None:
        self.name, self.watch = backend.name, Watch()
        self._backend = backend
        self.initial_state, self.projections = backend.initial_state, backend.projections
        self.agreement_temperature = backend.agreement_temperature

    def hear(self, mel: Floats, state: State) -> Any:
        return self.watch.call(self._backend.hear, mel, state)

    def see(self, crops: Floats, state: State) -> Any:
        return self.watch.call(self._backend.see, crops, state)

    def fuse(self, features: Floats, present: Floats, evidence: Floats, state: State) -> Any:
        return self.watch.call(self._backend.fuse, features, present, evidence, state)


def recordings(data: Path, clips: int) -> Iterator[tuple[Floats, NDArray[np.uint8]]]:
    """Hops of sound (640,) with the picture of the moment."""
    paths = sorted((data / 'grid' / 's1').glob('*.mp4'))
    for path in paths[:: max(1, len(paths) // clips)][:clips]:
        samples, _ = soundfile.read(path.with_suffix('.flac'), dtype='float32')
        for k, (picture, _) in enumerate(read_frames(path)):
            hop = samples[k * STEP_SAMPLES : (k + 1) * STEP_SAMPLES]
            if len(hop) == STEP_SAMPLES:
                yield hop, picture


def stages(
    backend: Backend, spec: Specification, hops: list[tuple[Floats, NDArray[np.uint8]]]
) -> dict[str, Spent]:
    """Milliseconds (hops, 2) of each stage."""
    watched, watch = WatchedBackend(backend), Watch()
    ear, eye = AudioEncoder(watched, spec), VisualEncoder(watched, spec)
    vocabulary = load_vocabulary(ROOT / 'config' / 'commands_grid.yaml')
    engine = FusionEngine(watched, spec, vocabulary)
    found: dict[str, list[Spent]] = {}

    def note(name: str, work: Callable[..., Any], *given: Any) -> Any:
        result = watch.call(work, *given)
        network, whole = watched.watch.take(), watch.take()
        found.setdefault(f'{name}: network', []).append(network * 1e3)
        found.setdefault(f'{name}: the rest', []).append((whole - network) * 1e3)
        return result

    def fuse(heard: list[Any], seen: list[Any]) -> None:
        for feature in heard:
            engine.add_audio(feature)
        for feature in seen:
            engine.add_visual(feature)
        engine.advance()

    for k, (samples, picture) in enumerate(hops):
        heard = note('ear', ear.push, samples, (k + 1) * HOP_NS)
        seen = note('eye', eye.push, picture, k * HOP_NS)
        note('fusion', fuse, heard, seen)
    # The first hops load caches and fill windows.
    arrays = {name: np.array(spent[25:]) for name, spent in found.items()}
    parts = ('ear', 'eye', 'fusion')
    arrays['all networks'] = np.sum([arrays[f'{part}: network'] for part in parts], 0)
    arrays['the whole hop'] = np.sum(list(arrays.values())[:6], 0)
    return arrays


def side_by_side(backend: Backend, spec: Specification, streams: int, calls: int) -> Spent:
    """Milliseconds (calls, 2) of one hop of all three networks for so many streams in one call."""
    rng = np.random.default_rng(0)
    mel = rng.normal(-4, 4, (streams, 1, spec.n_mels, spec.mel_frames_per_hop)).astype(np.float32)
    crops = rng.random((streams, 1, 1, spec.crop_px, spec.crop_px), np.float32)
    present = np.ones((streams, 1, 3), np.float32)
    heard, seen = backend.initial_state('audio', streams), backend.initial_state('visual', streams)
    fused = backend.initial_state('fusion', streams)

    def hop() -> None:
        nonlocal heard, seen, fused
        sound, _, heard = backend.hear(mel, heard)
        sight, seen = backend.see(crops, seen)
        *_, fused = backend.fuse(np.stack([sound, sight, sight], 2), present, present, fused)

    watch, spent = Watch(), []
    for _ in range(calls + 3):
        watch.call(hop)
        spent.append(watch.take() * 1e3)
    return np.array(spent[3:])


def percentiles(spent: Spent) -> list[float]:
    """Wall p50, wall p95, CPU p50, CPU p95."""
    return [float(np.percentile(spent[:, k], q)) for k in (0, 1) for q in (50, 95)]


COLUMNS = ('wall_p50_ms', 'wall_p95_ms', 'cpu_p50_ms', 'cpu_p95_ms')


def show(title: str, heading: tuple[str, ...], rows: list[list[Any]], path: Path) -> None:
    """Print a table and write it."""
    print(f'\n{title}\n| {" | ".join(heading)} |\n|{"---|" * len(heading)}')
    for row in rows:
        print('| ' + ' | '.join(f'{v:.3f}' if isinstance(v, float) else str(v) for v in row) + ' |')
    with path.open('w', newline='') as stream:
        writer = csv.writer(stream)
        writer.writerow(heading)
        writer.writerows([f'{v:.4f}' if isinstance(v, float) else v for v in row] for row in rows)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--model', type=Path, default=ROOT / 'models' / 'av_fusion.safetensors')
    parser.add_argument('--backends', default='onnxruntime,torch', help='comma-separated')
    parser.add_argument('--clips', type=int, default=8)
    parser.add_argument('--calls', type=int, default=100, help='for each number of streams')
    parser.add_argument('--output', type=Path, default=Path('runs/hop_time'))
    args = parser.parse_args()
    data = Path(os.environ.get('AV_FUSION_DATA', ROOT.parent / 'shared' / 'data'))
    cv2.setNumThreads(1)
    hops = list(recordings(data, args.clips))
    if not hops:
        parser.error(f'no GRID recordings at {data}; set AV_FUSION_DATA to their folder')
    print(f'{len(hops)} hops of real sound and pictures, load average {os.getloadavg()[0]:.1f}')
    by_stage, by_streams = [], []
    for choice in args.backends.split(','):
        backend, spec = open_backend(
            args.model, choice, graph_folders=[ROOT / 'models'], tell=print
        )
        for name, spent in stages(backend, spec, hops).items():
            by_stage.append([backend.name, name, *percentiles(spent)])
        for streams in STREAMS:
            figures = percentiles(side_by_side(backend, spec, streams, args.calls))
            by_streams.append([backend.name, streams, *figures, figures[2] / streams])
    args.output.mkdir(parents=True, exist_ok=True)
    heading = ('backend', 'stage', *COLUMNS)
    show('One hop, one thread', heading, by_stage, args.output / 'hop_time.csv')
    heading = ('backend', 'streams', *COLUMNS, 'cpu_p50_ms_per_stream')
    show('All networks, many streams in one call', heading, by_streams, args.output / 'streams.csv')
    print(f'\nload average {os.getloadavg()[0]:.1f}; written to {args.output}')
    return 0


if __name__ == '__main__':
    raise SystemExit(main())
