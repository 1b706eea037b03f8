# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The gateway in this process: what is signed by a trusted key gets in, nothing else does."""

import array
import threading
from dataclasses import replace
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from geometry_msgs.msg import PoseStamped
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.serialization import serialize_message
from rosgraph_msgs.msg import Clock

from av_fusion_ros.model.specification import Specification
from av_fusion_ros.msg import V2xVisual
from av_fusion_ros.nodes.inference_worker import InferenceWorker
from av_fusion_ros.nodes.roadside_conversion import roadside_message
from av_fusion_ros.nodes.stamps import to_stamp
from av_fusion_ros.nodes.trust_file import TrustFileError, load_trust_file
from av_fusion_ros.nodes.v2x_gateway import V2xGatewayNode
from av_fusion_ros.recognition.roadside_message import sign, signed_bytes
from av_fusion_ros.recognition.v2x_its import station_of_cam

SUCCESS, FAILURE = TransitionCallbackReturn.SUCCESS, TransitionCallbackReturn.FAILURE
NOW_NS = 1_700_000_000_000_000_000
MS = 1_000_000
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SIZE = Specification().feature_size
ENTRY = f'{{station_id: a, key_id: b, public_key: "{KEY.public_key().public_bytes_raw().hex()}"'


def trust(path, key=KEY, **fields):
    lines = [
        'stations:',
        '  - station_id: rsu-1',
        '    key_id: a',
        f'    public_key: {key.public_key().public_bytes_raw().hex()}',
        *(f'    {name}: {value}' for name, value in fields.items()),
    ]
    path.write_text('\n'.join(lines))
    return path


def view(sequence=2, age_ms=100, key=KEY, **fields):
    message = V2xVisual(station_id='rsu-1', key_id='a', sequence=sequence, model_id='for tests')
    message.embedding = array.array('f', [0.25] * SIZE)
    message.quality = 0.9
    message.position = np.array([1.0, 2.0, 3.0])
    message.header.stamp = message.generated = to_stamp(NOW_NS - age_ms * MS)
    for name, value in fields.items():
        setattr(message, name, value)
    signed = sign(replace(roadside_message(message), signature=b''), key)
    message.signature = array.array('B', signed.signature)
    return message


def jpeg(height, width):
    return bytes(cv2.imencode('.jpg', np.full((height, width, 3), 80, np.uint8))[1])


def frame(data, **fields):
    return view(
        content=V2xVisual.CONTENT_JPEG,
        embedding=array.array('f'),
        model_id='',
        jpeg=array.array('B', data),
        **fields,
    )


@pytest.fixture
def gateway(executor, spin_until, checkpoint, tmp_path):
    def made(path, worker=None, **more):
        settings = {'model_path': str(checkpoint), 'use_sim_time': True, 'trust_file': str(path)}
        settings |= more
        node = V2xGatewayNode(
            worker=worker or InferenceWorker(inline=True),
            parameter_overrides=[Parameter(k, value=v) for k, v in settings.items()],
        )
        executor.add_node(node)
        return node

    return made


@pytest.fixture
def air(executor, spin_until):
    """`air(node)`: activates the node; returns a function that sends, and what got through."""

    def made(node):
        assert node.trigger_configure() == SUCCESS
        assert node.trigger_activate() == SUCCESS
        driver = Node('driver')
        executor.add_node(driver)
        sender = driver.create_publisher(V2xVisual, 'v2x/visual', 10)
        clock = driver.create_publisher(Clock, '/clock', 10)
        admitted = []
        driver.create_subscription(V2xVisual, 'v2x/admitted', admitted.append, 10)
        spin_until(executor, lambda: sender.get_subscription_count() == 1)
        spin_until(executor, lambda: clock.get_subscription_count() == 1)
        spin_until(executor, lambda: driver.count_publishers('v2x/admitted') == 1)
        clock.publish(Clock(clock=to_stamp(NOW_NS)))
        spin_until(executor, lambda: node.get_clock().now().nanoseconds == NOW_NS)

        def send(message):
            before = node.task.counted('received')
            sender.publish(message)
            spin_until(executor, lambda: node.task.counted('received') == before + 1)

        return send, admitted

    return made


