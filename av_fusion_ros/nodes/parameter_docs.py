# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The parameter table as config/fusion.yaml and as the tables of docs/reference/parameters.md.

python3 -m av_fusion_ros.nodes.parameter_docs > config/fusion.yaml
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from av_fusion_ros.nodes.graph import NODES
from av_fusion_ros.nodes.parameter_table import Parameter, ParameterValue

WIDTH = 96
#: What `ros2 param describe` calls a parameter of this type.
ROS_TYPES: dict[type, str] = {bool: 'bool', int: 'integer', float: 'double', str: 'string'}
HEADING = """\
# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
#
# Every parameter of every node with its default. Made from nodes/parameter_table.py by
# `python3 -m av_fusion_ros.nodes.parameter_docs`; copy it and change the copy, then give it as
# params_file to launch or as --params-file to `av-fusion up`.
#
# QoS of each topic may be overridden too, by the topic's resolved name:
#   qos_overrides./image.subscription.reliability: reliable
# Applies to any namespace: /** matches every one.
"""


def yaml_text() -> str:
    """Return the parameter file with every default and its explanation."""
    return HEADING + ''.join(f'{line}\n' for node in NODES for line in _yaml_node(node.name))


def markdown_text() -> str:
    """Return one table for each node."""
    lines = []
    for node in NODES:
        lines += [
            f'## {node.name}',
            '',
            f'{node.description[0].upper()}{node.description[1:]}.',
            '',
            '| parameter | type | default | accepted | may change | |',
            '|---|---|---|---|---|---|',
        ]
        for p in node.parameters:
            kind = ROS_TYPES[type(p.default)]
            lines.append(
                f'| `{p.name}` | {kind} | `{literal(p.default)}` | '
                f'{p.accepted().replace("|", "or")} | {p.change} | {p.description} |'
            )
        lines.append('')
    return '\n'.join(lines)


def literal(value: ParameterValue) -> str:
    """Return a default as YAML writes it; floats keep their point, which ROS needs."""
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if not isinstance(value, str) else f"'{value}'"


def _yaml_node(name: str) -> Iterator[str]:
    node = next(node for node in NODES if node.name == name)
    yield ''
    yield from _comment(node.description, 0)
    yield f'/**/{name}:'
    yield '  ros__parameters:'
    for parameter in node.parameters:
        yield from _comment(_explained(parameter), 4)
        yield f'    {parameter.name}: {literal(parameter.default)}'


def _explained(parameter: Parameter) -> str:
    text = parameter.description[0].upper() + parameter.description[1:]
    return f'{text}. Accepted: {parameter.accepted()}; may change {parameter.change}.'


def _comment(text: str, indent: int) -> Iterator[str]:
    for line in textwrap.wrap(text, WIDTH - indent, break_long_words=False):
        yield f'{" " * indent}# {line}'


if __name__ == '__main__':
    print(yaml_text(), end='')
