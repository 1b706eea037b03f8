# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Options that are ROS names are refused by name, before a process is started by them."""

import argparse
from pathlib import Path

import pytest

from av_fusion_ros import cli
from av_fusion_ros.cli.ros_arguments import namespace, parameter, parameter_file, remapping


@pytest.mark.parametrize('good', ['', 'robot1', '/robot1', 'fleet/robot_1', '/fleet/robot1/'])
def test_a_namespace_is_taken_with_or_without_its_first_slash(good: str) -> None:
    assert namespace(good) == good


@pytest.mark.parametrize('bad', ['9x', 'a b', 'a//b', 'a/9', 'ä'])
def test_what_is_no_namespace_is_refused(bad: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match='no ROS namespace'):
        namespace(bad)


@pytest.mark.parametrize('bad', ['image', ':=image', 'image:=', 'image=/camera'])
def test_a_remapping_has_two_sides(bad: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match='FROM:=TO'):
        remapping(bad)
    assert remapping('image:=/camera') == 'image:=/camera'


@pytest.mark.parametrize(
    'good',
    [
        'fusion:min_confidence:=0.6',
        'adaptation_enabled:=true',
        'use_sim_time:=true',
        'visual_encoder:qos_overrides./image.subscription.depth:=2',
    ],
)
def test_parameters_of_the_nodes_are_taken(good: str) -> None:
    assert parameter(good) == good


def test_an_empty_text_gets_the_quotes_back_that_the_shell_took() -> None:
    assert parameter('device_source:microphone:=') == "device_source:microphone:=''"


@pytest.mark.parametrize(
    ('bad', 'told'),
    [
        ('foo', 'NAME:=VALUE'),
        ('fusion:=', "'fusion'"),
        ('fusion:min_confidance:=1.0', "did you mean 'min_confidence'"),
        ('fusion:max_faces:=1', "fusion has no parameter 'max_faces'"),
        ('fuson:min_confidence:=1.0', 'nodes are audio_encoder'),
    ],
)
def test_a_parameter_that_ros_would_ignore_is_refused(bad: str, told: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=told):
        parameter(bad)


def test_a_parameter_file_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=r'fusion\.yaml'):
        parameter_file(str(tmp_path / 'none.yaml'))


@pytest.mark.parametrize('name', ['up', 'replay', 'record', 'watch'])
def test_every_command_of_the_graph_checks_its_namespace(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ['x'] if name in ('replay', 'record') else []
    with pytest.raises(SystemExit) as ended:
        cli.main([name, *given, '--namespace', '9 x'])
    assert ended.value.code == cli.MISTAKE
    assert 'no ROS namespace' in capsys.readouterr().err


@pytest.mark.parametrize(
    'given',
    [
        ['generate', 'x', '--text', 'stop', '--seed', '-1'],
        ['generate', 'x', '--text', 'stop', '--count', '0'],
        ['demo', '--seed', '-1'],
        ['scenario', 'clear', '--seed', 'one'],
        ['evaluate', '--clips', '0'],
    ],
)
def test_numbers_out_of_bounds_are_refused_as_such(
    given: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(given)
    assert ended.value.code == cli.MISTAKE
    assert 'is no whole number of' in capsys.readouterr().err
