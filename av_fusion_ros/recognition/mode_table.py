# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The degradation modes as one table, from which code, documentation and tests come.

``CONDITIONS`` say when a sense is POOR or LOST, each with hysteresis and with a time for which
it must hold before it begins and before it ends; ``TABLE`` says which mode the grades of the
senses make. Getting worse is quick, getting better is slow, so that an input that flickers
settles in the worse grade instead of oscillating. ``modes.ModeMachine`` runs over it;
``markdown_table`` makes the documentation.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


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


LOWEST = float('-inf')


@dataclass(frozen=True, slots=True)
class Condition:
    """Makes a sense no better than ``grade`` while a value of SenseState is low.

    Begins once the value was below ``fall`` for ``after_s``, of which a moment's rise takes only
    a part back (``FORGIVING``); ends once it was at ``rise`` or above for ``back_after_s``
    without a break. A value below ``floor`` is the business of another condition,
    LOST: when that ends, this one ends with it if the value is no longer low.
    """

    sense: str
    value: str
    grade: Grade
    fall: float
    rise: float
    after_s: float
    back_after_s: float
    floor: float = LOWEST


#: A sense that was lost is back when it was there for so long.
RECOVERY_S = 1.2
#: A sense that was poor is good when it was good for so long: noise and rain come and go.
CLEARING_S = 10.0

#: What rain and glare leave of the camera's quality for the mode: poor, and if it was lost, not yet
#: back. A mouth behind drops is readable at one moment and not at the next.
MOST_IN_RAIN = 0.35

#: Time above ``fall`` counts so much less than time below it, so that flicker counts as loss.
FORGIVING = 4

#: Staleness needs no further waiting: an age limit has passed already.
CONDITIONS: tuple[Condition, ...] = (
    Condition('audio', 'audio_fresh', Grade.LOST, 0.5, 0.5, 0.0, RECOVERY_S),
    Condition('audio', 'audio_quality', Grade.LOST, 0.1, 0.3, 0.3, RECOVERY_S),
    Condition('audio', 'audio_quality', Grade.POOR, 0.5, 0.65, 0.5, CLEARING_S, 0.1),
    Condition('audio', 'snr_db', Grade.POOR, 2.0, 7.0, 0.5, CLEARING_S),
    Condition('camera', 'camera_fresh', Grade.LOST, 0.5, 0.5, 0.0, RECOVERY_S),
    Condition('camera', 'camera_quality', Grade.LOST, 0.15, 0.4, 0.3, RECOVERY_S),
    Condition('camera', 'camera_quality', Grade.POOR, 0.5, 0.65, 0.5, CLEARING_S, 0.15),
    Condition('v2x', 'v2x_fresh', Grade.LOST, 0.5, 0.5, 0.0, RECOVERY_S),
    Condition('v2x', 'v2x_quality', Grade.LOST, 0.15, 0.4, 0.3, RECOVERY_S),
)


@dataclass(frozen=True, slots=True)
class Row:
    """``audio`` and ``camera``: grades it applies to; ``v2x``: whether a roadside view is needed.

    ``None`` = any.
    """

    mode: Mode
    audio: tuple[Grade, ...]
    camera: tuple[Grade, ...]
    v2x: bool | None
    reason: str


_ANY = (Grade.GOOD, Grade.POOR, Grade.LOST)
_HEARS = (Grade.GOOD, Grade.POOR)
_SEES = (Grade.GOOD, Grade.POOR)

#: The first row that applies is the mode to be in.
TABLE: tuple[Row, ...] = (
    Row(Mode.V2X_FALLBACK, _ANY, (Grade.LOST,), True, 'no usable picture, roadside view in'),
    Row(Mode.BLIND, (Grade.LOST,), (Grade.LOST,), None, 'neither sound nor picture'),
    Row(Mode.AUDIO_ONLY, _HEARS, (Grade.LOST,), None, 'no usable picture'),
    Row(Mode.VISUAL_ONLY, (Grade.LOST,), _SEES, None, 'no usable sound'),
    Row(Mode.CAMERA_DEGRADED, _HEARS, (Grade.POOR,), None, 'poor picture'),
    Row(Mode.AUDIO_DEGRADED, (Grade.POOR,), (Grade.GOOD,), None, 'noisy or poor sound'),
    Row(Mode.NOMINAL, (Grade.GOOD,), (Grade.GOOD,), None, 'sound and picture good'),
)

#: A row must hold for so long, as senses that go together may go a hop apart, and no sense be
#: about to be lost.
SETTLE_S = 0.04
#: The first mode after a start or a jump of time is taken after this, from the values as they are.
START_S = 0.2


def row_for(audio: Grade, camera: Grade, v2x: bool) -> Row:
    """The row that applies to these grades; there always is one."""
    return next(
        row
        for row in TABLE
        if audio in row.audio and camera in row.camera and row.v2x in (None, v2x)
    )


def lost(sense: str) -> Condition:
    """The condition under which the quality of 'audio', 'camera' or 'v2x' is LOST."""
    value = f'{sense}_quality'
    return next(c for c in CONDITIONS if c.value == value and c.grade is Grade.LOST)


def markdown_table() -> str:
    """Both tables as Markdown, for docs/modes.md."""
    lines = ['| sense | is | while | for | until | for |', '|---|---|---|---|---|---|']
    for c in CONDITIONS:
        if c.value.endswith('_fresh'):
            low, high = 'stale', 'there again'
        else:
            low, high = f'`{c.value}` < {c.fall:g}', f'>= {c.rise:g}'
            if c.floor > LOWEST:
                low = f'{c.floor:g} <= {low}'
        cells = (c.sense, c.grade.name, low, f'{c.after_s:g} s', high, f'{c.back_after_s:g} s')
        lines.append('| ' + ' | '.join(cells) + ' |')
    lines.append('')
    lines.append(
        f'While the camera has RAIN or GLARE its quality counts as {MOST_IN_RAIN:g} at most.'
    )
    lines.append('POOR ends with the LOST of the same value where that is well by then.')
    lines += ['', '| mode | sound | own picture | roadside view | reason |']
    lines.append('|---|---|---|---|---|')
    for row in TABLE:
        grades = (' or '.join(grade.name for grade in g) for g in (row.audio, row.camera))
        v2x = 'any' if row.v2x is None else 'needed'
        lines.append('| ' + ' | '.join((row.mode.name, *grades, v2x, row.reason)) + ' |')
    lines += ['', f'The first row that applies counts, once it has applied for {SETTLE_S:g} s and']
    lines.append('no other sense is about to be lost.')
    return '\n'.join(lines) + '\n'
