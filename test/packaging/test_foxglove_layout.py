# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""config/foxglove_layout.json names topics and fields that our recorded bags really hold."""

import json
import re
from pathlib import Path

import pytest

from av_fusion_ros.generation.bag_types import bag_types
from av_fusion_ros.nodes.graph import COMPRESSED, IMAGE, topics_of_graph
from av_fusion_ros.nodes.result_recorder import result_topics

ROOT = Path(__file__).resolve().parents[2]
LAYOUT = json.loads((ROOT / 'config' / 'foxglove_layout.json').read_text(encoding='utf-8'))
#: What `av-fusion record --inputs` writes.
RECORDED = {f'/{name.lstrip("/")}': t.type for name, t in topics_of_graph().items()} | {
    f'/{name.lstrip("/")}': t.type for name, t in result_topics().items()
}


def paths():
    """Every message path in a panel: a topic, then fields after dots."""
    for panel, config in LAYOUT['configById'].items():
        for path in config.get('paths', []):
            yield panel, path['value']
        for key in ('topicPath', 'topicToRender'):
            if key in config:
                yield panel, config[key]
        if 'imageMode' in config:
            yield panel, config['imageMode']['imageTopic']


def field_type(type_name, fields):
    """The type at the end of a path of fields; KeyError where there is none."""
    for field in fields:
        package, _, name = type_name.rpartition('/')
        found = dict(bag_types().fielddefs[f'{package}/{name}'][1])
        kind, detail = found[re.sub(r'\[\d+\]$', '', field)]
        type_name = detail[0] if kind.name == 'BASE' else detail
    return type_name


@pytest.mark.parametrize(('panel', 'path'), list(paths()))
def test_each_path_is_a_field_of_a_recorded_topic(panel, path):
    topic, *fields = path.split('.')
    assert topic in RECORDED, f'{panel} shows {topic}, which is not recorded'
    shown = field_type(RECORDED[topic], fields)
    if panel.startswith('Plot!'):
        assert shown in ('float32', 'float64')
    elif panel.startswith('Image!'):
        assert shown in (IMAGE.type, COMPRESSED.type)
    elif panel.startswith('StateTransitions!'):
        assert shown in ('uint8', 'string')


def leaves(node):
    """The panels of a branch of the layout."""
    if isinstance(node, str):
        return [node]
    assert node['direction'] in ('row', 'column')
    assert 0 < node['splitPercentage'] < 100
    return [*leaves(node['first']), *leaves(node['second'])]


def test_every_panel_is_placed_once_and_configured():
    placed = leaves(LAYOUT['layout'])
    for config in LAYOUT['configById'].values():
        for tab in config.get('tabs', []):
            placed += leaves(tab['layout'])
    assert sorted(placed) == sorted(LAYOUT['configById'])


def test_the_search_for_fields_finds_a_wrong_one():
    with pytest.raises(KeyError):
        field_type('av_fusion_ros/msg/ModalityWeights', ['loudness'])
