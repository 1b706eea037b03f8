# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Camera health and quality on real pictures, as they are and with one fault put in.

Run as ``python benchmarks/camera_health.py [--part test] [--csv FILE]``. GRID clips are taken from
``$AV_FUSION_DATA`` or ../shared/data; there the fault comes after 0.8 s and its last 0.4 s count.
Photographs are from scikit-image's wheel, a hand-held camera on each; there the fault is there
from the first picture. A sequence has told what most of its counted pictures have told.
"""

from __future__ import annotations

import argparse
import csv
import os
import time
from collections import Counter, defaultdict
from pathlib import Path

import cv2
import numpy as np
from camera_sequences import Fault, Picture, clip_frames, clips, faults, hand_held
from rich.progress import track

from av_fusion_ros.learning.camera_scenes import photographs
from av_fusion_ros.learning.data_folders import recordings_folder
from av_fusion_ros.learning.statistics import wilson_interval
from av_fusion_ros.signals.camera_health import CameraCondition, CameraHealth
from av_fusion_ros.signals.camera_quality import CameraQuality
from av_fusion_ros.signals.face_tracker import FaceTracker

FRAME_NS = 40_000_000
ONSET, LENGTH, COUNTED = 20, 55, 10  # frames of a clip
SHORT = 12  # frames of a photograph's sequence
FROZEN_LENGTH = 40
TIMES_MS: dict[str, list[float]] = {'network and maps': [], 'with the mouth': []}


class Watch:
    """One camera's tracker, quality and health."""

    def __init__(self, look_for_faces: bool) -> None:
        self.tracker = FaceTracker(max_faces=1) if look_for_faces else None
        self.quality, self.health = CameraQuality(), CameraHealth()
        self.index = 0

    def see(self, picture: Picture) -> tuple[str, float, tuple[float, ...]]:
        """Condition, quality and scores of the next picture."""
        stamp_ns = self.index * FRAME_NS
        self.index += 1
        faces = self.tracker.track(picture, stamp_ns) if self.tracker else []
        landmarks = faces[0].landmarks if faces else None
        start = time.thread_time()
        reading = self.quality.push(picture, landmarks, stamp_ns)
        middle = time.thread_time()
        judged = self.health.push(picture, reading, bool(faces), stamp_ns)
        if picture.shape[1] == 640:
            TIMES_MS['network and maps'].append((time.thread_time() - middle) * 1e3)
            TIMES_MS['with the mouth'].append((time.thread_time() - start) * 1e3)
        return judged.condition.name, reading.quality, judged.scores


def of_clip(frames: list[Picture], fault: Fault, seed: int) -> tuple[list[str], list[float]]:
    """What is told of a clip, frame by frame, and the quality, from the onset on."""
    watch = Watch(look_for_faces=True)
    spoil = fault.make(seed, frames[ONSET])
    told, quality = [], []
    for index, frame in enumerate(frames[:LENGTH]):
        late = index >= ONSET
        picture = spoil(frame, (index - ONSET) / 25) if late else frame
        condition, value, _ = watch.see(picture)
        if late:
            told.append(condition)
            quality.append(value)
    return told, quality


def of_photograph(photograph: Picture, fault: Fault, seed: int) -> list[str]:
    """What is told of a photograph that is spoilt from the first frame on."""
    frames = list(hand_held(photograph, seed, SHORT))
    watch, spoil = Watch(look_for_faces=False), fault.make(seed, frames[0])
    told = [watch.see(spoil(frame, index / 25))[0] for index, frame in enumerate(frames)]
    # Nobody is looked for, so nobody is missed.
    return ['OK' if name == 'NO_FACE' else name for name in told[-5:]]


def most(names: list[str]) -> str:
    return Counter(names).most_common(1)[0][0]


def onset_s(told: list[str], wanted: str) -> float:
    """Time from the fault's first frame to its being told; NaN if it never was."""
    return told.index(wanted) / 25 if wanted in told else float('nan')