def test_a_signed_fresh_view_of_a_trusted_station_gets_in_unchanged(
    gateway, air, executor, spin_until, tmp_path
):
    node = gateway(trust(tmp_path / 'trust.yaml'))
    send, admitted = air(node)
    for k in range(3):
        send(view(sequence=k))
    spin_until(executor, lambda: len(admitted) == 3)
    sent = [view(sequence=k) for k in range(3)]
    assert [bytes(message.signature) for message in admitted] == [bytes(m.signature) for m in sent]
    assert [signed_bytes(roadside_message(message)) for message in admitted] == [
        signed_bytes(roadside_message(message)) for message in sent
    ]
    assert node.task.counted('refused') == 0


@pytest.mark.parametrize(
    ('message', 'reason'),
    [
        (lambda: view(key=Ed25519PrivateKey.from_private_bytes(bytes(32))), 'bad_signature'),
        (lambda: view(station_id='rsu-2'), 'unknown_station'),
        (lambda: view(age_ms=2000), 'too_old'),
        (lambda: view(age_ms=-2000), 'from_future'),
        (lambda: view(model_id='another'), 'wrong_model'),
        (lambda: view(embedding=array.array('f', [float('nan')] * SIZE)), 'malformed'),
        (lambda: view(sequence=1), 'replayed'),
        (lambda: view(content=V2xVisual.CONTENT_JPEG), 'malformed'),
        (lambda: view(position=np.array([900.0, 0, 0])), 'implausible'),
        (lambda: frame(jpeg(48, 64)[:300]), 'bad_frame'),
    ],
)
def test_everything_else_is_refused_with_the_reason_and_the_next_gets_in(
    gateway, air, executor, spin_until, tmp_path, message, reason
):
    node = gateway(trust(tmp_path / 'trust.yaml'))
    send, admitted = air(node)
    send(view(sequence=1))
    send(message())
    send(view(sequence=3, age_ms=90))
    spin_until(executor, lambda: len(admitted) == 2)
    assert node.task.counted(reason) == 1
    assert node.task.counted('refused') == 1
    assert f'{reason}: accepted ' in node.task.report('n', 'h').message


def test_without_a_trust_file_nobody_is_trusted(gateway, air):
    node = gateway('')
    send, admitted = air(node)
    send(view())
    assert node.task.counted('unknown_station') == 1
    assert admitted == []


def test_a_missing_trust_file_fails_configure(gateway, tmp_path):
    node = gateway(tmp_path / 'nowhere.yaml')
    assert node.trigger_configure() == FAILURE
    assert 'nowhere.yaml' in node.task.report('n', 'h').message


@pytest.mark.parametrize(
    ('text', 'told'),
    [
        ('stations: 3', 'a list'),
        ('stations: [{station_id: a}]', 'station 1'),
        ('stations: [{station_id: a, key_id: b, public_key: 12}]', '64 hexadecimal'),
        (': [', 'cannot read'),
        ('stations: [2026-13-01]', 'month must be'),
        ('[' * 3000, 'recursion'),
        (f'stations: [{ENTRY}, position: [{"9" * 400}, 0, 0]}}]', 'no position'),
    ],
    ids=['no list', 'incomplete', 'key', 'no YAML', 'no date', 'nested too deep', 'too far'],
)
def test_a_bad_trust_file_is_refused_by_name(tmp_path, text, told):
    path = tmp_path / 'trust.yaml'
    path.write_text(text)
    with pytest.raises(TrustFileError, match=told) as refused:
        load_trust_file(path)
    assert 'trust.yaml' in str(refused.value)


