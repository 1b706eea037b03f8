#!/usr/bin/env python3
# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Write docs/reference from the code: parameters, topics, messages and commands.

`make reference` runs it; a test compares the pages with what it would write.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / 'docs' / 'reference'
RENEW = (
    'Made from the code by `make reference`; a test compares it. Change the code, not this page.'
)
#: Launch files' and `av-fusion up`'s QoS kinds, as nodes/qos.py makes profiles of them.
QOS_KINDS = (
    ('sensor', 'best effort', 'volatile', 'raw pictures, sound and what comes over the air'),
    ('stream', 'reliable', 'volatile', '25 Hz features and weights'),
    ('event', 'reliable', 'volatile', 'commands and alarms'),
    ('state', 'reliable', 'transient local', 'a late subscriber gets the one in force'),
)


def parameters_page() -> str:
    """Every parameter of every node."""
    from av_fusion_ros.nodes.parameter_docs import markdown_text

    return f"""\
# Parameters

{RENEW}

The same with its defaults as a file to copy: [`config/fusion.yaml`](../../config/fusion.yaml).
*May change* says when: *any time* takes effect with the next message; *while unconfigured* is read
by configure, so deactivate and clean the node up first; *at start* is read-only. A value that is
not accepted is refused with the reason. Every node has rclpy's own `use_sim_time` and, for each of
its topics, `qos_overrides./TOPIC.subscription.*` (or `publisher`) as well.

{markdown_text()}"""


def topics_page() -> str:
    """Every topic of every node."""
    from av_fusion_ros.nodes.graph import GRAPH, NODES, OUT, topics_of_graph

    lines = [
        '# Topics',
        '',
        RENEW,
        '',
        'Names are relative, so they move with the namespace; `~` is the node. The launch argument',
        'renames a topic in every node at once; where there is none, remap it (`-r FROM:=TO`).',
        '',
        '| QoS | reliability | durability | for |',
        '|---|---|---|---|',
        *(f'| {" | ".join(kind)} |' for kind in QOS_KINDS),
        '',
        'All keep the last `depth` messages. Sources and annotated pictures are sent reliable, so',
        'that any subscriber is compatible.',
        '',
    ]
    for node in NODES:
        described = node.description[0].upper() + node.description[1:]
        lines += [f'## {node.name}', '', f'{described}.', '']
        lines += [
            '| topic | | type | QoS | depth | launch argument | |',
            '|---|---|---|---|---|---|---|',
        ]
        for t in node.topics:
            way = 'writes' if t.direction == OUT else 'reads'
            told = topics_of_graph().get(t.resolved(node.name), t)
            argument = f'`{told.argument}`' if node in GRAPH else ''
            lines.append(
                f'| `{t.name}` | {way} | `{t.type}` | {t.qos} | {t.depth} | {argument} | '
                f'{t.description} |'
            )
        lines.append('')
    lines += [
        'Every node also writes `/diagnostics` (`diagnostic_msgs/msg/DiagnosticArray`, once a',
        'second) and has the lifecycle services, such as `~/change_state`.',
        '',
    ]
    return '\n'.join(lines)


def messages_page() -> str:
    """Every message and service, from the comments in their files."""
    lines = ['# Messages', '', RENEW, '']
    lines += ['NaN means unknown. A stamp is the capture time of the newest sample used.', '']
    for path in sorted([*ROOT.glob('msg/*.msg'), *ROOT.glob('srv/*.srv')]):
        lines += [f'## {path.stem}', '']
        parts = re.split('^---$', path.read_text(encoding='utf-8'), flags=re.MULTILINE)
        titles = ('### request', '### response') if len(parts) > 1 else ('',)
        for title, part in zip(titles, parts, strict=True):
            lines += [title, ''] if title else []
            lines += _interface(part)
    return '\n'.join(lines)


def _interface(text: str) -> Iterator[str]:
    """The head's comment, then a table of fields and one of constants."""
    head: list[str] = []
    rows: dict[bool, list[list[str]]] = {False: [], True: []}
    newest: list[str] | None = None
    for line in text.splitlines():
        code, _, comment = (part.strip() for part in line.partition('#'))
        if code:
            kind, _, name = code.partition(' ')
            newest = [name.replace('=', ' = '), kind, comment]
            rows['=' in code].append(newest)
        elif comment and newest is not None:
            newest[2] += f' {comment}'
        elif newest is None:
            head.append(comment)
    yield from ['\n'.join(head).strip(), ''] if head else []
    for constants, title in ((False, 'field'), (True, 'constant')):
        if rows[constants]:
            yield from [f'| {title} | type | |', '|---|---|---|']
            for name, kind, comment in rows[constants]:
                yield f'| `{name.strip()}` | `{kind}` | {comment.replace("|", chr(92) + "|")} |'
            yield ''


def cli_page() -> str:
    """Every sub-command with its options, from its parser."""
    from av_fusion_ros.cli import COMMANDS, EXIT_STATUSES, command_parser

    lines = ['# av-fusion', '', RENEW, '', '| exit status | |', '|---|---|']
    lines += [f'| {status} | {text} |' for status, text in EXIT_STATUSES.items()]
    lines += [
        '',
        'Every command has `--help`, and `--debug`, which shows the traceback of an error. The tab',
        'key completes all of them: [looking.md](../looking.md#the-tab-key).',
        '',
    ]
    group = ''
    for command in COMMANDS:
        if command.group != group:
            group = command.group
            lines += [f'## {group}', '']
        parser = command_parser(command.name)
        summary = command.summary[0].upper() + command.summary[1:]
        lines += [f'### av-fusion {command.name}', '', f'{summary}.', '']
        lines += ['```text', parser.description or '', '```', '']
        if parser.epilog:
            lines += [f'Exit status 1: {parser.epilog.partition(": ")[2]}.', '']
        rows = [row for action in parser._actions if (row := _option(action))]
        lines += ['| | default | |', '|---|---|---|', *rows, ''] if rows else []
    return '\n'.join(lines)


def _option(action: argparse.Action) -> str:
    """The row of one option or argument; empty for those that every command has."""
    if {'--help', '--debug'} & set(action.option_strings):
        return ''
    value = str(action.metavar or action.dest.upper())
    if action.choices:
        value = ' or '.join(map(str, action.choices))
    if not action.option_strings:
        name = f'`{value}`'
    elif action.nargs == 0:
        name = f'`{", ".join(action.option_strings)}`'
    else:
        name = f'`{", ".join(action.option_strings)} {value}`'
    nothing = action.default is None or action.default is False or action.default in ('', [])
    default = '' if nothing else f'`{action.default}`'
    return f'| {name} | {default} | {(action.help or "").replace("|", "or")} |'


PAGES: dict[str, Callable[[], str]] = {
    'parameters.md': parameters_page,
    'topics.md': topics_page,
    'messages.md': messages_page,
    'cli.md': cli_page,
}


def main() -> int:
    """Write every page."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding='utf-8')
        print(FOLDER.relative_to(ROOT) / name)
    return 0


if __name__ == '__main__':
    sys.path.insert(0, str(ROOT))
    raise SystemExit(main())
