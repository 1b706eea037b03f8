# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Streams in which something goes wrong midway, and hours in which nothing does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from av_fusion_ros.learning.agreement_conditions import CONSISTENT, PICTURES, SILENT, Material
from av_fusion_ros.recognition.consistency import Kind, Level
from av_fusion_ros.recognition.consistency_settings import ConsistencySettings
from benchmarks.consistency.streams import Run, joined, orders, run, shifted

BEFORE, AFTER = 4, 4  # clips
STREAM_CLIPS = 200  # of consistent material, ten minutes
APART_KINDS = (Kind.CONTENT, Kind.DESYNC, Kind.WRONG_SPEAKER)
#: What a trial is, and which kinds are an answer to it.
ANSWERS = {
    'swap': APART_KINDS,
    'still lips': APART_KINDS,
    'desync': APART_KINDS,
    'loop of the picture': (*APART_KINDS, Kind.LOOPED_MEDIA),
    'loop of both': (Kind.LOOPED_MEDIA,),
}


@dataclass(slots=True)
class Trial:
    """What one stream brought."""

    since_onset_s: float  # until the first answer; inf = never
    since_speech_s: float
    early: int  # alarms before anything was wrong
    kind: Kind  # the last that was raised after the onset
    kinds: frozenset[Kind]
    offset_s: float  # median of what was estimated in the last four seconds


class TrialBench:
    """Draws streams from a part's material."""

    def __init__(self, material: Material, settings: ConsistencySettings, temperature: float):
        self._material, self._settings = material, settings
        self._temperature = temperature
        self._hops = len(material.heard['clean'][0])

    def trials(self, what: str, sound: str, n: int, seed: int, hops: int = 0) -> list[Trial]:
        """``n`` streams in which ``what`` goes wrong midway; ``hops``: shift or period."""
        rng = np.random.default_rng([seed, hops + 100])
        return [self._trial(what, sound, rng, hops) for _ in range(n)]

    def _trial(self, what: str, sound: str, rng: np.random.Generator, hops: int) -> Trial:
        material, n = self._material, len(self._material.names)
        order = orders(n, BEFORE + AFTER, rng)
        onset = BEFORE * self._hops
        if what.startswith('loop'):
            order = orders(n, 12 + AFTER, rng)
            onset = 12 * self._hops
        heard = joined([material.heard[sound][k] for k in order])
        pictures = [material.seen['good'][k] for k in order]
        if what == 'swap':
            other = orders(n, BEFORE + AFTER, rng)
            pictures[BEFORE:] = [
                material.seen['good'][a if a != b else (a + 1) % n]
                for a, b in zip(other[BEFORE:], order[BEFORE:], strict=True)
            ]
        elif what == 'still lips':
            pictures[BEFORE:] = [material.seen['still'][k] for k in order[BEFORE:]]
        seen = [hop for clip in pictures for hop in clip]
        if what == 'desync':
            heard = shifted(heard, hops, onset)
        if what.startswith('loop'):
            places = [
                k if k < onset else onset - hops + (k - onset) % hops for k in range(len(seen))
            ]
            seen = [seen[k] for k in places]
            if what == 'loop of both':
                heard = [heard[k] for k in places]
        found = run(heard, seen, self._settings, self._temperature)
        if what == 'loop of both':  # only a second time round is it one
            onset += hops
        return self._judged(found, onset, ANSWERS[what])

    def _judged(self, found: Run, onset: int, answers: tuple[Kind, ...]) -> Trial:
        onset_s, speech_s = found.delay_s(onset, answers)
        after = [kind for hop, kind in found.raised if hop >= onset]
        late = [o for o in found.offsets_s[-100:] if o == o]
        return Trial(
            onset_s,
            speech_s,
            sum(hop < onset for hop, _ in found.raised),
            after[-1] if after else Kind.NONE,
            frozenset(after),
            float(np.median(late)) if late else float('nan'),
        )


@dataclass(slots=True)
class Hours:
    """Hours of consistent material."""

    hours: float = 0.0
    false: Counter[Kind] = field(default_factory=Counter)
    levels: Counter[Level] = field(default_factory=Counter)
    spoke_hops: int = 0
    where: list[tuple[str, str]] = field(default_factory=list)  # clip and condition of false alarms


def consistent_stream(
    material: Material,
    settings: ConsistencySettings,
    temperature: float,
    rng: np.random.Generator,
) -> tuple[Run, list[tuple[int, str, str]]]:
    """Ten minutes: clips in random order, each with a sound and a picture drawn for it.

    One clip in five is silence or noise before a closed mouth. A sound's condition lasts five
    clips: a place does not change every three seconds.
    """
    order = orders(len(material.names), STREAM_CLIPS, rng)
    heard, seen, drawn = [], [], []
    sound = picture = ''
    for place, clip in enumerate(order):
        if place % 5 == 0:
            sound, picture = str(rng.choice(CONSISTENT)), str(rng.choice(PICTURES))
        here, view = sound, picture
        if rng.random() < 0.2:
            here, view = str(rng.choice(SILENT)), 'still'
        heard += material.heard[here][clip]
        seen += material.seen[view][clip]
        drawn.append((clip, here, view))
    return run(heard, seen, settings, temperature), drawn


def consistent_hours(
    material: Material, settings: ConsistencySettings, temperature: float, hours: float, seed: int
) -> Iterator[Hours]:
    """So many hours, stream by stream; the same object, growing."""
    total, rng = Hours(), np.random.default_rng([seed, 0xC0])
    clip_hops = len(material.heard['clean'][0])
    while total.hours < hours:
        found, drawn = consistent_stream(material, settings, temperature, rng)
        total.hours += found.hours
        total.levels.update(found.levels)
        total.spoke_hops += sum(found.spoke)
        for hop, kind in found.raised:
            total.false[kind] += 1
            clip, sound, picture = drawn[hop // clip_hops]
            total.where.append((f'{kind.name} in {material.names[clip]}', f'{sound}, {picture}'))
        yield total
