# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A generated bag through the running graph, as `av-fusion replay` and the demo play it."""

import os
from collections import Counter
from pathlib import Path

import pytest
from rclpy.node import Node
from rosbags.rosbag2 import Reader

from av_fusion_ros.generation.bag_types import bag_types
from av_fusion_ros.generation.bag_writer import write_scene
from av_fusion_ros.generation.scene import SceneSettings, make_scene
from av_fusion_ros.nodes.graph_processes import GraphOptions, GraphProcesses
from av_fusion_ros.nodes.recording import RecordingError
from av_fusion_ros.nodes.replay_session import ReplaySession

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.parametrize(('storage', 'images'), [('sqlite3', 'raw'), ('mcap', 'jpeg')])
def test_every_hop_of_a_bag_comes_back_as_weights_and_is_recorded(
    executor, checkpoint, tmp_path, monkeypatch, storage, images
):
    monkeypatch.setenv('PYTHONPATH', os.pathsep.join([str(ROOT), os.environ.get('PYTHONPATH', '')]))
    scene = make_scene(['go forward'], (), SceneSettings(width=320, height=240))
    counts = write_scene(tmp_path / 'scene', scene, storage=storage, images=images)
    options = GraphOptions(
        use_sim_time=True, composed=True, parameters=(f'model_path:={checkpoint}',)
    )
    heard = []
    driver = Node('driver')
    executor.add_node(driver)
    with GraphProcesses(options) as processes:
        processes.bring_up(driver, executor)
        session = ReplaySession(
            executor,
            tmp_path / 'scene',
            output=tmp_path / 'results',
            storage=storage,
            on_weights=heard.append,
        )
        session.run()
        session.close()
    assert session.sent == counts.images + counts.audio
    assert len(heard) >= 0.9 * scene.n_frames
    with Reader(tmp_path / 'results') as reader:
        recorded = Counter()
        diagnosed = {}
        for connection, t_ns, data in reader.messages():
            recorded[connection.topic] += 1
            assert t_ns >= scene.settings.start_ns
            if connection.topic == '/diagnostics':
                message = bag_types().deserialize_cdr(data, connection.msgtype)
                for status in message.status:
                    diagnosed[status.name] = {
                        v.key: int(v.value) for v in status.values if v.value.isdigit()
                    }
    assert recorded['/fusion/weights'] == len(heard)
    assert recorded['/fusion/vocabulary'] == 1
    assert diagnosed['audio_encoder: hearing']['received'] == counts.audio
    assert diagnosed['visual_encoder: seeing']['received'] == counts.images


def test_what_cannot_be_played_is_refused_and_leaves_nothing_behind(executor, tmp_path):
    with pytest.raises(RecordingError, match='nowhere'):
        ReplaySession(executor, tmp_path / 'nowhere')
    assert not executor.get_nodes()
