# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The encoder nodes in this process: lifecycle, good input, every kind of bad input."""

import cv2
import numpy as np
import pytest
import soundfile
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CompressedImage, Image

from av_fusion_ros.msg import Audio, AudioFeatures, VisualFeatures
from av_fusion_ros.nodes.audio_encoder import AudioEncoderNode
from av_fusion_ros.nodes.diagnostics import ERROR, OK, WARN
from av_fusion_ros.nodes.image_message import image_message
from av_fusion_ros.nodes.inference_worker import InferenceWorker
from av_fusion_ros.nodes.stamps import to_ns, to_stamp
from av_fusion_ros.nodes.visual_encoder import VisualEncoderNode

SUCCESS, FAILURE = TransitionCallbackReturn.SUCCESS, TransitionCallbackReturn.FAILURE
START_NS = 1_700_000_000_000_000_000
MS = 1_000_000
RELIABLE = QoSProfile(depth=500, reliability=ReliabilityPolicy.RELIABLE)


class Bench:
    """A node under test, its input publishers, and what it publishes."""

    def __init__(self, executor, spin_until, kind, inputs, output, **settings):
        self.executor, self.spin_until = executor, spin_until
        overrides = [Parameter(name, value=value) for name, value in settings.items()]
        self.node = kind(worker=InferenceWorker(inline=True), parameter_overrides=overrides)
        self.driver = Node('driver')
        for node in (self.node, self.driver):
            executor.add_node(node)
        self.inputs = {
            topic: self.driver.create_publisher(message, topic, RELIABLE)
            for topic, message in inputs.items()
        }
        self.got = []
        self.subscription = self.driver.create_subscription(
            output[1], output[0], self.got.append, RELIABLE
        )

    def activate(self):
        assert self.node.trigger_configure() == SUCCESS
        assert self.node.trigger_activate() == SUCCESS
        for publisher in self.inputs.values():
            self.spin_until(self.executor, lambda p=publisher: p.get_subscription_count() == 1)
        features = self.driver.count_publishers
        self.spin_until(self.executor, lambda: features(self.subscription.topic_name) == 1)
        return self

    def send(self, topic, *messages):
        """Send one by one, each when the one before was received: sensor queues are short."""
        before = self.counted('received')
        for sent, message in enumerate(messages, start=1):
            self.inputs[topic].publish(message)
            self.spin_until(self.executor, lambda n=sent: self.counted('received') == before + n)

    def settle(self):
        """Wait until all that was published has arrived here."""
        self.spin_until(self.executor, lambda: len(self.got) == self.counted('published'))

    def counted(self, name):
        return self.node.task.counted(name)

    def report(self):
        return self.node.task.report('node', 'here')


@pytest.fixture
def ear(executor, spin_until, checkpoint):
    def made(**settings):
        settings.setdefault('model_path', str(checkpoint))
        output = ('audio_features', AudioFeatures)
        return Bench(executor, spin_until, AudioEncoderNode, {'audio': Audio}, output, **settings)

    return made


@pytest.fixture
def eye(executor, spin_until, checkpoint):
    def made(**settings):
        settings.setdefault('model_path', str(checkpoint))
        inputs = {'image': Image, 'image/compressed': CompressedImage}
        output = ('visual_features', VisualFeatures)
        return Bench(executor, spin_until, VisualEncoderNode, inputs, output, **settings)

    return made


def sound(k, rate=16000, encoding='S16LE', channels=1, start_ns=START_NS, data=None):
    """Block k of 20 ms."""
    frames = rate // 50
    message = Audio(sample_rate_hz=rate, channels=channels, encoding=encoding)
    message.first_sample = k * frames
    message.header.stamp = to_stamp(start_ns + 20 * MS * (k + 1))
    message.header.frame_id = 'mic'
    noise = np.random.default_rng(k).normal(0, 0.1, frames * channels)
    message.data = data or (noise * 32767).astype('<i2').tobytes()
    return message


