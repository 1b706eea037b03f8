# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Microphone health on real recordings, as they are and with one fault put in.

Run as ``python benchmarks/microphone_health.py [--part test] [--csv FILE]``; recordings are taken
from ``$AV_FUSION_DATA`` or ../shared/data, the held-out part of each kind. A recording is played
over in hops of 40 ms; it counts as found when the condition was ever the fault, as raised wrongly
when it was ever another one.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter
from soundfile import read

from av_fusion_ros.learning.data_folders import recordings_folder
from av_fusion_ros.learning.splits import (
    Part,
    grid_key,
    noise_parts,
    part_of,
    speech_commands_key,
)
from av_fusion_ros.learning.statistics import wilson_interval
from av_fusion_ros.signals.microphone_health import MicrophoneHealth
from av_fusion_ros.signals.microphone_quality import MicrophoneQuality
from av_fusion_ros.signals.microphone_signs import level_dbfs

Sound = NDArray[np.float32]
RATE_HZ, HOP = 16000, 640
LEAST_S = 4.0  # shorter recordings are played over as often as it takes
MOST_S = 5.0
_TIMES_MS: list[float] = []


def recordings(data: Path, part: Part, each: int) -> dict[str, list[Path]]:
    """Up to `each` recordings of every kind, of one part."""
    kinds: dict[str, list[Path]] = {}
    grid = sorted((data / 'grid' / 's1').glob('*.flac'))
    kinds['GRID'] = [path for path in grid if part_of(grid_key(path)) == part]
    words = sorted((data / 'speech_commands').glob('[a-z]*/*.flac'))
    kinds['Speech Commands'] = [
        path for path in words if part_of(speech_commands_key(path)) == part
    ]
    for family in sorted((data / 'noise').iterdir()):
        if family.is_dir():
            kinds[family.name] = noise_parts(sorted(family.glob('*.flac')))[part]
    return {kind: found[:: max(1, len(found) // each)][:each] for kind, found in kinds.items()}


def sound_of(path: Path) -> Sound:
    """Four to five seconds of a recording, on the 16-bit scale that a microphone gives."""
    samples, rate_hz = read(path, dtype='float32')
    assert rate_hz == RATE_HZ
    mono = samples if samples.ndim == 1 else samples[:, 0]
    times = max(1, int(np.ceil(LEAST_S * RATE_HZ / max(1, len(mono)))))
    return np.asarray(np.tile(mono, times)[: round(MOST_S * RATE_HZ)], np.float32)


def in_16_bits(sound: NDArray[np.floating]) -> Sound:
    """What a 16-bit converter makes of it."""
    return np.asarray(np.clip(np.round(sound * 32768), -32768, 32767) / 32768, np.float32)


def has_own_fault(sound: Sound) -> bool:
    """Whether a recording is not a healthy microphone's: silence filled in, or cut off.

    A rule of its own, simpler than what is tested: 8 equal samples in a row at the peak, or 100 ms
    of equal samples anywhere, or 5 ms of them beside sound above -50 dBFS.
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[1], np.diff(sound), [1]]) != 0))
    for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=False):
        length, value = last - first + 1, abs(float(sound[min(first + 1, len(sound) - 1)]))
        loud = max(
            level_dbfs(sound[max(0, first - 80) : first]), level_dbfs(sound[last + 1 :][:80])
        )
        at_peak = value >= 0.99 * float(np.abs(sound).max()) > 0.01 and length >= 8
        if at_peak or length >= 1600 or (length >= 80 and loud > -50):
            return True
    return False


def faults(rng: np.random.Generator) -> dict[str, dict[str, Callable[[Sound], Sound]]]:
    """Every fault by condition and level; each takes a sound and spoils all of it."""

    def clipped(sound: Sound, over_db: float, rail: float) -> Sound:
        loud = sound / max(1e-6, np.quantile(np.abs(sound), 0.999)) * 10 ** (over_db / 20)
        return in_16_bits(np.clip(loud, -1, 1) * rail)

    def dropped(sound: Sound, length_ms: float, each_s: float) -> Sound:
        out, length = sound.copy(), round(length_ms * 16)
        for first in np.arange(0.5, len(sound) / RATE_HZ, each_s):
            start = round((first + rng.uniform(0, each_s - 0.05)) * RATE_HZ)
            out[start : start + length] = 0
        return out

    def hum(sound: Sound, mains_hz: float, level_db: float) -> Sound:
        t = np.arange(len(sound)) / RATE_HZ
        off = mains_hz * (1 + rng.uniform(-0.002, 0.002))
        parts = (1.0, 0.4, 0.6, 0.2, 0.35, 0.1, 0.2, 0.05)
        wave = sum(
            a * np.sin(2 * np.pi * off * (k + 1) * t + rng.uniform(0, 6.3))
            for k, a in enumerate(parts)
        )
        gain = 10 ** ((level_dbfs(sound) + level_db) / 20) / np.std(wave)
        mixed = sound + gain * wave
        return in_16_bits(mixed / max(1.0, float(np.abs(mixed).max()) * 1.02))

    def electronic(sound: Sound, level: float, pink: bool) -> Sound:
        noise = rng.standard_normal(2 * len(sound))
        if pink:  # below 100 Hz, as of a transistor
            noise = noise + 3 * lfilter([0.02], [1, -0.98], rng.standard_normal(len(noise)))
        return in_16_bits(noise / noise.std() * 10 ** (level / 20))

    table: dict[str, dict[str, Callable[[Sound], Sound]]] = {
        'DEAD': {'zeros': np.zeros_like, 'constant 0.1': lambda s: np.full_like(s, 0.1)},
        'DROPOUT': {}, 'CLIPPED': {}, 'DC': {}, 'HUM': {},
    }  # fmt: skip
    for level in (-95, -85, -75, -65):
        table['DEAD'][f'white {level} dBFS'] = lambda s, v=level: electronic(s, v, False)
    table['DEAD']['white and 1/f -75 dBFS'] = lambda s: electronic(s, -75, True)
    for length_ms, each_s in ((5, 0.5), (10, 0.5), (20, 0.5), (20, 0.2), (60, 1.0)):
        table['DROPOUT'][f'{length_ms} ms every {each_s} s'] = (
            lambda s, a=length_ms, b=each_s: dropped(s, a, b)
        )  # fmt: skip
    for over_db, rail in ((0, 1.0), (3, 1.0), (6, 1.0), (12, 1.0), (20, 1.0), (12, 0.3)):
        table['CLIPPED'][f'+{over_db} dB at {rail} of full scale'] = (
            lambda s, a=over_db, b=rail: clipped(s, a, b)
        )  # fmt: skip
    for offset in (0.05, 0.1, 0.2, 0.4):
        table['DC'][f'{offset}'] = lambda s, v=offset: in_16_bits(s * 0.5 + v)
    for level_db in (-20, -10, -5, 0, 10):
        for mains_hz in (50, 60):
            table['HUM'][f'{mains_hz} Hz at {level_db} dB'] = (
                lambda s, a=mains_hz, b=level_db: hum(s, a, b)
            )  # fmt: skip
    return table


def conditions(sound: Sound) -> Counter[str]:
    """How many hops of a sound were in each condition."""
    quality, health = MicrophoneQuality(), MicrophoneHealth()
    seen: Counter[str] = Counter()
    for first in range(0, len(sound) - HOP + 1, HOP):
        block = sound[first : first + HOP]
        start = time.thread_time()
        seen[health.push(block, quality.push(block)).condition.name] += 1
        _TIMES_MS.append((time.thread_time() - start) * 1e3)
    return seen


def row(kind: str, level: str, wanted: str, found: list[Counter[str]]) -> list[str]:
    """One line of the table: how often the fault was told, and how often another."""
    n = len(found)
    right = sum(seen[wanted] > 0 if wanted != 'OK' else set(seen) == {'OK'} for seen in found)
    others = Counter(name for seen in found for name in seen if name not in (wanted, 'OK'))
    low, high = wilson_interval(right, n)
    told = ' '.join(f'{name}:{count}' for name, count in others.most_common())
    return [kind, level, wanted, str(n), str(right), f'{low:.3f}', f'{high:.3f}', told]


def main() -> int:
    """Print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--part', choices=('train', 'validation', 'test'), default='test')
    parser.add_argument('--each', type=int, default=40, help='recordings of each kind')
    parser.add_argument('--csv', type=Path)
    parser.add_argument('--show', action='store_true', help='name recordings judged wrongly')
    options = parser.parse_args()
    chosen = recordings(recordings_folder(), options.part, options.each)
    sounds = {kind: [(p, sound_of(p)) for p in paths] for kind, paths in chosen.items()}
    rows = [['recordings', 'fault', 'condition', 'n', 'right', 'low', 'high', 'others told']]
    healthy: list[Sound] = []
    for kind, members in sounds.items():
        good = [(path, sound) for path, sound in members if not has_own_fault(sound)]
        healthy += [sound for _, sound in good]
        seen = [conditions(sound) for _, sound in good]
        rows.append(row(kind, 'none', 'OK', seen))
        faulty = [conditions(sound) for _, sound in members if has_own_fault(sound)]
        if faulty:
            told = Counter(name for found in faulty for name in found if name != 'OK')
            missed = sum(set(found) == {'OK'} for found in faulty)
            print(f'{kind}: {len(faulty)} recordings have a fault of their own: {dict(told)}, '
                  f'{missed} not told')  # fmt: skip
        if options.show:
            for (path, _), found in zip(good, seen, strict=True):
                if set(found) != {'OK'}:
                    print('  ', path.name, dict(found))
    some = healthy[:: max(1, len(healthy) // 50)]
    rng = np.random.default_rng(0)
    for wanted, levels in faults(rng).items():
        for level, spoil in levels.items():
            rows.append(row('all kinds', level, wanted, [conditions(spoil(s)) for s in some]))
    for line in rows:
        print('{:16} {:28} {:9} {:>4} {:>5} {:>6} {:>6}  {}'.format(*line))
    p50, p95 = np.percentile(_TIMES_MS, [50, 95])
    print(f'{p50:.2f} ms of processor time a hop of 40 ms (p95 {p95:.2f})')
    if options.csv:
        with options.csv.open('w', newline='') as file:
            csv.writer(file).writerows(rows)
    return 0


if __name__ == '__main__':
    raise SystemExit(main())
