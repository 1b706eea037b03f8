# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Bags read back message by message, whatever their storage."""

import json

import cv2
import numpy as np
import pytest
from rosbags.rosbag2 import Reader

from av_fusion_ros.generation.bag_types import bag_types
from av_fusion_ros.generation.bag_writer import write_bag, write_scene
from av_fusion_ros.generation.errors import GenerationError
from av_fusion_ros.generation.events import parse_event
from av_fusion_ros.generation.recorded_scene import grid_clip, recorded_scene
from av_fusion_ros.generation.scene import START_NS


def messages(path):
    """Topic -> [(bag time, message)], checked to be in order of time."""
    read, last = {}, 0
    with Reader(path) as reader:
        for connection, stamp_ns, data in reader.messages():
            assert stamp_ns >= last
            last = stamp_ns
            message = bag_types().deserialize_cdr(data, connection.msgtype)
            read.setdefault(connection.topic, []).append((stamp_ns, message))
    return read


def stamp(message):
    return message.header.stamp.sec * 1_000_000_000 + message.header.stamp.nanosec


@pytest.mark.parametrize('storage', ['mcap', 'sqlite3'])
def test_a_scene_is_read_back_as_it_was_made(storage, tmp_path, small_scene):
    scene = small_scene(parse_event('v2x:start=1,end=2,rate_hz=10'))
    counts = write_scene(tmp_path / 'bag', scene, storage=storage)
    read = messages(tmp_path / 'bag')
    assert (counts.images, counts.audio, counts.v2x) == (75, 150, 10)
    assert {topic: len(items) for topic, items in read.items()} == {
        '/image': 75,
        '/audio': 150,
        '/v2x/visual': 10,
    }
    for index, (bag_ns, message) in enumerate(read['/image']):
        assert bag_ns == stamp(message) == START_NS + index * 40_000_000
        assert (message.encoding, message.step) == ('bgr8', 480)
    last = read['/image'][40][1]
    np.testing.assert_array_equal(last.data.reshape(120, 160, 3), scene.frame(40))
    audio = [message for _, message in read['/audio']]
    assert [message.first_sample for message in audio] == list(range(0, 48000, 320))
    # The stamp is that of the block's last sample.
    assert stamp(audio[1]) == START_NS + round(639 / 16000 * 1e9)
    heard = np.concatenate([message.data.view('<i2') for message in audio])
    np.testing.assert_allclose(heard / 32767, scene.sound.samples, atol=1e-4)


def test_roadside_views_are_unsigned_unless_a_signer_is_given(tmp_path, small_scene):
    scene = small_scene(parse_event('v2x:start=1,end=1.5,rate_hz=10,station_id=north'))

    def sign(message):
        message.signature = np.full(64, message.sequence, np.uint8)
        return message

    write_scene(tmp_path / 'open', scene)
    write_scene(tmp_path / 'signed', scene, sign=sign)
    views = [message for _, message in messages(tmp_path / 'open')['/v2x/visual']]
    assert [view.sequence for view in views] == list(range(5))
    assert all(view.signature.size == 0 and view.station_id == 'north' for view in views)
    assert all(view.content == 1 and view.jpeg.size <= 65536 for view in views)
    picture = cv2.imdecode(views[0].jpeg, cv2.IMREAD_COLOR)
    assert picture.shape == (240, 320, 3)
    signed = [message for _, message in messages(tmp_path / 'signed')['/v2x/visual']]
    assert signed[3].signature.tolist() == [3] * 64


def test_onboard_camera_events_leave_the_roadside_view_alone(tmp_path, small_scene):
    for name, events in (('clear', ()), ('dark', (parse_event('blackout'),))):
        write_scene(tmp_path / name, small_scene(parse_event('v2x:rate_hz=2'), *events))
    clear, dark = (messages(tmp_path / name)['/v2x/visual'] for name in ('clear', 'dark'))
    for (_, first), (_, second) in zip(clear, dark, strict=True):
        np.testing.assert_array_equal(first.jpeg, second.jpeg)


def test_ground_truth_says_what_the_bag_holds(tmp_path, small_scene):
    scene = small_scene(parse_event('blackout:start=2'), parse_event('mic_loss:start=1,end=2'))
    write_scene(tmp_path / 'bag', scene)
    truth = json.loads((tmp_path / 'bag' / 'ground_truth.json').read_text())
    said = truth['utterances'][0]
    assert (said['text'], said['heard_text']) == ('one two', 'one two')
    assert [(w['text'], w['start_s']) for w in said['words']] == [
        ('one', 0.7),
        ('two', 1.7),
    ]
    assert [p['cmu'] for p in said['phonemes']] == [['W'], ['AH'], ['T'], ['UW']]
    assert truth['events'][0] == {'kind': 'blackout', 'start_s': 2.0, 'end_s': 3.0}
    read = messages(tmp_path / 'bag')
    dark = [stamp(m) for _, m in read['/image'] if m.data.mean() < 4]
    assert dark[0] == truth['start_ns'] + 2_000_000_000
    assert len(dark) == 25
    assert len(read['/audio']) == 100


def test_large_pictures_become_jpeg_on_their_own_topic(tmp_path, small_scene):
    scene = small_scene()
    write_scene(tmp_path / 'bag', scene, images='jpeg')
    _, message = messages(tmp_path / 'bag')['/image/compressed'][30]
    decoded = cv2.imdecode(message.data, cv2.IMREAD_COLOR).astype(int)
    assert np.abs(decoded - scene.frame(30)).mean() < 4


def test_any_frames_and_samples_make_a_bag(tmp_path):
    images = [(k * 100, np.full((4, 6, 3), k, np.uint8)) for k in range(5)]
    counts = write_bag(tmp_path / 'bag', images, [(250, 0, np.zeros(160, np.float32))])
    assert (counts.images, counts.audio, counts.v2x) == (5, 1, 0)
    read = messages(tmp_path / 'bag')
    assert [m.data[0] for _, m in read['/image']] == [0, 1, 2, 3, 4]
    with pytest.raises(GenerationError, match='exists'):
        write_bag(tmp_path / 'bag', images, [])
    with pytest.raises(GenerationError, match='mcap or sqlite3'):
        write_bag(tmp_path / 'other', images, [], storage='zip')


def test_real_clips_follow_each_other_with_their_words_under_noise(shared_data):
    folder = shared_data / 'grid' / 's1'
    if not folder.is_dir():
        pytest.skip(f'no GRID clips at {folder}')
    names = sorted(path.stem for path in folder.glob('*.align'))[:2]
    clips = [grid_clip(folder, name) for name in names]
    scene = recorded_scene(clips, [parse_event('noise:snr_db=-8,sound=white')])
    assert scene.n_frames == 150
    assert [len(u.text.split()) for u in scene.utterances] == [6, 6]
    assert scene.utterances[1].start_s == 3.0
    assert scene.frame(0).shape == (288, 360, 3)
    assert not np.array_equal(scene.frame(10), scene.frame(85))
    with pytest.raises(GenerationError, match='desync'):
        recorded_scene(clips, [parse_event('mismatch:text=no')])
