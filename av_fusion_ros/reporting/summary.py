# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A run in plain words and a few numbers."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from av_fusion_ros.recognition.mode_table import Mode
from av_fusion_ros.reporting.run import LEVEL_OK, Columns, Run
from av_fusion_ros.reporting.scales import clock
from av_fusion_ros.reporting.spans import AlarmSpan, alarm_spans, mode_shares
from av_fusion_ros.reporting.timeline import event_word, mode_word
from av_fusion_ros.reporting.verdicts import CONFLICT, MISSED, RIGHT, WRONG, judge

HOP_HZ = 25.0
#: Fewer weights than this share of one every 40 ms, and the machine did not keep up.
ENOUGH = 0.9
START_S = 1.0
MOST_TROUBLES = 4
SETTLE_S = 0.8  # an event's effect is measured from this long after its beginning


@dataclass(frozen=True, slots=True)
class Fact:
    """One number of the summary: what it is, and a word on it."""

    name: str
    value: str
    remark: str = ''


@dataclass(frozen=True, slots=True)
class Episode:
    """Medians over a stretch of time; NaN = unknown."""

    name: str
    start_s: float
    end_s: float
    ear: float
    eye: float
    roadside: float
    snr_db: float
    camera_quality: float


def facts(run: Run) -> list[Fact]:
    """The numbers that matter, of those that the run has."""
    found = [_commands(run)]
    waits_s = waits(run)
    if len(waits_s):
        found.append(
            Fact(
                'end of command to message',
                _short(float(np.median(waits_s))),
                f'median; longest {_short(float(np.max(waits_s)))}',
            )
        )
    shares = mode_shares(run)
    if shares:
        first, *others = shares
        rest = ', '.join(f'{mode_word(m.name)} {shares[m]:.0%}' for m in others)
        found.append(Fact(f'of the time {mode_word(first.name)}', f'{shares[first]:.0%}', rest))
    raised = raised_alarms(run)
    if run.alarms:
        kinds = Counter(span.state.name for span in raised)
        words = ', '.join(f'{kind} ({n})' if n > 1 else kind for kind, n in kinds.items())
        found.append(Fact('alarms', str(len(raised)), words))
    return found


def _commands(run: Run) -> Fact:
    if run.truth is None:
        return Fact('commands', str(len(run.commands)), 'no ground truth beside the bag')
    judged, extra = judge(run.truth['utterances'], run.commands)
    count = Counter(each.verdict for each in judged)
    decided = len(judged) - count[CONFLICT]
    parts = [
        f'{n} {word}'
        for n, word in (
            (count[WRONG], 'wrong'),
            (count[MISSED], 'missed'),
            (len(extra), 'where nothing was said'),
            (count[CONFLICT], 'with lips and sound at odds'),
        )
        if n
    ]
    return Fact('commands right', f'{count[RIGHT]} of {decided}', ', '.join(parts))


def _short(seconds: float) -> str:
    return f'{1000 * seconds:.0f} ms' if abs(seconds) < 1 else f'{seconds:.1f} s'


def waits(run: Run) -> np.ndarray:
    """Seconds from each command's last sound to its message, in the bag's time; may be empty."""
    if not run.clock_fits():
        return np.zeros(0)
    return np.array([command.received_s - command.end_s for command in run.commands])


def raised_alarms(run: Run) -> list[AlarmSpan]:
    """The contradictions that were told."""
    return [span for span in alarm_spans(run) if span.state.raised]


def episodes(run: Run) -> list[Episode]:
    """Trust before anything was done, and while each thing was; empty without a ground truth."""
    if run.truth is None or not run.weights or not run.truth['events']:
        return []
    first_s = min(event['start_s'] for event in run.truth['events'])
    spans = [('before', SETTLE_S, first_s)] if first_s > 2 * SETTLE_S else []
    spans += [(event_word(e), e['start_s'] + SETTLE_S, e['end_s']) for e in run.truth['events']]
    return [
        Episode(
            name,
            start_s,
            end_s,
            *(
                _median(run.weights, column, start_s, end_s)
                for column in ('audio', 'visual', 'v2x', 'audio_snr_db', 'camera_quality')
            ),
        )
        for name, start_s, end_s in spans
    ]


def _median(columns: Columns, name: str, start_s: float, end_s: float) -> float:
    inside = (columns['time_s'] >= start_s) & (columns['time_s'] < end_s)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', RuntimeWarning)  # of a span without any number
        return float(np.nanmedian(columns[name][inside]))


def sentences(run: Run) -> Iterator[str]:
    """The run in plain words."""
    yield _what_happened(run)
    weights = run.weights
    if weights:
        whole = {name: float(weights[name].mean()) for name in ('audio', 'visual', 'v2x')}
        senses = {'audio': 'the ear', 'visual': 'the eye', 'v2x': 'the roadside camera'}
        most = max(whole, key=lambda name: whole[name])
        others = ', '.join(
            f'{senses[name]} for {value:.2f}'
            for name, value in whole.items()
            if name != most and value > 0
        )
        told = f'On average {senses[most]} counted for {whole[most]:.2f}'
        yield f'{told}, {others}.' if others else f'{told}.'
    for episode in episodes(run)[1:]:
        ear = f'the ear counted for {episode.ear:.2f}'
        yield f'During “{episode.name}” {ear} and the eye for {episode.eye:.2f}.'
    yield from _trouble(run)


def _what_happened(run: Run) -> str:
    length = f'{run.duration_s:.0f} s' if run.duration_s < 120 else f'{run.duration_s / 60:.1f} min'
    if run.truth is None:
        heard = len(run.commands)
        return f'{length}, in which {heard or "no"} command{"s" * (heard != 1)} were recognised.'
    fact = _commands(run)
    said = len(run.truth['utterances'])
    told = f'{length}, in which {said} commands were said; {fact.value} were recognised right'
    return f'{told} ({fact.remark}).' if fact.remark else f'{told}.'


def _trouble(run: Run) -> Iterator[str]:
    """What was wrong with the run itself."""
    hops = len(run.weights.get('time_s', ()))
    if run.weights and hops < ENOUGH * HOP_HZ * run.duration_s:
        yield (
            f'Weights came for only {hops / (HOP_HZ * run.duration_s):.0%} of the time: '
            'the machine did not keep up, or an input was silent.'
        )
    # At the ends of a run nothing is heard or seen yet, or any more.
    during = (c for c in run.health if START_S < c.time_s < run.duration_s - START_S)
    first: dict[tuple[str, str], float] = {}
    for change in during:
        of_mode = change.message.startswith(tuple(f'{mode.name}:' for mode in Mode))
        if change.level != LEVEL_OK and not of_mode:
            first.setdefault((change.name, change.message), change.time_s)
    for (name, message), time_s in list(first.items())[:MOST_TROUBLES]:
        yield f'{name} reported “{message}”, first at {clock(time_s, 1)}.'