def picture(k, start_ns=START_NS, size=(120, 160)):
    grey = np.random.default_rng(k).integers(60, 190, (*size, 3), dtype=np.uint8)
    message = image_message(grey, 'bgr8')
    message.header.stamp = to_stamp(start_ns + 40 * MS * k)
    message.header.frame_id = 'cam'
    return message


# Lifecycle


@pytest.mark.parametrize('kind', ['ear', 'eye'])
def test_every_transition_can_be_walked_twice_back_to_back(request, kind):
    node = request.getfixturevalue(kind)().node
    for _ in range(2):
        for step in ('configure', 'activate', 'deactivate', 'activate', 'deactivate', 'cleanup'):
            assert getattr(node, f'trigger_{step}')() == SUCCESS
    assert node.trigger_shutdown() == SUCCESS


def test_an_illegal_transition_fails_and_the_node_goes_on(ear, executor, spin_until):
    bench = ear()
    client = bench.driver.create_client(ChangeState, '/audio_encoder/change_state')
    spin_until(executor, client.service_is_ready)

    def change(transition):
        future = client.call_async(ChangeState.Request(transition=Transition(id=transition)))
        spin_until(executor, future.done)
        return future.result().success

    assert not change(Transition.TRANSITION_ACTIVATE)
    assert not change(Transition.TRANSITION_DEACTIVATE)
    assert not change(99)
    assert change(Transition.TRANSITION_CONFIGURE)
    assert not change(Transition.TRANSITION_CONFIGURE)
    assert change(Transition.TRANSITION_ACTIVATE)


def test_with_autostart_a_node_becomes_active_by_itself(ear, executor, spin_until):
    bench = ear(autostart=True)
    spin_until(executor, lambda: bench.inputs['audio'].get_subscription_count() == 1)


@pytest.mark.parametrize('kind', ['ear', 'eye'])
@pytest.mark.parametrize('content', [None, b'', b'no weights'])
def test_a_missing_or_corrupt_model_is_told_and_a_good_one_can_follow(
    request, kind, content, tmp_path, checkpoint
):
    path = tmp_path / 'model.safetensors'
    if content is not None:
        path.write_bytes(content)
    bench = request.getfixturevalue(kind)(model_path=str(path))
    assert bench.node.trigger_configure() == FAILURE
    report = bench.report()
    assert report.level == ERROR
    assert 'model.safetensors' in report.message
    bench.node.set_parameters([Parameter('model_path', value=str(checkpoint))])
    bench.activate()
    assert bench.report().level == OK


def test_diagnostics_come_by_themselves_while_simulated_time_stands_still(
    ear, executor, spin_until
):
    from diagnostic_msgs.msg import DiagnosticArray

    bench = ear(use_sim_time=True)
    heard = []
    bench.driver.create_subscription(DiagnosticArray, '/diagnostics', heard.append, 10)
    spin_until(executor, lambda: len(heard) >= 2)
    status = heard[0].status[0]
    assert (status.name, status.hardware_id) == ('audio_encoder: hearing', 'av_fusion_ros')
    assert 'received' in {value.key for value in status.values}


# Sound


def test_each_second_of_sound_gives_25_features_stamped_with_their_newest_sample(ear):
    bench = ear().activate()
    bench.send('audio', *(sound(k) for k in range(100)))
    bench.settle()
    assert bench.counted('processed') == 100
    assert [message.sequence for message in bench.got] == list(range(49))
    stamps = [to_ns(message.header.stamp) for message in bench.got]
    assert np.abs(np.diff(stamps) - 40 * MS).max() < 0.1 * MS
    # Hop 0 needs 936 samples, the last of which was captured 58 ms after the first.
    assert abs(stamps[0] - (START_NS + 58 * MS)) < MS
    assert {message.header.frame_id for message in bench.got} == {'mic'}
    assert all(np.isfinite(message.embedding).all() for message in bench.got)


