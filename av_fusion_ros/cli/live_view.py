# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the graph says at the moment, as a panel for a terminal or as plain data."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from av_fusion_ros.recognition.mode_table import Mode
from av_fusion_ros.reporting.run import LEVEL_OK, LEVEL_UNKNOWN, kind_name

COMMANDS_SHOWN = 5
ALARMS_SHOWN = 3
SILENT_S = 1.0  # without weights for so long, the graph is taken to be down
LEVELS = ('agreement', 'warning', 'ERROR', 'cannot tell')
SENSES = (('ear', 'audio', 'blue'), ('eye', 'visual', 'dark_orange'), ('roadside', 'v2x', 'green'))
MODE_STYLES = {Mode.NOMINAL: 'bold green', Mode.BLIND: 'bold white on red'}


@dataclass(slots=True)
class LiveState:
    """The newest messages; the times with them are those of arrival, of one clock, in seconds."""

    namespace: str = ''
    weights: Any = None
    weights_s: float = -1.0
    mode: Any = None
    commands: deque[tuple[float, Any]] = field(default_factory=lambda: deque(maxlen=COMMANDS_SHOWN))
    alarm: Any = None
    alarms: deque[tuple[float, Any]] = field(default_factory=lambda: deque(maxlen=ALARMS_SHOWN))

    def take_weights(self, message: Any, now_s: float) -> None:
        """Take a ModalityWeights."""
        self.weights, self.weights_s = message, now_s

    def take_mode(self, message: Any, now_s: float) -> None:
        """Take a FusionMode."""
        self.mode = message

    def take_command(self, message: Any, now_s: float) -> None:
        """Take a RecognizedCommand; one that may still change is not shown."""
        if not message.partial:
            self.commands.appendleft((now_s, message))

    def take_alarm(self, message: Any, now_s: float) -> None:
        """Take a ConsistencyAlarm; a raised one that is only repeated is not listed again."""
        before, self.alarm = self.alarm, message
        known = before is not None and (before.level, before.kind) == (message.level, message.kind)
        if message.level not in (LEVEL_OK, LEVEL_UNKNOWN) and not known:
            self.alarms.appendleft((now_s, message))

    def mode_in_force(self) -> tuple[Mode | None, str]:
        """The mode, and its reason where it is known."""
        newest = self.weights if self.weights is not None else self.mode
        if newest is None or newest.mode not in tuple(Mode):
            return None, ''
        mode = Mode(newest.mode)
        known = self.mode is not None and self.mode.mode == mode
        return mode, str(self.mode.reason) if known else ''

    def snapshot(self) -> dict[str, Any]:
        """Everything as plain data; None = unknown."""
        mode, reason = self.mode_in_force()
        weights, alarm = self.weights, self.alarm
        return {
            'mode': None if mode is None else mode.name,
            'reason': reason,
            'weights': {sense: _known(weights, sense) for _, sense, _ in SENSES},
            'audio_snr_db': _known(weights, 'audio_snr_db'),
            'camera_quality': _known(weights, 'camera_quality'),
            'v2x_age_s': _known(weights, 'v2x_age_s'),
            'commands': [
                {'text': m.best.text, 'id': m.best.id, 'confidence': _known(m.best, 'confidence')}
                for _, m in self.commands
            ],
            'alarm': None
            if alarm is None
            else {
                'level': _level(alarm).lower(),
                'kind': kind_name(alarm.kind),
                'detail': alarm.detail,
            },
        }


def _known(message: Any, name: str) -> float | None:
    value = float('nan') if message is None else float(getattr(message, name))
    return round(value, 3) if isfinite(value) else None


def _level(alarm: Any) -> str:
    return LEVELS[alarm.level] if alarm.level < len(LEVELS) else f'level {alarm.level}'


def panel(state: LiveState, now_s: float) -> RenderableType:
    """The view at ``now_s``, as wide as the terminal."""
    mode, reason = state.mode_in_force()
    name = 'mode unknown' if mode is None else mode.name.replace('_', ' ')
    style = MODE_STYLES.get(mode, 'bold yellow') if mode is not None else 'dim'
    heading = Text.assemble((f' {name} ', style), f'  {reason}')
    silent = _silence(state, now_s)
    parts = Group(
        heading,
        Text(silent, 'bold red'),
        _bars(state),
        Text(),
        _commands(state, now_s),
        Text(),
        _alarms(state, now_s),
    )
    title = f'av-fusion {state.namespace}'.strip()
    return Panel(parts, title=title, subtitle='Ctrl-C ends', title_align='left')


def _silence(state: LiveState, now_s: float) -> str:
    if state.weights is None:
        return 'nothing heard from the graph yet; is it up? `av-fusion up`, `av-fusion doctor`'
    silent_s = now_s - state.weights_s
    return f'no weights for {silent_s:.0f} s' if silent_s >= SILENT_S else ''


def _bars(state: LiveState) -> Table:
    weights = state.weights
    signs = (
        ('SNR', _known(weights, 'audio_snr_db'), ' dB', 1),
        ('picture', _known(weights, 'camera_quality'), '', 2),
        ('view', _known(weights, 'v2x_age_s'), ' s old', 2),
    )
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(width=8)
    table.add_column(ratio=1)
    table.add_column(width=4, justify='right')
    table.add_column(width=8, justify='right', style='dim')
    table.add_column(width=11, justify='right')
    for (name, sense, colour), (sign, value, unit, digits) in zip(SENSES, signs, strict=True):
        weight = _known(weights, sense)
        bar = ProgressBar(total=1.0, completed=weight or 0.0, complete_style=colour)
        bar.finished_style = colour
        shown = '–' if value is None else f'{value:.{digits}f}{unit}'
        table.add_row(name, bar, '–' if weight is None else f'{weight:.2f}', sign, shown)
    return table


def _list(title: str) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(justify='right', style='dim', min_width=9)
    table.add_row('', Text(title, 'bold'))
    return table


def _ago(then_s: float, now_s: float) -> str:
    seconds = int(now_s - then_s)
    return f'{seconds} s ago' if seconds < 120 else f'{seconds // 60} min ago'


def _commands(state: LiveState, now_s: float) -> Table:
    table = _list('Commands')
    for then_s, message in state.commands:
        told = f'confidence {message.best.confidence:.2f}, {1000 * message.latency_s:.0f} ms'
        table.add_row(_ago(then_s, now_s), Text(message.best.text), Text(told, 'dim'))
    if not state.commands:
        table.add_row('', Text('none yet', 'dim'))
    return table


def _alarms(state: LiveState, now_s: float) -> Table:
    table = _list('Alarms')
    if state.alarm is None:
        table.add_row('', Text('nothing told yet', 'dim'))
    else:
        level = state.alarm.level
        raised = level not in (LEVEL_OK, LEVEL_UNKNOWN)
        said = _level(state.alarm)
        told = f'{said}: {kind_name(state.alarm.kind)}' if raised else said
        table.add_row('now', Text(told, 'bold red' if raised else 'green' if level == 0 else 'dim'))
    for then_s, message in state.alarms:
        table.add_row(
            _ago(then_s, now_s), Text(kind_name(message.kind)), Text(message.detail, 'dim')
        )
    return table
