# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""config/fusion.yaml holds every parameter of every node, and the nodes declare just those."""

import importlib
from pathlib import Path

import pytest
import rclpy
import yaml
from rcl_interfaces.msg import ParameterType

from av_fusion_ros.nodes.graph import NODES
from av_fusion_ros.nodes.managed_node import ManagedNode
from av_fusion_ros.nodes.parameter_docs import markdown_text, yaml_text
from av_fusion_ros.nodes.parameters import ParameterError

FILE = Path(__file__).parents[2] / 'config' / 'fusion.yaml'
#: Declared by rclpy for every node.
RCLPY = ('use_sim_time', 'start_type_description_service', 'qos_overrides')


def node_class(name):
    """The one node class of a module."""
    module = importlib.import_module(f'av_fusion_ros.nodes.{name}')
    made = [
        each
        for each in vars(module).values()
        if isinstance(each, type)
        and issubclass(each, ManagedNode)
        and each.__module__ == module.__name__
    ]
    assert len(made) == 1
    return made[0]


def test_the_file_is_what_the_table_says():
    assert FILE.read_text() == yaml_text(), (
        'run python3 -m av_fusion_ros.nodes.parameter_docs > config/fusion.yaml'
    )


@pytest.mark.parametrize('entry', NODES, ids=lambda entry: entry.name)
def test_the_file_and_the_declared_parameters_are_the_same_set(ros, entry):
    node = node_class(entry.name)()
    declared = {
        name: parameter.value
        for name, parameter in node._parameters.items()
        if not name.startswith(RCLPY)
    }
    described = node.describe_parameters(list(declared))
    node.destroy_node()
    in_file = yaml.safe_load(FILE.read_text())[f'/**/{entry.name}']['ros__parameters']
    assert in_file == declared
    assert all(each.description for each in described)
    for each in described:
        table = next(p for p in entry.parameters if p.name == each.name)
        assert each.read_only == (table.change == 'at start')
        bounded = each.type in (ParameterType.PARAMETER_INTEGER, ParameterType.PARAMETER_DOUBLE)
        ranges = [*each.integer_range, *each.floating_point_range]
        assert [(r.from_value, r.to_value) for r in ranges] == (
            [(table.minimum, table.maximum)] if bounded else []
        )


@pytest.mark.parametrize(
    ('override', 'told'),
    [
        ('rate:=1000.0', r'rate is 1000\.0; accepted: 0.01 to 100'),
        ('rate:=1000', r'rate is 1000\.0; accepted: 0.01 to 100'),
        ('rate:=fast', 'must be float: 0.01 to 100'),
        ('loop:=3', 'must be bool: true'),
    ],
)
def test_a_bad_value_at_the_start_is_refused_with_what_is_accepted(override, told):
    from av_fusion_ros.nodes.media_player import MediaPlayer

    rclpy.init(args=['--ros-args', '-p', override])
    try:
        with pytest.raises(ParameterError, match=told):
            MediaPlayer()
    finally:
        rclpy.shutdown()


def test_an_integer_is_taken_where_a_number_or_a_text_is_wanted():
    """`rate:=2` and `path:=7` are integers to ROS; a camera is told as `camera:=0`."""
    from av_fusion_ros.nodes.media_player import MediaPlayer

    rclpy.init(args=['--ros-args', '-p', 'rate:=2', '-p', 'path:=7'])
    try:
        node = MediaPlayer()
        assert node.get_parameter('rate').value == 2.0
        assert node.get_parameter('path').value == '7'
        described = node.describe_parameter('rate')
        assert not described.dynamic_typing
        assert described.floating_point_range[0].to_value == 100.0
        node.destroy_node()
    finally:
        rclpy.shutdown()


def test_the_documentation_has_every_parameter_once():
    text = markdown_text()
    for entry in NODES:
        section = text.split(f'## {entry.name}\n')[1].split('##')[0]
        for parameter in entry.parameters:
            assert section.count(f'| `{parameter.name}` |') == 1