def test_a_key_is_valid_only_in_its_time(gateway, air, tmp_path):
    times = {'not_before': '2020-01-01T00:00:00Z', 'not_after': '2021-01-01T00:00:00Z'}
    node = gateway(trust(tmp_path / 'trust.yaml', **times))
    send, _ = air(node)
    send(view())
    assert node.task.counted('key_expired') == 1


def look(node):
    """Look at the trust file, and wait until it is read."""
    node.look()
    node._trust_file.wait()


def replaced(path, *arguments, **fields):
    """Write the trust file beside and rename it, as an operator should."""
    trust(path.with_suffix('.new'), *arguments, **fields).replace(path)


def test_keys_are_replaced_without_a_restart(gateway, air, executor, spin_until, tmp_path):
    path = trust(tmp_path / 'trust.yaml')
    node = gateway(path)
    send, admitted = air(node)
    new_key = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
    send(view(sequence=1))
    send(view(sequence=2, key=new_key))
    replaced(path, new_key)
    look(node)
    send(view(sequence=3))
    send(view(sequence=4, key=new_key, age_ms=90))
    spin_until(executor, lambda: len(admitted) == 2)
    assert [message.sequence for message in admitted] == [1, 4]
    assert node.task.counted('bad_signature') == 2


def test_a_station_is_revoked_without_a_restart(gateway, air, tmp_path):
    path = trust(tmp_path / 'trust.yaml')
    node = gateway(path)
    send, _ = air(node)
    path.write_text('stations: []')
    look(node)
    send(view())
    assert node.task.counted('unknown_station') == 1


@pytest.fixture
def busy_worker():
    """An inference thread that has something else to do until `free` is set."""
    worker = InferenceWorker()
    worker.free = threading.Event()
    worker.lane(lambda _: worker.free.wait(), print, 1).submit(None)
    yield worker
    worker.free.set()
    worker.stop()


def test_a_flood_of_poses_does_not_push_a_revocation_out(gateway, air, tmp_path, busy_worker):
    path = trust(tmp_path / 'trust.yaml')
    node = gateway(path, busy_worker)
    send, _ = air(node)
    path.write_text('stations: []')
    look(node)
    for _ in range(60):  # more than wait for the thread
        node._take_pose(PoseStamped())
    send(view())
    busy_worker.free.set()
    assert busy_worker.wait_until_idle(10.0)
    assert node.task.counted('dropped') > 0
    assert node.task.counted('unknown_station') == 1


def test_a_flood_of_poses_does_not_push_a_jump_of_time_out(
    gateway, air, executor, spin_until, tmp_path, busy_worker
):
    node = gateway(trust(tmp_path / 'trust.yaml'), busy_worker)
    send, admitted = air(node)
    send(view())
    busy_worker.free.set()
    assert busy_worker.wait_until_idle(10.0)
    busy_worker.free.clear()
    busy_worker.lane(lambda _: busy_worker.free.wait(), print, 1).submit(None)
    node._jumped(None)
    for _ in range(60):
        node._take_pose(PoseStamped())
    send(view())
    busy_worker.free.set()
    spin_until(executor, lambda: len(admitted) == 2)


def test_half_a_trust_file_leaves_the_keys_in_force_and_is_told(
    gateway, air, executor, spin_until, tmp_path
):
    path = trust(tmp_path / 'trust.yaml')
    node = gateway(path)
    send, admitted = air(node)
    whole = path.read_text()
    path.write_text(whole[:-5])
    look(node)
    send(view(sequence=1))
    spin_until(executor, lambda: len(admitted) == 1)
    assert 'stay in force' in node.task.report('n', 'h').message
    path.write_text(whole)
    look(node)
    assert 'stay in force' not in node.task.report('n', 'h').message


def test_a_trust_file_that_was_mended_while_inactive_is_no_longer_complained_of(gateway, tmp_path):
    path = trust(tmp_path / 'trust.yaml')
    node = gateway(path)
    assert (node.trigger_configure(), node.trigger_activate()) == (SUCCESS, SUCCESS)
    whole = path.read_text()
    path.write_text('stations: [2026-13-01]')
    look(node)
    assert (node.trigger_deactivate(), node.trigger_cleanup()) == (SUCCESS, SUCCESS)
    path.write_text(whole)
    assert (node.trigger_configure(), node.trigger_activate()) == (SUCCESS, SUCCESS)
    assert node.task.report('n', 'h').message == 'ok'


