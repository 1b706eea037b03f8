# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The tables of the report, as HTML; one without rows is left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

import numpy as np

from av_fusion_ros.reporting.run import LEVEL_ERROR, LEVEL_WARN, Command, Run
from av_fusion_ros.reporting.scales import clock
from av_fusion_ros.reporting.spans import alarm_spans
from av_fusion_ros.reporting.summary import episodes
from av_fusion_ros.reporting.timeline import mode_word
from av_fusion_ros.reporting.verdicts import judge

LEVELS = {LEVEL_WARN: 'warning', LEVEL_ERROR: 'error'}
HEALTH = ('fine', 'warning', 'error', 'stale')


def tables(run: Run) -> Iterable[str]:
    """Commands, trust, modes, alarms, the nodes' health, the bags' topics."""
    return (table(run) for table in (_commands, _episodes, _modes, _alarms, _health, _topics))


def _table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], title: str, folded: bool = False
) -> str:
    """A table under a title; a column whose name ends in '#' holds numbers. Cells are HTML."""
    body = ''.join(f'<tr>{"".join(row)}</tr>' for row in rows)
    if not body:
        return ''
    head = ''.join(
        f'<th class="n">{c[:-1]}</th>' if c.endswith('#') else f'<th>{c}</th>' for c in columns
    )
    table = f'<div class="scroll"><table><tr>{head}</tr>{body}</table></div>'
    if folded:
        return f'<details><summary>{title}</summary>{table}</details>'
    return f'<h2>{title}</h2>{table}'


def _cell(text: str, kind: str = '') -> str:
    return f'<td class="{kind}">{escape(text)}</td>' if kind else f'<td>{escape(text)}</td>'


def _when(time_s: float) -> str:
    return _cell(clock(time_s, 1), 'n')


def _number(value: float, digits: int = 2) -> str:
    return _cell('–' if np.isnan(value) else f'{value:.{digits}f}', 'n')


def _commands(run: Run) -> str:
    if run.truth is None:
        heard = ((_when(c.start_s), _cell(c.text), *_sure((c,))) for c in run.commands)
        columns = ('at#', 'recognised', 'confidence#', 'decided after [ms]#')
        return _table(columns, heard, 'Commands')
    judged, extra = judge(run.truth['utterances'], run.commands)
    compared = []
    for each in judged:
        said = f'{each.said} (lips), {each.heard} (sound)' if each.heard else each.said
        verdict = _cell(each.verdict, each.verdict)
        words = (_cell(said), _cell(each.recognised), verdict)
        compared.append((_when(each.start_s), *words, *_sure(each.commands)))
    for command in extra:
        words = (_cell(''), _cell(command.text), _cell('extra', 'wrong'))
        compared.append((_when(command.start_s), *words, *_sure((command,))))
    both = ('at#', 'said', 'recognised', '', 'confidence#', 'decided after [ms]#')
    return _table(both, compared, 'Commands')


def _sure(commands: Sequence[Command]) -> tuple[str, str]:
    return (
        _cell(', '.join(f'{c.confidence:.2f}' for c in commands), 'n'),
        _cell(', '.join(f'{1000 * c.latency_s:.0f}' for c in commands), 'n'),
    )


def _episodes(run: Run) -> str:
    rows = [
        (
            _cell(e.name),
            _cell(f'{clock(e.start_s, 1)} – {clock(e.end_s, 1)}', 'n'),
            *(_number(value) for value in (e.ear, e.eye, e.roadside)),
            _number(e.snr_db, 1),
            _number(e.camera_quality),
        )
        for e in episodes(run)
    ]
    columns = ('', 'time#', 'ear#', 'eye#', 'roadside#', 'SNR [dB]#', 'picture quality#')
    return _table(columns, rows, 'Trust, median while something was done')


def _modes(run: Run) -> str:
    rows = ((_when(m.time_s), _cell(mode_word(m.mode.name)), _cell(m.reason)) for m in run.modes)
    return _table(('from#', 'mode', 'because'), rows, 'Modes')


def _alarms(run: Run) -> str:
    rows = (
        (
            _when(s.start_s),
            _when(s.end_s),
            _cell(LEVELS[s.state.level]),
            _cell(s.state.name),
            _number(s.state.score),
            _cell(s.state.detail),
        )
        for s in alarm_spans(run)
        if s.state.raised
    )
    columns = ('from#', 'to#', 'level', 'what', 'agreement#', 'evidence')
    return _table(columns, rows, 'Alarms')


def _health(run: Run) -> str:
    rows = (
        (
            _when(h.time_s),
            _cell(h.name),
            _cell(HEALTH[h.level] if h.level < len(HEALTH) else str(h.level)),
            _cell(h.message),
        )
        for h in run.health
    )
    return _table(
        ('at#', 'node', '', 'said'), rows, 'What the nodes said of themselves', folded=True
    )


def _topics(run: Run) -> str:
    rows = (
        (
            _cell(t.bag),
            _cell(t.topic),
            _cell(t.type),
            _cell(str(t.messages), 'n'),
            _cell(t.used_as or 'not used'),
        )
        for t in run.topics
    )
    columns = ('bag', 'topic', 'type', 'messages#', 'shown as')
    return _table(columns, rows, 'What the bags hold', folded=True)
