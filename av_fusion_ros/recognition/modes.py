# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The degradation modes: one table of conditions, and the machine that runs over it.

Each sense is graded GOOD, POOR or LOST with hysteresis (``THRESHOLDS``); the grades select a
row of ``TABLE``; the mode changes when a row of another mode has held for its dwell time.
Getting worse is quick, getting better is slow, so that a flickering input settles in the
worse mode instead of oscillating. ``markdown_table`` turns both tables into documentation.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from math import isnan, nan

from av_fusion_ros.recognition.features import NS_PER_S


class Mode(IntEnum):
    """Values of FusionMode.msg."""

    NOMINAL = 0
    AUDIO_DEGRADED = 1
    CAMERA_DEGRADED = 2
    V2X_FALLBACK = 3
    AUDIO_ONLY = 4
    VISUAL_ONLY = 5
    BLIND = 6


class Grade(IntEnum):
    """How usable a sense is."""

    LOST = 0
    POOR = 1
    GOOD = 2


@dataclass(frozen=True, slots=True)
class Threshold:
    """A sense falls below a grade under ``fall`` and comes back at ``rise``."""

    fall: float
    rise: float


#: What makes a sense POOR and what makes it LOST. A sense is also LOST when it is stale.
THRESHOLDS: dict[tuple[str, Grade], Threshold] = {
    ('snr_db', Grade.POOR): Threshold(3.0, 6.0),
    ('audio_quality', Grade.POOR): Threshold(0.5, 0.6),
    ('audio_quality', Grade.LOST): Threshold(0.1, 0.2),
    ('camera_quality', Grade.POOR): Threshold(0.5, 0.6),
    ('camera_quality', Grade.LOST): Threshold(0.15, 0.25),
    ('v2x_quality', Grade.LOST): Threshold(0.15, 0.25),
}


@dataclass(frozen=True, slots=True)
class Row:
    """``audio`` and ``camera``: grades it applies to; ``v2x``: whether a roadside view is needed.

    ``None`` = any. ``dwell_s`` is how long it must hold before the mode is entered.
    """

    mode: Mode
    audio: tuple[Grade, ...]
    camera: tuple[Grade, ...]
    v2x: bool | None
    dwell_s: float
    reason: str


_ANY = (Grade.GOOD, Grade.POOR, Grade.LOST)
_HEARS = (Grade.GOOD, Grade.POOR)
_SEES = (Grade.GOOD, Grade.POOR)

#: The first row that applies is the mode to be in.
TABLE: tuple[Row, ...] = (
    Row(Mode.V2X_FALLBACK, _ANY, (Grade.LOST,), True, 0.3, 'no usable picture, roadside view in'),
    Row(Mode.BLIND, (Grade.LOST,), (Grade.LOST,), None, 0.3, 'neither sound nor picture'),
    Row(Mode.AUDIO_ONLY, _HEARS, (Grade.LOST,), None, 0.3, 'no usable picture'),
    Row(Mode.VISUAL_ONLY, (Grade.LOST,), _SEES, None, 0.3, 'no usable sound'),
    Row(Mode.V2X_FALLBACK, (Grade.POOR,), (Grade.POOR,), True, 0.5, 'sound and picture poor'),
    Row(Mode.CAMERA_DEGRADED, _HEARS, (Grade.POOR,), None, 0.5, 'poor picture'),
    Row(Mode.AUDIO_DEGRADED, (Grade.POOR,), (Grade.GOOD,), None, 0.5, 'noisy or poor sound'),
    Row(Mode.NOMINAL, (Grade.GOOD,), (Grade.GOOD,), None, 1.2, 'sound and picture good'),
)

#: A mode with more to go by is entered after this at the earliest, whatever the row says.
RECOVERY_DWELL_S = 1.2


@dataclass(frozen=True, slots=True)
class SenseState:
    """What is known at one hop; NaN = unknown, which leaves a grade as it is.

    A sense that is absent or stale has ``..._fresh`` False.
    """

    audio_fresh: bool
    camera_fresh: bool
    v2x_fresh: bool
    snr_db: float = nan
    audio_quality: float = nan
    camera_quality: float = nan
    v2x_quality: float = nan


@dataclass(frozen=True, slots=True)
class ModeChange:
    """One switch; ``stamp_ns`` is the capture time of the sample that caused it."""

    stamp_ns: int
    mode: Mode
    previous: Mode
    reason: str