def test_the_clock_of_each_station_is_in_the_diagnostics(gateway, air, tmp_path):
    node = gateway(trust(tmp_path / 'trust.yaml'))
    send, _ = air(node)
    send(view(age_ms=120))
    node.look()
    values = {each.key: each.value for each in node.task.report('n', 'h').values}
    assert values['clock_offset_ms rsu-1'] == '120.0'
    assert values['admitted'] == '1'
    assert values['rate_limited'] == '0'


def test_a_station_that_is_no_longer_heard_leaves_the_diagnostics(
    gateway, air, executor, spin_until, tmp_path
):
    node = gateway(trust(tmp_path / 'trust.yaml'))
    send, _ = air(node)

    def shown():
        node.look()
        return {each.key for each in node.task.report('n', 'h').values if 'rsu-1' in each.key}

    assert not shown()  # a list of thousands of stations is not repeated each second
    send(view())
    assert shown() == {'clock_offset_ms rsu-1', 'median_delay_ms rsu-1'}
    clock = executor.get_nodes()[-1].create_publisher(Clock, '/clock', 10)
    spin_until(executor, lambda: clock.get_subscription_count() == 1)
    later_ns = NOW_NS + 61_000 * MS
    clock.publish(Clock(clock=to_stamp(later_ns)))
    spin_until(executor, lambda: node.get_clock().now().nanoseconds == later_ns)
    assert not shown()


@pytest.mark.parametrize(
    ('frame_id', 'x', 'reason'), [('map', 900.0, 'implausible'), ('odom', 0.0, 'refused')]
)
def test_the_vehicle_pose_is_what_distances_are_taken_from(
    gateway, air, executor, spin_until, tmp_path, frame_id, x, reason
):
    node = gateway(trust(tmp_path / 'trust.yaml'))
    send, _ = air(node)
    driver = Node('localisation')
    executor.add_node(driver)
    poses = driver.create_publisher(PoseStamped, 'vehicle_pose', 1)
    spin_until(executor, lambda: poses.get_subscription_count() == 1)
    pose = PoseStamped()
    pose.header.frame_id, pose.header.stamp = frame_id, to_stamp(NOW_NS)
    pose.pose.position.x = x
    poses.publish(pose)
    spin_until(executor, lambda: node.task.counted('received') == 1)
    send(view())
    assert node.task.counted(reason) == 1


def test_a_frame_without_a_face_is_admitted_and_brings_no_view(gateway, air, tmp_path):
    node = gateway(trust(tmp_path / 'trust.yaml'))
    send, admitted = air(node)
    send(frame(jpeg(120, 160)))
    assert node.task.counted('admitted') == 1
    assert admitted == []


def test_frames_can_be_refused(gateway, air, tmp_path):
    node = gateway(trust(tmp_path / 'trust.yaml'), accept_frames=False)
    send, _ = air(node)
    send(frame(jpeg(120, 160)))
    assert node.task.counted('unsupported') == 1


def test_bytes_that_are_no_message_are_survived(gateway, air, executor, spin_until, tmp_path):
    node = gateway(trust(tmp_path / 'trust.yaml'))
    send, admitted = air(node)
    driver = Node('attacker')
    executor.add_node(driver)
    raw = driver.create_publisher(V2xVisual, 'v2x/visual', 10)
    spin_until(executor, lambda: raw.get_subscription_count() == 1)
    honest = serialize_message(view(sequence=1))
    rng = np.random.default_rng(0)
    for data in (b'', honest[:40], honest[:-30], b'\0\1\0\0' + b'\xff' * 300, rng.bytes(500)):
        raw.publish(data)
    for at in range(4, len(honest), 40):
        raw.publish(honest[:at] + b'\xff' + honest[at + 1 :])
        executor.spin_once(timeout_sec=0.01)
    send(view(sequence=2, age_ms=50))
    spin_until(executor, lambda: 2 in [message.sequence for message in admitted])
    assert node.task.counted('failed') == 0