@pytest.mark.parametrize(('rate', 'channels'), [(8000, 1), (44100, 2), (48000, 8)])
def test_any_rate_and_channel_count_gives_the_same_number_of_features(ear, rate, channels):
    bench = ear().activate()
    bench.send('audio', *(sound(k, rate, channels=channels) for k in range(50)))
    assert 23 <= bench.counted('published') <= 24


NAN_BLOCK = np.full(320, np.nan, '<f4').tobytes()


@pytest.mark.parametrize(
    ('bad', 'told'),
    [
        (lambda: sound(1, encoding='MP3'), 'MP3'),
        (lambda: sound(1, channels=0, data=b'12'), 'channels'),
        (lambda: sound(1, data=b'123'), '3 bytes'),
        (lambda: sound(1, encoding='F32LE', data=NAN_BLOCK), 'finite'),
        (lambda: sound(1, rate=100, data=b'1234'), '100'),
    ],
    ids=['encoding', 'channels', 'half a sample', 'nan', 'rate'],
)
def test_a_bad_block_is_refused_by_name_and_the_next_is_heard(ear, bad, told):
    bench = ear().activate()
    bench.send('audio', sound(0), bad(), *(sound(k) for k in range(2, 30)))
    assert bench.counted('refused') == 1
    assert bench.counted('processed') == 29
    report = bench.report()
    assert report.level == ERROR
    assert told in report.message
    assert bench.counted('published') >= 12


def test_a_changed_sample_rate_is_told_and_begins_anew(ear):
    bench = ear().activate()
    bench.send('audio', *(sound(k) for k in range(20)))
    later_ns = START_NS + 400 * MS
    bench.send('audio', *(sound(k, rate=48000, start_ns=later_ns) for k in range(20)))
    bench.settle()
    assert bench.counted('format_changes') == 1
    assert bench.counted('resets') == 2
    report = bench.report()
    assert report.level == WARN
    assert '48000 Hz' in report.message
    assert [message.sequence for message in bench.got].count(0) == 2


