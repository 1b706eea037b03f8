# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""docs/reference is what the code says."""

import importlib
import re
import runpy
from pathlib import Path

import pytest

from av_fusion_ros.cli import COMMANDS, EXIT_STATUSES, FAILED, argument_parser, command_parser
from av_fusion_ros.nodes import qos
from av_fusion_ros.nodes.graph import NODES, Topic

ROOT = Path(__file__).resolve().parents[2]
TOOL = runpy.run_path(str(ROOT / 'tools' / 'reference_pages.py'))
NAMES = [command.name for command in COMMANDS]


@pytest.mark.parametrize('name', TOOL['PAGES'])
def test_the_page_is_what_the_code_says(name):
    assert (TOOL['FOLDER'] / name).read_text(encoding='utf-8') == TOOL['PAGES'][name](), (
        'the code has changed: run `make reference` and commit docs/reference'
    )


@pytest.mark.parametrize('kind', TOOL['QOS_KINDS'], ids=lambda kind: kind[0])
def test_the_qos_kinds_are_those_of_the_profiles(kind):
    name, reliability, durability, _ = kind
    profile = qos.profile(Topic('topic', 'std_msgs/msg/Empty', 'in', name, 1, ''))
    assert profile.reliability.name.lower().replace('_', ' ') == reliability
    assert profile.durability.name.lower().replace('_', ' ') == durability


def test_every_topic_has_a_qos_kind_that_is_explained():
    explained = {kind[0] for kind in TOOL['QOS_KINDS']}
    assert {topic.qos for node in NODES for topic in node.topics} <= explained


@pytest.mark.parametrize('name', NAMES)
def test_every_option_says_what_it_is_for(name):
    bare = [action.dest for action in command_parser(name)._actions if not action.help]
    assert not bare, f'no help for {bare} of av-fusion {name}'


@pytest.mark.parametrize('name', NAMES)
def test_a_command_that_may_fail_says_what_its_status_1_means(name):
    module = importlib.import_module(f'av_fusion_ros.cli.{name}')
    source = Path(module.__file__).read_text(encoding='utf-8')
    if re.search(rf'^EXIT_\w+ = {FAILED}$|return int\((any|max)\(', source, re.MULTILINE):
        assert module.FAILURE
    if hasattr(module, 'FAILURE'):
        assert module.FAILURE in (command_parser(name).epilog or '')


def test_the_tours_help_lists_the_exit_statuses():
    shown = argument_parser().format_help()
    assert all(text in shown for text in EXIT_STATUSES.values())


def test_a_fields_comment_goes_on_in_the_lines_below_it():
    rows = list(
        TOOL['_interface']('# Head.\n\nuint8 a  # first\n         # second\nuint8 B=1  # b\n')
    )
    assert '| `a` | `uint8` | first second |' in rows
    assert '| `B = 1` | `uint8` | b |' in rows
