# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The fenced blocks of a tutorial: files to write, commands to run, commands to check.

```bash run            executed, all of a page as one script in an empty folder
```bash check: WHY     not executed, for the reason given; its arguments are checked
```yaml file: NAME     written to that folder before
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import yaml
from torch.distributed.run import get_args_parser

from av_fusion_ros.cli import command_parser
from av_fusion_ros.nodes.graph import EXECUTABLES, NODES, node_named, topics_of_graph

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r'^```(\w+)(?: (\w+)(?:: ([^\n]+))?)?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
TOPICS = {t.name for node in NODES for t in node.topics} | set(topics_of_graph())


@dataclass(frozen=True)
class Block:
    """One fenced block; ``kind`` is run, check, file or empty, ``detail`` the reason or name."""

    language: str
    kind: str
    detail: str
    text: str


def blocks_of(page: Path) -> list[Block]:
    return [Block(*found) for found in FENCE.findall(page.read_text(encoding='utf-8'))]


def commands_of(block: Block) -> list[list[str]]:
    """The block's commands as words, without what lets them run in the background."""
    lines = block.text.replace('\\\n', ' ').splitlines()
    words = [shlex.split(line, comments=True) for line in lines]
    return [each[:-1] if each[-1] == '&' else each for each in words if each]


def check(words: list[str]) -> None:
    """Raise AssertionError or SystemExit for a command whose arguments would be refused."""
    if words[0] == 'av-fusion':
        arguments = command_parser(words[1]).parse_args(words[2:])
        for remap in getattr(arguments, 'remap', []):
            check_remap(remap)
        for given in getattr(arguments, 'param', []):
            node, name, value = re.fullmatch(r'(\w+):(\w+):=(.*)', given).groups()
            check_parameter(node, name, value)
    elif words[:3] == ['ros2', 'launch', 'av_fusion_ros']:
        text = (ROOT / 'launch' / words[3]).read_text(encoding='utf-8')
        known = set(re.findall(r"DeclareLaunchArgument\(\s*'(\w+)'", text))
        known |= {topic.argument for topic in topics_of_graph().values()}
        assert {word.partition(':=')[0] for word in words[4:]} <= known
    elif words[:3] == ['ros2', 'run', 'av_fusion_ros']:
        assert words[3] in EXECUTABLES
        assert words[4] == '--ros-args'
        for option, value in zip(words[5::2], words[6::2], strict=True):
            if option == '-p':
                check_parameter(words[3], *value.split(':='))
            else:
                check_remap(value)
    elif words[:3] == ['ros2', 'param', 'set']:
        check_parameter(words[3].strip('/'), *words[4:])
    elif words[:3] == ['ros2', 'lifecycle', 'set']:
        node_named(words[3].strip('/'))
        assert words[4] in ('configure', 'activate', 'deactivate', 'cleanup', 'shutdown')
    elif words[0] == 'torchrun':
        launch = get_args_parser().parse_args(words[1:])
        assert launch.module
        assert launch.training_script == 'av_fusion_ros.cli'
        check(['av-fusion', *launch.training_script_args])
    else:
        raise AssertionError(f'no check is known for {shlex.join(words)}')


def check_parameter(node: str, name: str, value: str) -> None:
    table = {parameter.name: parameter for parameter in node_named(node).parameters}
    assert name in table, f'{node} has no parameter {name}'
    given = table[name].meant(yaml.safe_load(value))  # as ROS reads it
    assert table[name].refusal(given) == ''


def check_remap(remap: str) -> None:
    source, _, target = remap.partition(':=')
    assert target
    assert source in TOPICS | {'__ns', '__node'}, f'no topic {source}'