def test_how_much_a_quiet_talker_is_raised_is_told(ear, shared_data):
    path = min((shared_data / 'grid' / 's1').glob('*.flac'))
    loud, _ = soundfile.read(str(path), dtype='int16')
    bench = ear().activate()
    for k, block in enumerate(np.split(loud[: len(loud) // 320 * 320] // 100, len(loud) // 320)):
        bench.send('audio', sound(k, data=block.astype('<i2').tobytes()))
    bench.settle()
    told = {v.key: v.value for v in bench.report().values}
    assert 3 < float(told['gain_db']) <= 30


def test_a_rate_too_low_for_the_network_is_told_as_long_as_it_comes(ear):
    bench = ear().activate()
    bench.send('audio', sound(0, rate=8000))
    assert bench.report().level == WARN
    assert '8000 Hz' in bench.report().message
    bench.send('audio', sound(0, start_ns=START_NS + 1000 * MS))
    assert '8000 Hz' not in bench.report().message


def test_lost_blocks_are_filled_with_silence_and_counted(ear):
    bench = ear().activate()
    bench.send('audio', *(sound(k) for k in range(50) if not 20 <= k < 25))
    bench.settle()
    assert sum(message.missing_samples for message in bench.got) == 5 * 320
    assert [message.sequence for message in bench.got] == list(range(24))


@pytest.mark.parametrize('kind', ['ear', 'eye'])
def test_time_that_jumps_back_begins_anew(request, kind):
    bench = request.getfixturevalue(kind)().activate()
    made, topic = (sound, 'audio') if kind == 'ear' else (picture, 'image')
    for start_ns in (START_NS, START_NS - 3600 * 1000 * MS):
        bench.send(topic, *(made(k, start_ns=start_ns) for k in range(30)))
    bench.settle()
    assert bench.counted('resets') == 2
    sequences = [message.sequence for message in bench.got]
    assert sequences.count(0) == 2
    assert sequences == [*range(len(sequences) // 2)] * 2


def test_sound_that_is_played_in_a_loop_with_the_same_stamps_is_heard_each_time(ear):
    bench = ear().activate()
    for _ in range(3):
        bench.send('audio', *(sound(k) for k in range(75)))
    bench.settle()
    assert [message.sequence for message in bench.got] == [*range(37)] * 3


def test_an_absent_microphone_is_told_and_a_late_one_is_heard(ear, executor, spin_until):
    bench = ear().activate()
    spin_until(executor, lambda: 'no sound' in bench.report().message)
    assert bench.report().level == WARN
    bench.send('audio', *(sound(k) for k in range(6)))
    assert bench.report().level == OK
    assert bench.counted('published') >= 1


# Pictures


def test_thirty_pictures_a_second_become_25_ticks(eye):
    bench = eye().activate()
    frames = [picture(k) for k in range(30)]
    for k, frame in enumerate(frames):
        frame.header.stamp = to_stamp(START_NS + k * 1000 * MS // 30)
    bench.send('image', *frames)
    bench.settle()
    assert 24 <= len(bench.got) <= 25
    assert all(message.face_id == 0 for message in bench.got)
    assert all(len(message.embedding) == 0 for message in bench.got)
    assert {message.header.frame_id for message in bench.got} == {'cam'}
    assert all(0 <= message.quality <= 1 for message in bench.got)


def compressed(k, data=None):
    raw = np.frombuffer(picture(k).data, np.uint8).reshape(120, 160, 3)
    message = CompressedImage(format='jpeg')
    message.data = data if data is not None else cv2.imencode('.jpg', raw)[1].tobytes()
    message.header.stamp = to_stamp(START_NS + 40 * MS * k)
    return message


def test_compressed_pictures_are_seen_too(eye):
    bench = eye(image_transport='compressed')
    bench.driver.destroy_publisher(bench.inputs.pop('image'))
    bench.activate()
    bench.send('image/compressed', *(compressed(k) for k in range(10)))
    assert bench.counted('processed') == 10
    assert bench.counted('published') >= 9


def test_what_is_wrong_with_the_camera_is_told_in_the_features_and_in_diagnostics(eye):
    # Time stands still: on a busy machine the pictures would come late, and be STALE as well.
    bench = eye(use_sim_time=True).activate()
    dark = [picture(k) for k in range(20)]
    for k, frame in enumerate(dark):
        frame.data = np.random.default_rng(k).integers(0, 4, 120 * 160 * 3, np.uint8).tobytes()
    bench.send('image', *dark)
    bench.settle()
    assert bench.got[-1].health == VisualFeatures.HEALTH_DARK
    assert bench.got[-1].health_scores[VisualFeatures.HEALTH_DARK] > 0.9
    assert bench.got[-1].health_scores[VisualFeatures.HEALTH_NO_FACE] == 1
    assert bench.got[-1].health_scores[VisualFeatures.HEALTH_OK] < 0.1
    assert {v.key: v.value for v in bench.report().values}['camera'] == 'DARK'


def test_pictures_that_come_later_than_before_are_stale(eye):
    bench = eye(use_sim_time=True).activate()
    clock = bench.driver.create_publisher(Clock, '/clock', RELIABLE)
    for k in range(25):
        late_ns = 700 * MS if k >= 10 else 0
        arrival_ns = START_NS + 40 * MS * k + late_ns
        clock.publish(Clock(clock=to_stamp(arrival_ns)))
        now = bench.node.get_clock().now
        bench.spin_until(bench.executor, lambda n=arrival_ns, now=now: now().nanoseconds == n)
        bench.send('image', picture(k))
    bench.settle()
    assert bench.got[9].health != VisualFeatures.HEALTH_STALE
    assert bench.got[-1].health == VisualFeatures.HEALTH_STALE


def padded(k):
    message = picture(k)
    rows = np.frombuffer(message.data, np.uint8).reshape(120, 480)
    message.data = np.pad(rows, ((0, 0), (0, 7))).tobytes()
    message.step = 487
    return message


def big_endian(k):
    grey = np.random.default_rng(k).integers(0, 65535, (120, 160)).astype('>u2')
    message = image_message(grey, 'mono16')
    message.is_bigendian = 1
    message.header.stamp = to_stamp(START_NS + 40 * MS * k)
    return message


@pytest.mark.parametrize('made', [padded, big_endian], ids=['odd row step', 'big-endian'])
def test_an_unusual_layout_is_read_like_any_other(eye, made):
    bench = eye().activate()
    bench.send('image', *(made(k) for k in range(5)))
    assert (bench.counted('processed'), bench.counted('refused')) == (5, 0)


def changed(**fields):
    def made():
        message = picture(1)
        for name, value in fields.items():
            setattr(message, name, value)
        return message

    return made


@pytest.mark.parametrize(
    ('bad', 'told'),
    [
        (changed(encoding='bayer_nonsense'), 'bayer_nonsense'),
        (changed(height=0, width=0, step=0, data=b''), '0'),
        (changed(data=b'short'), '5'),
        (changed(step=7), '7'),
    ],
    ids=['encoding', 'empty', 'short', 'row step'],
)
def test_a_bad_picture_is_refused_by_name_and_the_next_is_seen(eye, bad, told):
    bench = eye().activate()
    bench.send('image', picture(0), bad(), *(picture(k) for k in range(2, 8)))
    assert bench.counted('refused') == 1
    assert bench.counted('processed') == 7
    report = bench.report()
    assert report.level == ERROR
    assert told in report.message


def test_a_broken_jpeg_is_refused_and_the_next_is_seen(eye):
    bench = eye(image_transport='compressed')
    bench.driver.destroy_publisher(bench.inputs.pop('image'))
    bench.activate()
    bench.send('image/compressed', compressed(0), compressed(1, b'no jpeg'), compressed(2))
    assert (bench.counted('processed'), bench.counted('refused')) == (2, 1)


def test_where_both_kinds_are_published_only_raw_pictures_are_decoded(eye, executor, spin_until):
    bench = eye()
    bench.node.trigger_configure()
    bench.node.trigger_activate()
    compressed_input = bench.inputs['image/compressed']
    spin_until(executor, lambda: compressed_input.get_subscription_count() == 0)
    spin_until(executor, lambda: bench.inputs['image'].get_subscription_count() == 1)
    bench.driver.destroy_publisher(bench.inputs['image'])
    spin_until(executor, lambda: compressed_input.get_subscription_count() == 1)


def test_an_absent_camera_is_told_and_a_late_one_is_seen(eye, executor, spin_until):
    bench = eye().activate()
    spin_until(executor, lambda: 'no picture' in bench.report().message)
    bench.send('image', *(picture(k) for k in range(3)))
    assert bench.report().level == OK


BEST_EFFORT = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)


@pytest.fixture
def mismatched(executor, spin_until, checkpoint):
    """An encoder that wants reliable pictures, a camera that promises none, and its publisher."""
    overrides = {
        'qos_overrides./image.subscription.reliability': 'reliable',
        'model_path': str(checkpoint),
    }
    node = VisualEncoderNode(
        worker=InferenceWorker(inline=True),
        parameter_overrides=[Parameter(k, value=v) for k, v in overrides.items()],
    )
    executor.add_node(node)
    node.trigger_configure()
    node.trigger_activate()
    camera = Node('camera')
    executor.add_node(camera)
    publisher = camera.create_publisher(Image, 'image', BEST_EFFORT)
    spin_until(executor, lambda: node.task.counted('incompatible_publishers') == 1)
    return node, camera, publisher


def test_an_incompatible_publisher_is_told_with_the_policy(mismatched):
    node, _, _ = mismatched
    report = node.task.report('n', 'h')
    assert report.level == ERROR
    assert 'reliability' in report.message


def test_when_the_incompatible_publisher_is_gone_its_fault_is_too(mismatched, executor, spin_until):
    node, camera, publisher = mismatched
    assert 'incompatible' in node.task.report('n', 'h').message
    assert 'incompatible' in node.task.report('n', 'h').message  # it lasts as long as that is there
    camera.destroy_publisher(publisher)
    spin_until(executor, lambda: 'incompatible' not in node.task.report('n', 'h').message)
    camera.create_publisher(Image, 'image', BEST_EFFORT)
    spin_until(executor, lambda: node.task.counted('incompatible_publishers') == 2)
    node.trigger_deactivate()
    assert 'incompatible' not in node.task.report('n', 'h').message


# Stamps and numbers that a driver has wrong


def stamped(message, stamp_ns):
    message.header.stamp = to_stamp(stamp_ns)
    return message


@pytest.mark.parametrize('kind', ['ear', 'eye'])
def test_without_a_stamp_nothing_is_used_and_it_is_told(request, kind):
    bench = request.getfixturevalue(kind)().activate()
    made, topic = (sound, 'audio') if kind == 'ear' else (picture, 'image')
    bench.send(topic, *(stamped(made(k), 0) for k in range(5)))
    assert (bench.counted('refused'), bench.counted('published')) == (5, 0)
    report = bench.report()
    assert report.level == ERROR
    assert 'header.stamp' in report.message
    bench.send(topic, *(made(k) for k in range(5, 15)))
    assert bench.counted('published') >= 4


def test_stamps_of_pictures_that_stand_still_are_told(eye):
    bench = eye().activate()
    bench.send('image', picture(0))
    bench.send('image', *(stamped(picture(k), START_NS) for k in range(9)))
    assert bench.report().level == OK
    bench.send('image', stamped(picture(9), START_NS))
    report = bench.report()
    assert report.level == ERROR
    assert '10 pictures in a row' in report.message
    assert {v.key: v.value for v in report.values}['frames_duplicate'] == '10'
    bench.send('image', *(picture(k) for k in range(1, 5)))
    bench.settle()
    assert [message.sequence for message in bench.got] == [0, 1, 2, 3, 4]


def test_sample_numbers_that_do_not_count_on_are_told(ear):
    bench = ear().activate()
    for k in range(5):
        block = sound(k)
        block.first_sample = 0
        bench.send('audio', block)
    report = bench.report()
    assert report.level == WARN
    assert 'first_sample must count on' in report.message
    assert {v.key: v.value for v in report.values}['timeline_resets'] == '4'


def test_one_stamp_that_is_an_hour_off_does_not_interrupt_numbered_sound(ear):
    bench = ear().activate()
    blocks = [sound(k) for k in range(50)]
    stamped(blocks[20], START_NS + 3_600_000 * MS)
    bench.send('audio', *blocks)
    bench.settle()
    assert [message.sequence for message in bench.got] == list(range(24))
    stamps = [to_ns(message.header.stamp) for message in bench.got]
    assert np.abs(np.diff(stamps) - 40 * MS).max() < MS
    assert 'stamps are far from where the sample numbers say' in bench.report().message


def test_of_both_kinds_under_other_names_only_raw_pictures_are_decoded(
    executor, spin_until, checkpoint
):
    renamed = ['-r', 'image:=/cam/raw', '-r', 'image/compressed:=/cam/raw/compressed']
    node = VisualEncoderNode(
        worker=InferenceWorker(inline=True),
        cli_args=['--ros-args', *renamed],
        parameter_overrides=[Parameter('model_path', value=str(checkpoint))],
    )
    camera = Node('camera')
    executor.add_node(node)
    executor.add_node(camera)
    raw = camera.create_publisher(Image, '/cam/raw', RELIABLE)
    packed = camera.create_publisher(CompressedImage, '/cam/raw/compressed', RELIABLE)
    node.trigger_configure()
    node.trigger_activate()
    spin_until(executor, lambda: raw.get_subscription_count() == 1)
    spin_until(executor, lambda: packed.get_subscription_count() == 0)
    camera.destroy_publisher(raw)
    spin_until(executor, lambda: packed.get_subscription_count() == 1)
