# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The fusion node in this process, driven by features and /clock."""

import array

import pytest
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile
from rosgraph_msgs.msg import Clock

from av_fusion_ros.model.specification import Specification
from av_fusion_ros.msg import (
    AudioFeatures,
    CommandVocabulary,
    FusionMode,
    ModalityWeights,
    V2xVisual,
    VisualFeatures,
)
from av_fusion_ros.nodes.diagnostics import ERROR, OK, WARN
from av_fusion_ros.nodes.fusion import FusionNode
from av_fusion_ros.nodes.inference_worker import InferenceWorker
from av_fusion_ros.nodes.stamps import to_ns, to_stamp

SUCCESS, FAILURE = TransitionCallbackReturn.SUCCESS, TransitionCallbackReturn.FAILURE
START_NS = 1_700_000_000_000_000_000
MS = 1_000_000
HOP_NS = 40 * MS
SIZE = Specification().feature_size
LATCHED = QoSProfile(depth=10, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class Bench:
    """The fusion node, the driver of its inputs and clock, and what it publishes."""

    def __init__(self, executor, spin_until, checkpoint, **settings):
        self.executor, self.spin_until = executor, spin_until
        settings = {'model_path': str(checkpoint), 'use_sim_time': True} | settings
        self.node = FusionNode(
            worker=InferenceWorker(inline=True),
            parameter_overrides=[Parameter(k, value=v) for k, v in settings.items()],
        )
        self.driver = Node('driver')
        for node in (self.node, self.driver):
            executor.add_node(node)
        make = self.driver.create_publisher
        self.clock = make(Clock, '/clock', 10)
        self.ear = make(AudioFeatures, 'audio_features', 100)
        self.eye = make(VisualFeatures, 'visual_features', 100)
        self.air = make(V2xVisual, 'v2x/admitted', 100)
        self.weights, self.modes = [], []
        hear = self.driver.create_subscription
        hear(ModalityWeights, 'fusion/weights', self.weights.append, 100)
        hear(FusionMode, 'fusion/mode', self.modes.append, LATCHED)

    def activate(self):
        assert self.node.trigger_configure() == SUCCESS
        assert self.node.trigger_activate() == SUCCESS
        for publisher in (self.ear, self.eye, self.air):
            self.spin_until(self.executor, lambda p=publisher: p.get_subscription_count() == 1)
        self.spin_until(self.executor, lambda: len(self.modes) == 1)
        return self

    def counted(self, name):
        return self.node.task.counted(name)

    def send(self, publisher, message):
        before = self.counted('received')
        publisher.publish(message)
        self.spin_until(self.executor, lambda: self.counted('received') == before + 1)

    def tell_time(self, ns):
        """Publish /clock and wait until the node has it."""
        self.clock.publish(Clock(clock=to_stamp(ns)))
        self.spin_until(self.executor, lambda: self.node.get_clock().now().nanoseconds == ns)

    def play(self, hops, start_ns=START_NS, ear=True, eye=True, first=0):
        for k in range(first, first + hops):
            stamp_ns = start_ns + k * HOP_NS
            self.tell_time(stamp_ns + 5 * MS)
            if ear:
                self.send(self.ear, sound(k, stamp_ns))
            if eye:
                self.send(self.eye, picture(k, stamp_ns))

    def settle(self):
        self.spin_until(self.executor, lambda: len(self.weights) == self.counted('weights'))

    def mode(self):
        return self.modes[-1].mode


def embedding(k, size=SIZE):
    return array.array('f', [((k * 7 + n) % 13 - 6) / 6 for n in range(size)])


def sound(k, stamp_ns, **fields):
    message = AudioFeatures(sequence=k, model_id='for tests', embedding=embedding(k))
    message.header.stamp = to_stamp(stamp_ns)
    message.start = to_stamp(stamp_ns - 62 * MS)
    message.header.frame_id = 'mic'
    message.quality, message.speech_probability, message.snr_db = 1.0, 0.9, 20.0
    message.level_dbfs = -20.0
    for name, value in fields.items():
        setattr(message, name, value)
    return message


def picture(k, stamp_ns, **fields):
    message = VisualFeatures(sequence=k, model_id='for tests', embedding=embedding(k + 5))
    message.header.stamp = to_stamp(stamp_ns)
    message.face_id, message.face_confidence, message.quality = 1, 1.0, 0.9
    message.sharpness = message.exposure = message.contrast = message.visibility = 0.9
    message.motion, message.mouth_opening = 1.0, 0.1 + 0.05 * (k % 5)
    for name, value in fields.items():
        setattr(message, name, value)
    return message


@pytest.fixture
def bench(executor, spin_until, checkpoint):
    return lambda **settings: Bench(executor, spin_until, checkpoint, **settings)


def test_every_hop_gives_one_weights_message_that_sums_to_one(bench):
    made = bench().activate()
    made.play(60)
    made.settle()
    assert 55 <= len(made.weights) <= 60
    stamps = [to_ns(message.header.stamp) for message in made.weights]
    assert stamps == sorted(set(stamps))
    steady = made.weights[20:]
    for message in steady:
        assert message.audio + message.visual + message.v2x == pytest.approx(1.0, abs=1e-5)
    assert made.mode() == FusionMode.MODE_NOMINAL


def test_a_late_subscriber_gets_vocabulary_and_mode(bench, executor, spin_until):
    made = bench().activate()
    made.play(60)
    late = Node('late')
    executor.add_node(late)
    got = {}
    for kind, topic in ((CommandVocabulary, 'fusion/vocabulary'), (FusionMode, 'fusion/mode')):
        late.create_subscription(kind, topic, lambda m, t=topic: got.__setitem__(t, m), LATCHED)
    spin_until(executor, lambda: len(got) == 2)
    vocabulary = got['fusion/vocabulary']
    assert 'stop' in vocabulary.texts
    assert len(vocabulary.ids) == len(vocabulary.texts)
    assert dict(zip(vocabulary.slot_names, vocabulary.slot_values, strict=True))['colour'] == (
        'red|green|blue|white|yellow'
    )
    assert vocabulary.model_id == 'for tests'
    assert got['fusion/mode'].mode == FusionMode.MODE_NOMINAL


@pytest.mark.parametrize(
    ('ear', 'eye', 'mode'),
    [(True, False, FusionMode.MODE_AUDIO_ONLY), (False, True, FusionMode.MODE_VISUAL_ONLY)],
)
def test_an_absent_sense_leaves_all_weight_to_the_other(bench, ear, eye, mode):
    made = bench().activate()
    made.play(60, ear=ear, eye=eye)
    made.settle()
    assert made.mode() == mode
    last = made.weights[-1]
    assert (last.audio, last.visual) == pytest.approx((float(ear), float(eye)))


def test_a_late_camera_is_taken_in(bench):
    made = bench().activate()
    made.play(30, eye=False)
    made.play(60, first=30)
    made.settle()
    assert made.mode() == FusionMode.MODE_NOMINAL


def test_when_every_sense_falls_silent_the_ros_clock_leads_to_blind(bench):
    made = bench().activate()
    made.play(50)
    assert made.mode() == FusionMode.MODE_NOMINAL
    for k in range(1, 60):
        made.tell_time(START_NS + (50 + k) * HOP_NS)
        made.executor.spin_once(timeout_sec=0.01)
    made.spin_until(made.executor, lambda: made.mode() == FusionMode.MODE_BLIND)
    made.settle()
    assert (made.weights[-1].audio, made.weights[-1].visual) == (0.0, 0.0)


def test_the_mode_is_in_the_diagnostics_with_a_level(bench):
    def shown(made):
        status = made.node.task.report('fusion', '')
        values = {value.key: value.value for value in status.values}
        return status.level, values['mode'], values['mode_switches']

    made = bench().activate()
    assert shown(made)[1:] == ('BLIND', '0')
    made.play(50)
    made.settle()
    assert shown(made) == (OK, 'NOMINAL', '1')
    made.play(50, first=50, eye=False)
    made.settle()
    assert shown(made) == (WARN, 'AUDIO_ONLY', '2')


def test_a_clock_that_jumps_back_begins_anew_and_goes_on(bench):
    made = bench().activate()
    made.play(40)
    made.settle()
    made.play(40, start_ns=START_NS - 3600 * 1000 * MS)
    made.settle()
    assert made.counted('clock_jumps') == 1
    stamps = [to_ns(message.header.stamp) for message in made.weights]
    back = [k for k in range(1, len(stamps)) if stamps[k] < stamps[k - 1]]
    assert len(back) == 1
    assert len(stamps) - back[0] >= 35


@pytest.mark.parametrize(
    ('fields', 'told'),
    [
        ({'model_id': 'another'}, "'another'"),
        ({'embedding': embedding(0, 3)}, '3 values'),
        ({'embedding': array.array('f', [float('nan')] * SIZE)}, 'NaN'),
    ],
    ids=['model', 'size', 'nan'],
)
@pytest.mark.parametrize('sense', ['ear', 'eye'])
def test_features_that_do_not_fit_are_refused_by_name_and_the_next_are_taken(
    bench, sense, fields, told
):
    made = bench().activate()
    make = sound if sense == 'ear' else picture
    made.send(getattr(made, sense), make(0, START_NS, **fields))
    assert made.counted('refused') == 1
    report = made.node.task.report('n', 'h')
    assert report.level == ERROR
    assert told in report.message
    made.play(20)
    assert made.counted('refused') == 1
    assert made.counted('weights') >= 15


@pytest.mark.parametrize('content', [None, 'commands: []', 'commands: [xyzzyplugh]', ': no [yaml'])
def test_an_unusable_command_file_is_told_and_a_good_one_can_follow(bench, content, tmp_path):
    path = tmp_path / 'mine.yaml'
    if content is not None:
        path.write_text(content)
    made = bench(commands_file=str(path))
    assert made.node.trigger_configure() == FAILURE
    report = made.node.task.report('n', 'h')
    assert report.level == ERROR
    assert 'mine.yaml' in report.message
    path.write_text('commands: [go forward]')
    made.activate()
    assert made.node.task.report('n', 'h').level == OK


def test_a_command_file_that_changes_is_read_again_and_an_unusable_one_changes_nothing(
    bench, tmp_path
):
    path = tmp_path / 'mine.yaml'
    path.write_text('commands: [go forward]')
    made = bench(commands_file=str(path)).activate()
    told = []
    made.driver.create_subscription(CommandVocabulary, 'fusion/vocabulary', told.append, LATCHED)
    made.spin_until(made.executor, lambda: len(told) == 1)
    path.write_text('commands: [go forward, open the gate]')
    made.spin_until(made.executor, lambda: len(told) == 2)
    assert list(told[-1].texts) == ['go forward', 'open the gate']
    made.play(30)
    assert made.counted('weights') >= 25
    path.write_text('commands: [xyzzyplugh]')
    made.spin_until(made.executor, lambda: made.node.task.report('n', 'h').level == ERROR)
    assert 'earlier commands stay' in made.node.task.report('n', 'h').message
    assert made.counted('vocabularies') == 1
    path.write_text('commands: [stop]')
    made.spin_until(made.executor, lambda: len(told) == 3)
    assert made.node.task.report('n', 'h').level == OK


def test_an_unreadable_change_of_the_command_file_leaves_the_node_alive(
    bench, executor, spin_until, tmp_path
):
    path = tmp_path / 'commands.yaml'
    path.write_text('commands: [stop]\n')
    made = bench(commands_file=str(path)).activate()
    for bad in ('commands: [stop]\nsince: 2026-13-45\n', '[' * 3000, 'a: ' + '9' * 5000):
        path.write_text(bad)
        spin_until(executor, lambda: 'the earlier commands stay' in told(made))
        path.write_text('commands: [stop]\n')
        spin_until(executor, lambda: told(made) == 'ok')


def told(made):
    return made.node.task.report('n', 'h').message


def test_a_command_file_that_was_mended_while_inactive_is_no_longer_complained_of(bench, tmp_path):
    path = tmp_path / 'commands.yaml'
    path.write_text('commands: [stop]\n')
    made = bench(commands_file=str(path)).activate()
    path.write_text('nothing')
    made.node.look_at_commands()
    for step in ('deactivate', 'cleanup'):
        assert getattr(made.node, f'trigger_{step}')() == SUCCESS
    path.write_text('commands: [go]\n')
    for step in ('configure', 'activate'):
        assert getattr(made.node, f'trigger_{step}')() == SUCCESS
    assert told(made) == 'ok'


def test_a_clock_that_goes_back_ends_the_latched_mode_even_if_nothing_follows(bench):
    made = bench().activate()
    made.play(40)
    made.settle()
    assert made.mode() == FusionMode.MODE_NOMINAL
    back_ns = START_NS - 1000 * HOP_NS
    made.tell_time(back_ns)
    made.spin_until(made.executor, lambda: made.mode() == FusionMode.MODE_BLIND)
    assert made.modes[-1].previous == FusionMode.MODE_NOMINAL
    assert to_ns(made.modes[-1].header.stamp) == back_ns
    assert made.node.task.report('n', 'h').level == ERROR


def test_stamps_that_jump_to_where_nothing_is_usable_end_the_latched_mode(bench):
    made = bench().activate()
    made.play(40)
    start_ns = START_NS + 20_000 * MS
    for k in range(40):
        made.tell_time(start_ns + k * HOP_NS)
        dark = picture(k, start_ns + k * HOP_NS, quality=0.0, embedding=[], face_id=0)
        made.send(made.eye, dark)
    made.settle()
    assert made.weights[-1].mode == FusionMode.MODE_BLIND
    assert made.mode() == FusionMode.MODE_BLIND


def test_deactivating_ends_the_latched_mode_at_the_capture_time_reached(bench):
    made = bench().activate()
    made.play(40)
    made.settle()
    assert made.node.trigger_deactivate() == SUCCESS
    made.spin_until(made.executor, lambda: made.mode() == FusionMode.MODE_BLIND)
    end_ns = START_NS + 40 * HOP_NS
    assert end_ns - 2 * HOP_NS <= to_ns(made.modes[-1].header.stamp) <= end_ns


def test_a_camera_with_another_clock_is_told_and_does_not_stop_time(bench):
    made = bench().activate()
    made.play(40)
    for k in range(40, 60):
        stamp_ns = START_NS + k * HOP_NS
        made.tell_time(stamp_ns + 5 * MS)
        made.send(made.ear, sound(k, stamp_ns))
        made.send(made.eye, picture(k, stamp_ns + 3_600_000 * MS))
    report = made.node.task.report('n', 'h')
    assert report.level == ERROR
    assert 'visual_features left out: stamped +3600.0' in report.message
    # Both fall silent, the camera last.
    for k in range(60, 120):
        made.tell_time(START_NS + k * HOP_NS + 5 * MS)
    made.settle()
    assert made.mode() == FusionMode.MODE_BLIND


def test_an_embedding_out_of_range_costs_its_own_hop_alone(bench):
    made = bench().activate()
    made.play(30)
    absurd = array.array('f', [3e38] * SIZE)
    made.send(made.ear, sound(30, START_NS + 30 * HOP_NS, embedding=absurd))
    made.play(30, first=31)
    made.settle()
    assert made.counted('refused') == 1
    assert 'beyond 1000' in told(made)
    assert len(made.weights) >= 59
