# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Each measurement as rows: what, in which condition, figure, interval, of how many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from av_fusion_ros.learning.agreement_conditions import HEARD_OTHERWISE, NOISY, PICTURES, Material
from av_fusion_ros.learning.statistics import rate_interval, wilson_interval
from av_fusion_ros.recognition.consistency import Kind, Level
from av_fusion_ros.recognition.consistency_settings import ConsistencySettings
from benchmarks.consistency.trials import Hours, Trial, TrialBench
from benchmarks.consistency.windows import (
    Scores,
    WindowBench,
    abstained,
    area,
    area_forced,
    calibration_error,
)

SHIFTS_HOPS = (1, 2, 3, 4, 5, 8, 15, 22, -2, -3, -5, -8, -15)
ANY_SNR_DB = -100.0  # judges whatever the noise
Row = tuple[str, str, str, float, float, float, int]
NO_LIMIT = float('nan')


@dataclass(frozen=True, slots=True)
class Setting:
    """What every measurement needs."""

    material: Material
    settings: ConsistencySettings
    temperature: float


def swap_rows(setting: Setting) -> Iterator[Row]:
    """Own picture against that of another clip, by noise, picture and treatment of the sound."""
    judging = WindowBench(setting.material, setting.settings, setting.temperature)
    always = WindowBench(
        setting.material, replace(setting.settings, min_snr_db=ANY_SNR_DB), setting.temperature
    )
    all_good, all_bad = [], []
    conditions = [(sound, 'good') for sound in (*NOISY, *HEARD_OTHERWISE)]
    conditions += [('clean', picture) for picture in PICTURES[1:]]
    for sound, picture in conditions:
        name = sound if picture == 'good' else f'{sound}, {picture} picture'
        good, bad = always.matched(sound, picture), always.swapped(sound, picture)
        yield from _areas('content swap', name, good, bad)
        if sound in NOISY and picture == 'good':
            all_good.append(good)
            all_bad.append(bad)
            good, bad = judging.matched(sound), judging.swapped(sound)
            yield from _abstention(name, good, bad)
    for length in ('second', 'three'):
        error = calibration_error(all_good, all_bad, length)
        n = sum(len(one.clip) for one in (*all_good, *all_bad))
        yield 'calibration error', 'all noises', _LENGTH[length], error, NO_LIMIT, NO_LIMIT, n


_LENGTH = {'second': '1 s', 'three': '3 s', 'offset_s': '3 s'}


def _areas(what: str, name: str, good: Scores, bad: Scores) -> Iterator[Row]:
    for length in ('second', 'three'):
        n = int(np.isfinite(good.of(length)).sum() + np.isfinite(bad.of(length)).sum())
        yield (f'{what} AUROC', name, _LENGTH[length], *area(good, bad, length), n)


def _abstention(name: str, good: Scores, bad: Scores) -> Iterator[Row]:
    for length in ('second', 'three'):
        n = len(good.clip) + len(bad.clip)
        share = abstained((good, bad), length)
        yield 'abstained', name, _LENGTH[length], share, *wilson_interval(round(share * n), n), n
        if share < 0.98:
            judged = area(good, bad, length)
            yield 'content swap AUROC, abstaining', name, _LENGTH[length], *judged, n
        forced = area_forced(good, bad, length)
        yield (
            'content swap AUROC, abstention as 0.5', name, _LENGTH[length],
            forced, NO_LIMIT, NO_LIMIT, n,
        )  # fmt: skip


def shift_rows(setting: Setting, sounds: tuple[str, ...] = ('clean', 'crowd 5')) -> Iterator[Row]:
    """In step against shifted, and the error of the estimated offset."""
    bench = WindowBench(setting.material, setting.settings, setting.temperature)
    for sound in sounds:
        good = bench.matched(sound)
        shifted = {}
        for hops in SHIFTS_HOPS:
            late = bench.matched(sound, late_hops=hops)
            shifted[f'{40 * hops:+d} ms, {sound}'] = hops * 0.04, late
        if sound == 'clean':
            shifted['+125 ms, clean'] = 0.125, bench.matched('125 ms late')
        errors = [good.offset_s]
        for name, (true_s, bad) in shifted.items():
            known = int(np.isfinite(bad.offset_s).sum())
            yield 'desync AUROC', name, '3 s', *area(good, bad, 'offset_s'), known
            error = bad.offset_s - true_s
            errors.append(error)
            yield _error_row(name, error, bad)
        yield _error_row(f'all shifts, {sound}', np.concatenate(errors), good)
        share = abstained((good,), 'offset_s')
        n = len(good.clip)
        yield (
            'offset not told', sound, '3 s', share, *wilson_interval(round(share * n), n), n
        )  # fmt: skip