def row_for(audio: Grade, camera: Grade, v2x: bool) -> Row:
    """The row that applies to these grades; there always is one."""
    return next(
        row
        for row in TABLE
        if audio in row.audio and camera in row.camera and row.v2x in (None, v2x)
    )


#: The first mode after a start or a jump of time is taken after this.
START_DWELL_S = 0.2

#: How much a mode has to go by; going up is recovering.
_RANK = {
    Mode.BLIND: 0,
    Mode.AUDIO_ONLY: 1,
    Mode.VISUAL_ONLY: 1,
    Mode.V2X_FALLBACK: 2,
    Mode.AUDIO_DEGRADED: 3,
    Mode.CAMERA_DEGRADED: 3,
    Mode.NOMINAL: 4,
}


def dwell_s(current: Mode, row: Row) -> float:
    """How long ``row`` must hold before ``current`` is left for it."""
    recovers = _RANK[row.mode] > _RANK[current]
    # Being blind, or without a picture, is worse than a switch too many.
    if recovers and current is not Mode.BLIND and row.mode is not Mode.V2X_FALLBACK:
        return max(row.dwell_s, RECOVERY_DWELL_S)
    return row.dwell_s


class Grader:
    """Grades one sense from its numbers with hysteresis."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names
        self._below: dict[tuple[str, Grade], bool] = {}

    def grade(self, fresh: bool, values: dict[str, float]) -> Grade:
        """The grade now; a stale sense is LOST, an unknown value changes nothing."""
        worst = Grade.GOOD
        for (name, grade), threshold in THRESHOLDS.items():
            if name not in self._names:
                continue
            value = values[name]
            key = (name, grade)
            if not isnan(value):
                below = self._below.get(key, False)
                self._below[key] = value < (threshold.rise if below else threshold.fall)
            if self._below.get(key, False):
                worst = min(worst, grade)
        return worst if fresh else Grade.LOST


class ModeMachine:
    """Runs over the table; starts BLIND."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Back to BLIND, all grades unknown."""
        self.mode = Mode.BLIND
        self._audio = Grader(('snr_db', 'audio_quality'))
        self._camera = Grader(('camera_quality',))
        self._v2x = Grader(('v2x_quality',))
        self._candidate: Mode | None = None
        self._since_ns = 0
        self._starting = True

    def update(self, stamp_ns: int, state: SenseState) -> ModeChange | None:
        """Take what is known at ``stamp_ns``; returns the switch it causes, if any."""
        values = {
            'snr_db': state.snr_db,
            'audio_quality': state.audio_quality,
            'camera_quality': state.camera_quality,
            'v2x_quality': state.v2x_quality,
        }
        row = row_for(
            self._audio.grade(state.audio_fresh, values),
            self._camera.grade(state.camera_fresh, values),
            self._v2x.grade(state.v2x_fresh, values) is not Grade.LOST,
        )
        if row.mode is self.mode:
            self._candidate = None
            self._starting = self._starting and self.mode is Mode.BLIND
            return None
        if row.mode is not self._candidate:
            self._candidate, self._since_ns = row.mode, stamp_ns
        needed_s = START_DWELL_S if self._starting else dwell_s(self.mode, row)
        if stamp_ns - self._since_ns < round(needed_s * NS_PER_S):
            return None
        self._starting = False
        change = ModeChange(stamp_ns, row.mode, self.mode, row.reason)
        self.mode, self._candidate = row.mode, None
        return change


def markdown_table() -> str:
    """Both tables as Markdown, for docs/modes.md."""
    lines = ['| value | falls below | comes back at | makes the sense |', '|---|---|---|---|']
    lines += [
        f'| `{name}` | {threshold.fall:g} | {threshold.rise:g} | {grade.name} |'
        for (name, grade), threshold in THRESHOLDS.items()
    ]
    lines += ['', '| mode | sound | own picture | roadside view | after | reason |']
    lines.append('|---|---|---|---|---|---|')
    for row in TABLE:
        grades = (' or '.join(grade.name for grade in g) for g in (row.audio, row.camera))
        v2x = 'any' if row.v2x is None else 'needed'
        cells = (row.mode.name, *grades, v2x, f'{row.dwell_s:g} s', row.reason)
        lines.append('| ' + ' | '.join(cells) + ' |')
    lines.append('')
    lines.append(
        f'A mode with more to go by than the present one is entered after {RECOVERY_DWELL_S:g} s '
        'at the earliest, except from BLIND and into V2X_FALLBACK. The first row that applies '
        'counts.'
    )
    return '\n'.join(lines) + '\n'
