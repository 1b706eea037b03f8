# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A generated bag through the running graph, as `av-fusion replay` and the demo play it."""

import os
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
import pytest
from rclpy.node import Node
from rosbags.rosbag2 import Reader

from av_fusion_ros.generation.bag_types import bag_types
from av_fusion_ros.generation.bag_writer import write_scene
from av_fusion_ros.generation.scene import SceneSettings, make_scene
from av_fusion_ros.nodes.graph_processes import GraphOptions, GraphProcesses
from av_fusion_ros.nodes.recording import RecordingError
from av_fusion_ros.nodes.replay_session import ReplaySession
from av_fusion_ros.nodes.result_recorder import RecordError
from av_fusion_ros.recognition.audio_encoder import AudioEncoder
from av_fusion_ros.recognition.backend import open_backend
from av_fusion_ros.recognition.visual_encoder import VisualEncoder

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
        use_sim_time=True,
        composed=True,
        # On a busy machine nothing may be dropped, as everything is compared.
        parameters=(f'model_path:={checkpoint}', 'visual_encoder:queue_depth:=100'),
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
    recorded = read(tmp_path / 'results')
    assert all(t_ns >= scene.settings.start_ns for rows in recorded.values() for t_ns, _ in rows)
    assert len(recorded['/fusion/weights']) == len(heard)
    assert len(recorded['/fusion/vocabulary']) == 1
    diagnosed = {
        status.name: {value.key: value.value for value in status.values}
        for _, message in recorded['/diagnostics']
        for status in message.status
    }
    assert diagnosed['audio_encoder: hearing']['received'] == str(counts.audio)
    assert diagnosed['visual_encoder: seeing']['received'] == str(counts.images)
    assert {
        name: told['dropped'] for name, told in diagnosed.items() if told.get('dropped', '0') != '0'
    } == {}
    assert_features_as_at_once(read(tmp_path / 'scene'), recorded, checkpoint)


def read(bag):
    """(time, message) of each topic."""
    rows = defaultdict(list)
    with Reader(bag) as reader:
        for connection, t_ns, data in reader.messages():
            message = bag_types().deserialize_cdr(data, connection.msgtype)
            rows[connection.topic].append((t_ns, message))
    return rows


def assert_features_as_at_once(played, recorded, checkpoint):
    """What the nodes made message by message is what the encoders make of the whole."""
    backend, spec = open_backend(checkpoint, 'torch')
    pcm = np.concatenate([message.data for _, message in played['/audio']]).view('<i2')
    wanted = AudioEncoder(backend, spec).push((pcm / 32768).astype(np.float32), 0)
    got = [message for _, message in recorded['/audio_features']]
    assert len(got) == len(wanted)
    for message, feature in zip(got, wanted, strict=True):
        assert np.abs(message.embedding - feature.embedding).max() < 1e-4
    encoder = VisualEncoder(backend, spec)
    seen = []
    for _, message in played['/image'] or played['/image/compressed']:
        if hasattr(message, 'format'):
            picture = cv2.imdecode(message.data, cv2.IMREAD_COLOR)
        else:
            picture = message.data.reshape(message.height, message.width, 3)
        stamp = message.header.stamp
        seen += encoder.push(picture, stamp.sec * 1_000_000_000 + stamp.nanosec)
    got = [message for _, message in recorded['/visual_features']]
    assert len(got) == len(seen)
    assert any(feature.embedding.size for feature in seen)
    for message, feature in zip(got, seen, strict=True):
        assert message.embedding.shape == feature.embedding.shape
        assert np.abs(message.embedding - feature.embedding).max(initial=0.0) < 1e-4


def test_what_cannot_be_played_is_refused_and_leaves_nothing_behind(executor, tmp_path):
    with pytest.raises(RecordingError, match='nowhere'):
        ReplaySession(executor, tmp_path / 'nowhere')
    assert not executor.get_nodes()


def test_an_output_that_exists_is_refused_and_leaves_nothing_behind(executor, tmp_path):
    bag, taken = tmp_path / 'scene', tmp_path / 'out'
    write_scene(bag, make_scene(['stop'], (), SceneSettings(width=160, height=120)), images='jpeg')
    taken.mkdir()
    with pytest.raises(RecordError, match='exists'):
        ReplaySession(executor, bag, output=taken)
    assert not executor.get_nodes()


def test_a_bag_that_breaks_off_in_the_middle_is_told_to_the_caller(executor, tmp_path):
    bag = tmp_path / 'scene'
    write_scene(bag, make_scene(['stop'], (), SceneSettings(width=160, height=120)), images='jpeg')
    damaged = bytearray((bag / 'scene.mcap').read_bytes())
    third = len(damaged) // 3
    damaged[third : 2 * third] = b'\xff' * third
    (bag / 'scene.mcap').write_bytes(damaged)
    session = ReplaySession(executor, bag, wait_s=0.0)
    with pytest.raises(RecordingError, match='before the end'):
        session.run()
    session.close()
