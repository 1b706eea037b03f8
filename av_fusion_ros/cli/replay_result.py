# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the graph published while a generated scene was played into it, beside the ground truth."""

from __future__ import annotations

import csv
import shutil
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
COMMAND_COLUMNS = ('start_s', 'end_s', 'id', 'text', 'confidence', 'latency_s')


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
class ReplayResult:
    """Everything that came from the graph; ``truth`` is the generator's ground truth.

    A row of ``weights`` has WEIGHT_COLUMNS, of ``modes`` (time_s, mode, reason), of ``alarms``
    (time_s, kind, level, detail). Times are seconds of the scene, by the stamps.
    """

    truth: dict[str, Any]
    commands: list[Heard] = field(default_factory=list)
    weights: list[tuple[float, ...]] = field(default_factory=list)
    modes: list[tuple[float, int, str]] = field(default_factory=list)
    alarms: list[tuple[float, int, int, str]] = field(default_factory=list)

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

    def is_right(self, utterance: dict[str, Any]) -> bool:
        """Return whether just what was said was recognised."""
        return self.recognised_in(utterance).lower() == utterance['text'].lower()

    def right(self) -> int:
        """Return how many utterances were recognised as just what was said."""
        return sum(self.is_right(utterance) for utterance in self.truth['utterances'])

    def column(self, name: str, start_s: float, end_s: float) -> list[float]:
        """Return the values of a column of ``weights`` over a span."""
        k = WEIGHT_COLUMNS.index(name)
        return [row[k] for row in self.weights if start_s <= row[0] < end_s]

    def weight_in(self, name: str, start_s: float, end_s: float) -> float:
        """Return the median of a column over a span; NaN without any known value."""
        known = [value for value in self.column(name, start_s, end_s) if not np.isnan(value)]
        return float(np.median(known)) if known else float('nan')

    def utterance_rows(self) -> list[str]:
        """Return a Markdown row for each utterance: what was said and what was recognised."""
        rows = ['| time | said | recognised | |', '|---|---|---|---|']
        for utterance in self.truth['utterances']:
            recognised = self.recognised_in(utterance)
            mark = 'right' if self.is_right(utterance) else 'wrong' if recognised else 'missed'
            rows.append(
                f'| {utterance["start_s"]:.1f} s | {utterance["text"]} | {recognised} | {mark} |'
            )
        return rows

    def write_tables(self, folder: Path) -> None:
        """Write commands.csv, weights.csv and modes.csv."""
        commands = [
            (h.start_s, h.end_s, h.id, h.text, h.confidence, h.latency_s) for h in self.commands
        ]
        _write_csv(folder / 'commands.csv', COMMAND_COLUMNS, commands)
        _write_csv(folder / 'weights.csv', WEIGHT_COLUMNS, self.weights)
        modes = [(at_s, MODES[mode], reason) for at_s, mode, reason in self.modes]
        _write_csv(folder / 'modes.csv', ('time_s', 'mode', 'reason'), modes)


def fresh_folder(folder: Path) -> Path:
    """Return ``folder`` empty; what is removed must be a former result. Raises RecordError."""
    from av_fusion_ros.nodes.result_recorder import RecordError

    if folder.exists():
        former = (folder / 'scene' / 'metadata.yaml').is_file()
        if not former and (not folder.is_dir() or any(folder.iterdir())):
            raise RecordError(f'{folder} exists and is no such result; give another --output')
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return folder


def _write_csv(path: Path, heading: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    with path.open('w', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(heading)
        for row in rows:
            writer.writerow([f'{v:.4g}' if isinstance(v, float) else v for v in row])