def test_a_bag_that_loops_is_taken_again(gateway, air, executor, spin_until, tmp_path):
    node = gateway(trust(tmp_path / 'trust.yaml'))
    send, admitted = air(node)
    driver = Node('player')
    executor.add_node(driver)
    clock = driver.create_publisher(Clock, '/clock', 10)
    spin_until(executor, lambda: clock.get_subscription_count() == 1)
    send(view(sequence=1))
    for now_ns in (NOW_NS + 100 * MS, NOW_NS):
        clock.publish(Clock(clock=to_stamp(now_ns)))
        spin_until(executor, lambda t=now_ns: node.get_clock().now().nanoseconds == t)
    send(view(sequence=1))
    spin_until(executor, lambda: len(admitted) == 2)


def test_a_trust_file_entry_is_checked(tmp_path):
    for wrong, told in (
        ({'position': '[1, 2]'}, 'metres'),
        ({'position': '[1, 2, .nan]'}, 'metres'),
        ({'not_before': 'soon'}, 'isoformat'),
        ({'its_station_id': '-1'}, 'ITS station id'),
    ):
        with pytest.raises(TrustFileError, match=told):
            load_trust_file(trust(tmp_path / 'trust.yaml', **wrong))
    path = trust(tmp_path / 'trust.yaml', position='[1, 2, 3.5]')
    assert load_trust_file(path)['rsu-1', 'a'].position == (1.0, 2.0, 3.5)
    path.write_text(path.read_text().replace('rsu-1', 'rsu 1'))
    with pytest.raises(TrustFileError, match='characters'):
        load_trust_file(path)


def its_cam(its_id, latitude):
    """What the bridge reads of a CAM; the package that has the real one is not installed here."""
    value = SimpleNamespace
    place = value(
        latitude=value(value=latitude),
        longitude=value(value=0),
        altitude=value(altitude_value=value(value=800001)),
    )
    container = value(basic_container=value(reference_position=place))
    return value(header=value(station_id=value(value=its_id)), cam=value(cam_parameters=container))


def test_an_its_position_makes_another_place_implausible_and_a_broken_one_does_no_harm(
    gateway, air, tmp_path
):
    path = trust(tmp_path / 'trust.yaml', its_station_id=7)
    node = gateway(path, map_origin='0 0')
    send, _ = air(node)
    node._take_its(station_of_cam, SimpleNamespace())
    send(view(sequence=1))
    assert node.task.counted('admitted') == 1
    assert node.task.counted('failed') == 1
    node._take_its(station_of_cam, its_cam(7, 10000))  # 111 m to the north of where it says
    send(view(sequence=2, age_ms=90))
    assert node.task.counted('implausible') == 1


def test_a_map_origin_that_is_none_fails_configure(gateway, tmp_path):
    node = gateway(trust(tmp_path / 'trust.yaml'), map_origin='here')
    assert node.trigger_configure() == FAILURE
    assert 'map_origin' in node.task.report('n', 'h').message


def test_a_flood_of_refused_views_is_counted_in_full_and_logged_seldom(
    gateway, air, tmp_path, monkeypatch
):
    node = gateway(trust(tmp_path / 'trust.yaml'))
    air(node)
    logger, lines = node.get_logger(), []
    monkeypatch.setattr(logger, 'error', lambda text, **options: lines.append((text, options)))
    for k in range(500):
        node._take(view(station_id=f'stranger-{k}'))
    assert node.task.counted('unknown_station') == 500
    # Options are looked at anew for each line that is not logged: most of a refusal's time.
    assert [options for _, options in lines] == [{}]
    assert 'unknown_station' in lines[0][0]