def main() -> int:
    """Print and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--part', choices=('tune', 'test'), default='test')
    parser.add_argument('--clips', type=int, default=20)
    parser.add_argument('--windows', type=int, default=4, help='of each photograph')
    parser.add_argument('--faults', nargs='+', choices=tuple(faults()), default=tuple(faults()))
    parser.add_argument('--csv', type=Path)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    folder = recordings_folder() / 'grid' / 's1'
    read = [clip_frames(path) for path in clips(folder, options.part, options.clips)]
    films = [frames for frames in read if frames]
    print(f'{len(films)} clips, {len(read) - len(films)} damaged ones left out')
    stills = photographs(options.part)
    rows: list[list[str]] = []
    matrix: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    chosen = {kind: levels for kind, levels in faults().items() if kind in options.faults}
    work = [(kind, fault) for kind, levels in chosen.items() for fault in levels]
    for kind, fault in track(work, 'faults'):
        clip_told, delays, quality = [], [], []
        for seed, frames in enumerate(films):
            told, values = of_clip(frames, fault, seed)
            clip_told.append(most(told[-COUNTED:]))
            quality += values[-COUNTED:]
            delays.append(onset_s(told, fault.told))
        rows.append(row('GRID', kind, fault, clip_told, delays, quality))
        matrix['GRID', kind if fault.told else 'weak'].update(clip_told)
        if kind == 'FROZEN':
            continue
        photo_told = [
            most(of_photograph(picture, fault, 100 * number + seed))
            for number, (_, picture) in enumerate(stills)
            for seed in range(options.windows)
        ]
        rows.append(row('photographs', kind, fault, photo_told, [], []))
        matrix['photographs', kind if fault.told else 'weak'].update(photo_told)
    print_rows(rows)
    print_matrix(matrix)
    print_times()
    if options.csv:
        with options.csv.open('w', newline='') as file:
            csv.writer(file).writerows([HEADER, *rows])
    return 0


HEADER = ['pictures', 'fault', 'level', 'sequences', 'told', 'low', 'high', 'ok', 'others',
          'median delay s', 'quality p5', 'quality mean', 'quality p95']  # fmt: skip


def row(
    pictures: str,
    kind: str,
    fault: Fault,
    told: list[str],
    delays: list[float],
    quality: list[float],
) -> list[str]:
    """One line: how many sequences of a level were told to be faulty, and as what."""
    name = 'OK' if kind == 'clean' else kind
    n, right = len(told), told.count(name)
    low, high = wilson_interval(right, n)
    others = ' '.join(
        f'{each}:{count}' for each, count in Counter(told).items() if each not in (name, 'OK')
    )
    cells = [pictures, kind, fault.level + ('' if fault.told else ' (weak)'), str(n), str(right)]
    cells += [f'{low:.3f}', f'{high:.3f}', str(told.count('OK')), others]
    known = [delay for delay in delays if not np.isnan(delay)]
    cells.append(f'{np.median(known):.2f}' if known and kind != 'clean' else '')
    if not quality:
        return [*cells, '', '', '']
    spread = [np.percentile(quality, 5), np.mean(quality), np.percentile(quality, 95)]
    return cells + [f'{value:.2f}' for value in spread]


def print_rows(rows: list[list[str]]) -> None:
    for cells in [HEADER, *rows]:
        print(
            '{:12}{:9}{:34}{:>10}{:>6}{:>7}{:>7}{:>4} {:24}{:>15}{:>11}{:>13}{:>12}'.format(*cells)
        )


def print_matrix(matrix: dict[tuple[str, str], Counter[str]]) -> None:
    """Confusion of what was and what was told; precision and recall of each condition."""
    names = [each.name for each in CameraCondition if each.name != 'STALE']
    for pictures in ('GRID', 'photographs'):
        print(f'\n{pictures}: rows are what was put in (levels that must be told), columns what '
              'was told')  # fmt: skip
        print(f'{"":9}' + ''.join(f'{name:>9}' for name in names))
        lines = {kind: counts for (of, kind), counts in matrix.items() if of == pictures}
        for kind, counts in lines.items():
            print(f'{kind:9}' + ''.join(f'{counts[name]:9}' for name in names))
        print('condition  precision (95 %)          recall (95 %)')
        for name in names:
            kind = 'clean' if name == 'OK' else name
            if kind not in lines:
                continue
            hits = lines[kind][name]
            said = sum(counts[name] for what, counts in lines.items() if what != 'weak')
            shares = []
            for of in (said, sum(lines[kind].values())):
                low, high = wilson_interval(hits, of) if of else (0.0, 1.0)
                shares.append(f'{hits}/{of} ({low:.3f} to {high:.3f})')
            print(f'{name:10} {shares[0]:24} {shares[1]}')


def print_times() -> None:
    for name, spent in TIMES_MS.items():
        p50, p95 = np.percentile(spent, [50, 95])
        print(f'{name}, 640x480, one thread: p50 {p50:.2f} ms, p95 {p95:.2f} ms of processor time '
              f'(load average {os.getloadavg()[0]:.1f})')  # fmt: skip


if __name__ == '__main__':
    raise SystemExit(main())
