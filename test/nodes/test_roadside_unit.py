# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A visual encoder with a station file is a roadside unit, which a gateway believes."""

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from encoder_bench import picture
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.node import Node
from rclpy.parameter import Parameter
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import Image

from av_fusion_ros.generation.media_file import video_frames
from av_fusion_ros.msg import V2xVisual, VisualFeatures
from av_fusion_ros.nodes.image_message import image_message
from av_fusion_ros.nodes.inference_worker import InferenceWorker
from av_fusion_ros.nodes.stamps import to_stamp
from av_fusion_ros.nodes.station_file import StationFileError, load_station_file
from av_fusion_ros.nodes.v2x_gateway import V2xGatewayNode
from av_fusion_ros.nodes.visual_encoder import VisualEncoderNode

SUCCESS = TransitionCallbackReturn.SUCCESS
NOW_NS = 1_700_000_000_000_000_000
MS = 1_000_000
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))


def station(folder, key_id='a', key=KEY, **fields):
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / f'{key_id}.pem').write_bytes(pem)
    fields = {'station_id': 'rsu-1', 'key_id': key_id, 'private_key_file': f'{key_id}.pem'} | fields
    path = folder / 'station.new'
    path.write_text('\n'.join(f'{name}: {value}' for name, value in fields.items()))
    return path.rename(folder / 'station.yaml')


def trust(folder):
    path = folder / 'trust.yaml'
    keys = {'a': KEY, 'b': OTHER_KEY}
    path.write_text('stations:\n' + ''.join(
        f'  - {{station_id: rsu-1, key_id: {key_id}, '
        f'public_key: {key.public_key().public_bytes_raw().hex()}}}\n'
        for key_id, key in keys.items()
    ))  # fmt: skip
    return path


@pytest.fixture
def road(executor, spin_until, checkpoint, shared_data, tmp_path):
    """`road(send)`: a unit and a gateway; returns a function that shows frame k, and what came."""

    def made(send):
        worker = InferenceWorker(inline=True)
        common = {'model_path': str(checkpoint), 'use_sim_time': True, 'backend': 'torch'}
        nodes = [
            kind(
                worker=worker,
                parameter_overrides=[Parameter(k, value=v) for k, v in (common | more).items()],
            )
            for kind, more in (
                (VisualEncoderNode, {'station_file': str(station(tmp_path, send=send))}),
                (V2xGatewayNode, {'trust_file': str(trust(tmp_path))}),
            )
        ]
        driver = Node('driver')
        for node in (*nodes, driver):
            executor.add_node(node)
        for node in nodes:
            assert node.trigger_configure() == SUCCESS
            assert node.trigger_activate() == SUCCESS
        camera = driver.create_publisher(Image, 'image', 10)
        clock = driver.create_publisher(Clock, '/clock', 10)
        seen, admitted = [], []
        driver.create_subscription(VisualFeatures, 'visual_features', seen.append, 100)
        driver.create_subscription(V2xVisual, 'v2x/admitted', admitted.append, 100)
        spin_until(executor, lambda: camera.get_subscription_count() == 1)
        spin_until(executor, lambda: clock.get_subscription_count() == 2)
        spin_until(executor, lambda: driver.count_publishers('v2x/admitted') == 1)
        spin_until(executor, lambda: driver.count_subscribers('v2x/visual') == 1)
        frames = list(video_frames(sorted((shared_data / 'grid' / 's1').glob('*.mp4'))[0]))

        def show(k):
            now_ns = NOW_NS + 40 * MS * k
            clock.publish(Clock(clock=to_stamp(now_ns + 10 * MS)))
            for node in nodes:
                spin_until(
                    executor,
                    lambda n=node: n.get_clock().now().nanoseconds == now_ns + 10 * MS,
                )
            message = image_message(frames[k], 'bgr8')
            message.header.stamp = to_stamp(now_ns)
            camera.publish(message)
            gateway = nodes[1].task
            spin_until(executor, lambda: gateway.counted('received') > k)

        return show, seen, admitted, nodes[1]

    return made


@pytest.mark.parametrize('send', ['features', 'frames'])
def test_what_a_unit_sees_reaches_the_vehicle(road, executor, spin_until, send):
    show, seen, admitted, gateway = road(send)
    for k in range(4):
        show(k)
    spin_until(executor, lambda: len(admitted) == 4 and len(seen) == 4)
    assert gateway.task.counted('refused') == 0
    for here, there in zip(seen, admitted, strict=True):
        assert there.header.stamp == here.header.stamp
        if send == 'features':
            assert there.content == V2xVisual.CONTENT_CODES
            decoded = np.array(there.codes) * there.scale
            assert np.abs(decoded - np.array(here.embedding)).max() <= there.scale / 2 + 1e-6
        else:
            assert there.content == V2xVisual.CONTENT_FEATURES
            one, other = np.array(here.embedding), np.array(there.embedding)
            # The same face, after one more JPEG.
            assert one @ other / np.linalg.norm(one) / np.linalg.norm(other) > 0.95
            assert not there.signature


def test_a_unit_takes_its_new_key_without_a_restart(road, executor, spin_until, tmp_path):
    show, _, admitted, gateway = road('features')
    show(0)
    station(tmp_path, 'b', OTHER_KEY)
    for k in range(1, 30):  # it looks once a second
        show(k)
    spin_until(executor, lambda: len(admitted) == 30)
    assert [message.key_id for message in admitted][::29] == ['a', 'b']
    assert gateway.task.counted('refused') == 0


def test_pictures_too_large_for_the_air_are_refused_and_still_seen_here(eye, tmp_path):
    bench = eye(station_file=str(station(tmp_path, send='frames'))).activate()
    bench.send('image', *(picture(k, size=(1200, 1600)) for k in range(2)))
    bench.settle()
    assert len(bench.got) == bench.counted('refused') == 2
    assert bench.counted('sent') == 0
    assert 'make it smaller' in bench.report().message


def test_another_name_of_the_station_is_told(eye, tmp_path):
    bench = eye(station_file=str(station(tmp_path, send='frames'))).activate()
    station(tmp_path, station_id='rsu-2')
    bench.send('image', picture(0))
    values = {each.key: each.value for each in bench.report().values}
    assert values['station'] == 'rsu-2'


@pytest.mark.parametrize(
    ('fields', 'told'),
    [
        ({'private_key_file': 'none.pem'}, 'none.pem'),
        ({'station_id': 'rsu 1'}, '64 characters'),
        ({'send': 'video'}, 'features | frames'),
        ({'colour': 'red'}, 'must be a mapping'),
        ({'position': '[1, 2]'}, 'metres'),
        ({'private_key_file': 'station.yaml'}, 'private key'),
    ],
)
def test_a_bad_station_file_is_refused_by_name(tmp_path, fields, told):
    path = station(tmp_path, **fields)
    with pytest.raises(StationFileError, match=told.replace('|', r'\|')) as refused:
        load_station_file(path)
    assert 'station.yaml' in str(refused.value)
