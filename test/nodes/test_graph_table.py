# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The table of nodes agrees with the modules, the messages and itself."""

import importlib

import pytest

from av_fusion_ros.nodes.graph import (
    EXECUTABLES,
    GRAPH,
    IN,
    NODES,
    OUT,
    node_named,
    topics_of_graph,
)
from av_fusion_ros.nodes.message_types import message_class
from av_fusion_ros.nodes.parameter_table import Parameter


@pytest.mark.parametrize('executable', EXECUTABLES)
def test_every_executable_is_a_module_with_a_main(executable):
    assert callable(importlib.import_module(f'av_fusion_ros.nodes.{executable}').main)


@pytest.mark.parametrize('node', NODES, ids=lambda node: node.name)
def test_every_topic_has_an_installed_type_and_a_launch_argument_of_its_own(node):
    for topic in node.topics:
        if not topic.type.startswith(('audio_common_msgs/', 'etsi_its_', 'hri_msgs/')):
            assert message_class(topic.type).__name__ == topic.type.split('/')[-1]
    arguments = [topic.argument for topic in node.topics]
    assert len(set(arguments)) == len(arguments)


def test_a_topic_has_the_launch_argument_of_the_node_that_writes_it():
    told = topics_of_graph()
    for node in GRAPH:
        for topic in node.topics:
            if topic.direction == OUT:
                assert told[topic.resolved(node.name)] is topic
    assert told['fusion/command'].argument == 'command_topic'
    assert len({topic.argument for topic in told.values()}) == len(told)


def test_every_topic_between_nodes_is_sent_and_received_with_one_type_and_qos():
    sent = {t.name: t for node in GRAPH for t in node.topics if t.direction == OUT}
    between = [t for node in GRAPH for t in node.topics if t.direction == IN and t.name in sent]
    assert {t.name for t in between} == {
        'audio_features',
        'visual_features',
        'v2x/visual',
        'v2x/admitted',
    }
    for topic in between:
        assert (topic.type, topic.qos) == (sent[topic.name].type, sent[topic.name].qos)


def test_parameter_names_are_unique_and_defaults_are_accepted():
    for node in NODES:
        names = [parameter.name for parameter in node.parameters]
        assert len(set(names)) == len(names)
        for parameter in node.parameters:
            assert parameter.refusal(parameter.default) == ''


@pytest.mark.parametrize(
    ('parameter', 'value', 'reason'),
    [
        (Parameter('rate', 1.0, '', 'Hz', 0.5, 2.0), 3.0, '0.5 to 2 Hz'),
        (Parameter('rate', 1.0, '', 'Hz', 0.5, 2.0), float('nan'), '0.5 to 2 Hz'),
        (Parameter('rate', 1.0, '', 'Hz', 0.5, 2.0), 1, 'must be float'),
        (Parameter('kind', 'a', '', choices=('a', 'b')), 'c', 'a | b'),
        (Parameter('depth', 3, '', minimum=1, maximum=9), True, 'must be int'),
    ],
)
def test_a_refused_value_is_named_with_what_is_accepted(parameter, value, reason):
    assert reason in parameter.refusal(value)
    assert parameter.name in parameter.refusal(value)


def test_an_unknown_node_is_refused_by_name():
    with pytest.raises(KeyError, match='sonar'):
        node_named('sonar')
