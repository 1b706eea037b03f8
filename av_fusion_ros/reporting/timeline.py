# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A run as a timeline: which tracks there are and what is on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from av_fusion_ros.reporting.curves import curve, stack
from av_fusion_ros.reporting.run import Run
from av_fusion_ros.reporting.scales import nice_steps
from av_fusion_ros.reporting.sign_tracks import sign_tracks
from av_fusion_ros.reporting.spans import alarm_spans, mode_spans
from av_fusion_ros.reporting.spectrogram_picture import spectrogram_picture
from av_fusion_ros.reporting.tracks import Line, Span, Tile, Timeline, Track
from av_fusion_ros.reporting.verdicts import CONFLICT, MISSED, RIGHT, judge

SENSES = (('ear', 'ear'), ('eye', 'eye'), ('roadside', 'roadside'))
#: Events of a ground truth that spoil the sound; the others spoil the picture.
SOUND_EVENTS = ('noise', 'mic_dead', 'mic_loss', 'desync', 'mismatch')


def timeline(run: Run) -> Timeline:
    """The tracks for which the run has data, in the order in which they are to be read."""
    events = on_rows(
        Span(e['start_s'], min(e['end_s'], run.duration_s), event_word(e), _event_colour(e))
        for e in ([] if run.truth is None else run.truth['events'])
    )
    tracks = list(_tracks(run))
    if events:
        told = 'what was done to sound and picture; shaded below'
        rows = 1 + max(event.row for event in events)
        tracks.insert(0, Track('Disturbances', explained=told, height=30 * rows, spans=events))
    return Timeline(run.duration_s, tuple(tracks), events)


def on_rows(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The spans by time, each on the first row where it overlaps no other."""
    ends_s: list[float] = []
    placed = []
    for span in sorted(spans, key=lambda each: each.start_s):
        row = next((k for k, end_s in enumerate(ends_s) if end_s <= span.start_s), len(ends_s))
        ends_s[row : row + 1] = [span.end_s]
        placed.append(replace(span, row=row))
    return tuple(placed)


def event_word(event: dict[str, Any]) -> str:
    """An event of a ground truth in a few words: 'noise -8 dB engine', 'mic dead'."""
    word = str(event['kind']).replace('_', ' ')
    if event.get('snr_db') is not None:
        word += f' {event["snr_db"]:g} dB {event.get("sound", "")}'
    return word.strip().replace('-', '−')


def _event_colour(event: dict[str, Any]) -> str:
    if event['kind'] == 'v2x':
        return 'roadside'
    return 'noise' if event['kind'] in SOUND_EVENTS else 'dark'


def _tracks(run: Run) -> Iterator[Track]:
    if run.commands or run.truth:
        yield _commands(run)
    if run.sound is not None:
        yield Track(
            'Sound',
            explained='log-mel spectrogram, 60 Hz to 7.6 kHz, low notes below',
            height=96,
            image=spectrogram_picture(run.sound, run.duration_s),
        )
    if run.mouths:
        yield Track(
            'Mouth',
            explained='what the lip reader gets; a faint picture is all there was without a face',
            height=112,
            tiles=tuple(Tile(m.time_s, m.picture, not m.has_face) for m in run.mouths),
        )
    yield from sign_tracks(run)
    if run.weights:
        weights = run.weights
        values = np.stack([weights['audio'], weights['visual'], weights['v2x']])
        yield Track(
            'Trust',
            explained='how much each sense counts; nothing counts while blind',
            height=110,
            marks=(0.0, 0.5, 1.0),
            lines=stack(SENSES, weights['time_s'], values),
            stacked=True,
        )
    modes = mode_spans(run)
    if modes:
        spans = tuple(
            Span(m.start_s, m.end_s, mode_word(m.mode.name), f'mode{m.mode.value}', m.reason)
            for m in modes
        )
        yield Track('Mode', height=30, spans=spans)
    if run.alarms:
        yield _alarms(run)
    latency = _latency(run)
    if latency is not None:
        yield latency


def mode_word(name: str) -> str:
    """A mode's name for people: AUDIO_DEGRADED -> audio degraded."""
    return name.replace('_', ' ').lower()


def _commands(run: Run) -> Track:
    utterances = [] if run.truth is None else run.truth['utterances']
    judged, _ = judge(utterances, run.commands)
    said = [
        Span(j.start_s, j.end_s, j.said, 'said', f'said{f", heard {j.heard}" * bool(j.heard)}')
        for j in judged
    ]
    answers = [
        Span(j.start_s, j.end_s, '✗ missed', 'wrong', f'{j.said} was not recognised', 1)
        for j in judged
        if j.verdict == MISSED
    ]
    for command in run.commands:
        verdict = next((j.verdict for j in judged if command in j.commands), 'extra')
        colour, mark = 'wrong', '✗ '
        if not utterances:
            colour, mark = 'plain', ''
        elif verdict == RIGHT:
            colour, mark = 'right', '✓ '
        elif verdict == CONFLICT:
            colour, mark = 'doubt', ''
        told = f'recognised, confidence {command.confidence:.2f}'
        row = 1 if utterances else 0
        span = Span(command.start_s, command.end_s, mark + command.text, colour, told, row)
        answers.append(span)
    explained = 'above what was said, below what was recognised' if utterances else 'recognised'
    return Track(
        'Commands',
        explained=explained,
        height=88 if utterances else 44,
        spans=(*said, *answers),
        row_height=44,
    )


def _alarms(run: Run) -> Track:
    spans = []
    for span in alarm_spans(run):
        score = '' if np.isnan(span.state.score) else f', agreement {span.state.score:.2f}'
        word = span.state.name if span.state.raised else 'cannot tell'
        colour = 'wrong' if span.state.raised else 'plain'
        told = f'{span.state.detail}{score}'
        spans.append(Span(span.start_s, span.end_s, word, colour, told))
    explained = '' if any(s.colour == 'wrong' for s in spans) else 'none was raised'
    return Track('Alarms', explained=explained, height=30, spans=tuple(spans))


def _latency(run: Run) -> Track | None:
    if not run.clock_fits():
        return None
    lines = []
    if run.weights:
        times_s = run.weights['time_s']
        ages_ms = 1000 * (run.weights['received_s'] - times_s)
        lines.append(curve('newest sample to weights', 'plain', times_s, ages_ms))
    if run.commands:
        ends_s = np.array([c.end_s for c in run.commands])
        waits_ms = 1000 * (np.array([c.received_s for c in run.commands]) - ends_s)
        lines.append(Line('end of command to message', 'said', ends_s, waits_ms, dots=True))
    values = np.concatenate([each.value for each in lines])
    high = max(500.0, 1.08 * float(np.nanmax(values)))
    return Track(
        'Latency',
        'ms',
        "in the bag's time",
        height=90,
        high=high,
        marks=tuple(nice_steps(high, 4)),
        lines=tuple(lines),
    )