def _error_row(name: str, error_s: np.ndarray, scores: Scores) -> Row:
    known = error_s[np.isfinite(error_s)]
    rng = np.random.default_rng(0)
    # Neighbouring windows share most of their sound: blocks of a clip's worth are drawn.
    blocks = np.array_split(np.abs(known), max(len(known) // 7, 1))
    means = [
        float(np.concatenate([blocks[k] for k in rng.integers(0, len(blocks), len(blocks))]).mean())
        for _ in range(200)
    ]
    low, high = np.quantile(means, (0.025, 0.975))
    mean = float(np.abs(known).mean())
    return 'offset error s', name, '3 s', mean, float(low), float(high), len(known)


#: What goes wrong, in which sound, by how many hops, and how many streams of it.
TRIALS = (
    ('swap', 'clean', 0, 150),
    ('swap', 'fade', 0, 100),
    ('swap', 'machine 10', 0, 100),
    ('swap', 'crowd 5', 0, 100),
    ('swap', 'vehicle 0', 0, 100),
    ('still lips', 'clean', 0, 100),
    ('desync', 'clean', 5, 100),
    ('desync', 'clean', -5, 100),
    ('desync', 'clean', 8, 60),
    ('desync', 'clean', 15, 60),
    ('desync', 'clean', 3, 60),
    ('desync', 'crowd 5', 8, 60),
    ('loop of the picture', 'clean', 90, 40),
    ('loop of both', 'clean', 90, 40),
    ('loop of both', 'clean', 200, 40),
)


def trial_rows(setting: Setting, seed: int, chosen: slice = slice(None)) -> Iterator[Row]:
    """Time to the alarm, what it was called, and false alarms before anything was wrong."""
    bench = TrialBench(setting.material, setting.settings, setting.temperature)
    for what, sound, hops, n in TRIALS[chosen]:
        found = bench.trials(what, sound, n, seed, hops)
        by = f' {40 * hops:+d} ms' if what == 'desync' else f' {0.04 * hops:g} s' if hops else ''
        yield from _delays(f'{what}{by}', sound, found)
        if what == 'desync':
            error = np.array([trial.offset_s for trial in found]) - hops * 0.04
            known = np.abs(error[np.isfinite(error)])
            mean = float(known.mean()) if len(known) else float('nan')
            yield f'{what}{by}', sound, 'offset error s', mean, NO_LIMIT, NO_LIMIT, len(known)


def _delays(name: str, sound: str, found: list[Trial]) -> Iterator[Row]:
    n = len(found)
    for since in ('speech', 'onset'):
        took = np.sort([getattr(trial, f'since_{since}_s') for trial in found])
        for label, share in (('median', 0.5), ('p95', 0.95)):
            # Order statistics bound a quantile without any assumption.
            low, high = wilson_interval(round(share * n), n)
            place = [min(n - 1, int(q * n)) for q in (share, low, high)]
            yield name, sound, f'{label} since {since} s', *(float(took[k]) for k in place), n
    detected = sum(np.isfinite(trial.since_onset_s) for trial in found)
    yield name, sound, 'found', detected / n, *wilson_interval(detected, n), n
    for kind in sorted({trial.kind for trial in found}):
        count = sum(trial.kind is kind for trial in found)
        yield name, sound, f'called {kind.name}', count / n, *wilson_interval(count, n), n
    early = sum(trial.early > 0 for trial in found)
    yield name, sound, 'alarm before it', early / n, *wilson_interval(early, n), n


def hour_rows(total: Hours) -> Iterator[Row]:
    """False alarms an hour by kind, and how the time is shared among the levels."""
    counts: dict[str, int] = {kind.name: total.false[kind] for kind in Kind if total.false[kind]}
    for name, count in {'any': sum(total.false.values()), **counts}.items():
        rate = count / total.hours
        low, high = rate_interval(count, total.hours)
        yield 'false alarms an hour', 'consistent material', name, rate, low, high, count
    hops = sum(total.levels.values())
    yield 'hours', 'consistent material', '', total.hours, NO_LIMIT, NO_LIMIT, hops
    for level in Level:
        share = total.levels[level] / hops
        yield 'share of time', 'consistent material', level.name, share, NO_LIMIT, NO_LIMIT, hops
