# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the demo's graph published, compared with what was really said and done."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

MODES = (
    'NOMINAL',
    'AUDIO_DEGRADED',
    'CAMERA_DEGRADED',
    'V2X_FALLBACK',
    'AUDIO_ONLY',
    'VISUAL_ONLY',
    'BLIND',
)
SETTLE_S = 0.8  # an episode's effect is measured from this long after its beginning
FEWEST_HOPS = 0.8  # of 25 Hz
BLIND_AUDIO_WEIGHT = 0.87  # what the gate has to reach with a dark camera
LEAST_FALL = 0.03  # of the audio weight in noise
WEIGHT_COLUMNS = (
    'time_s',
    'audio',
    'visual',
    'v2x',
    'audio_snr_db',
    'camera_quality',
    'v2x_age_s',
    'mode',
)


@dataclass(frozen=True, slots=True)
class Heard:
    """One recognised command; times are seconds of the scene."""

    start_s: float
    end_s: float
    text: str
    id: str
    confidence: float
    latency_s: float

    def overlap_s(self, utterance: dict[str, Any]) -> float:
        """Return how long the command and an utterance coincide; negative when they do not."""
        begin_s = max(self.start_s, utterance['start_s'])
        return float(min(self.end_s, utterance['end_s']) - begin_s)


@dataclass
class DemoResult:
    """Everything that came from the graph; ``truth`` is the generator's ground truth.

    A row of ``weights`` has WEIGHT_COLUMNS, of ``modes`` (time_s, mode, reason).
    """

    truth: dict[str, Any]
    commands: list[Heard] = field(default_factory=list)
    weights: list[tuple[float, ...]] = field(default_factory=list)
    modes: list[tuple[float, int, str]] = field(default_factory=list)

    def recognised_in(self, utterance: dict[str, Any]) -> str:
        """Return what was recognised of ``utterance``; empty for nothing.

        A command belongs to the utterance that it overlaps longest.
        """
        texts = [
            heard.text
            for heard in self.commands
            if max(self.truth['utterances'], key=heard.overlap_s) is utterance
            and heard.overlap_s(utterance) > 0
        ]
        return ' / '.join(texts)

    def right(self) -> int:
        """Return how many utterances were recognised as just what was said."""
        return sum(self.recognised_in(u) == u['text'] for u in self.truth['utterances'])

    def episode(self, kind: str) -> dict[str, Any]:
        """Return the event of this kind."""
        return next(event for event in self.truth['events'] if event['kind'] == kind)

    def weight_in(self, column: str, start_s: float, end_s: float) -> float:
        """Return the median of a column over a span; NaN without any value."""
        k = WEIGHT_COLUMNS.index(column)
        values = [row[k] for row in self.weights if start_s <= row[0] < end_s]
        return float(np.nanmedian(values)) if values else float('nan')

    def checks(self) -> list[tuple[str, bool]]:
        """Return what must hold for the graph to have worked, and whether it does."""
        noise, dark = self.episode('noise'), self.episode('blackout')
        before = (SETTLE_S + 1.0, noise['start_s'])
        in_noise = (noise['start_s'] + SETTLE_S, noise['end_s'])
        in_dark = (dark['start_s'] + SETTLE_S, dark['end_s'])
        hops = self.truth['duration_s'] * 25

        def audio(span: tuple[float, float]) -> float:
            return self.weight_in('audio', *span)

        return [
            (
                f'{len(self.weights)} weights of {hops:.0f} hops',
                len(self.weights) >= FEWEST_HOPS * hops,
            ),
            (
                f'audio weight falls in noise: {audio(before):.2f} to {audio(in_noise):.2f}',
                audio(in_noise) < audio(before) - LEAST_FALL,
            ),
            (
                f'audio weight in the blackout: {audio(in_dark):.2f}',
                audio(in_dark) >= BLIND_AUDIO_WEIGHT,
            ),
            (
                'the mode changes in the blackout',
                any(dark['start_s'] <= at_s <= dark['end_s'] + 1.0 for at_s, _, _ in self.modes),
            ),
            (f'{self.right()} commands right', self.right() > 0),
        ]

    def write(self, folder: Path, seconds: float) -> bool:
        """Write commands.csv, weights.csv and summary.md; return whether every check holds."""
        heard_rows = [
            (h.start_s, h.end_s, h.id, h.text, h.confidence, h.latency_s) for h in self.commands
        ]
        heading = ('start_s', 'end_s', 'id', 'text', 'confidence', 'latency_s')
        _write_csv(folder / 'commands.csv', heading, heard_rows)
        _write_csv(folder / 'weights.csv', WEIGHT_COLUMNS, self.weights)
        (folder / 'summary.md').write_text(self._summary(seconds))
        return all(holds for _, holds in self.checks())

    def _summary(self, seconds: float) -> str:
        said = self.truth['utterances']
        lines = ['# Demo', '', f'{self.right()} of {len(said)} commands right, {seconds:.0f} s.']
        lines += ['', '| time | said | recognised | |', '|---|---|---|---|']
        for utterance in said:
            recognised = self.recognised_in(utterance)
            mark = (
                'right' if recognised == utterance['text'] else 'missed' if not recognised else ''
            )
            lines.append(
                f'| {utterance["start_s"]:.1f} s | {utterance["text"]} | {recognised} | '
                f'{mark or "wrong"} |'
            )
        lines += [
            '',
            '| span | audio | visual | SNR [dB] | camera quality |',
            '|---|---|---|---|---|',
        ]
        for name, start_s, end_s in self.spans():
            values = [
                self.weight_in(column, start_s, end_s)
                for column in ('audio', 'visual', 'audio_snr_db', 'camera_quality')
            ]
            lines.append(f'| {name} | ' + ' | '.join(f'{value:.2f}' for value in values) + ' |')
        lines += ['', '| time | mode | reason |', '|---|---|---|']
        lines += [f'| {at_s:.1f} s | {MODES[mode]} | {why} |' for at_s, mode, why in self.modes]
        lines += ['']
        lines += [f'- {"ok" if holds else "FAILED"}: {text}' for text, holds in self.checks()]
        return '\n'.join(lines) + '\n'

    def spans(self) -> list[tuple[str, float, float]]:
        """Return (name, start, end) of the quiet beginning and of every event."""
        events = self.truth['events']
        first_s = min(event['start_s'] for event in events)
        named = [(e['kind'], e['start_s'] + SETTLE_S, e['end_s']) for e in events]
        return [('before', SETTLE_S + 1.0, first_s), *named]


def _write_csv(path: Path, heading: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    with path.open('w', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(heading)
        for row in rows:
            writer.writerow([f'{v:.4g}' if isinstance(v, float) else v for v in row])
