# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The audio encoder's adaptation over DDS: its services, what it keeps, and what it refuses."""

import numpy as np
import pytest
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile, ReliabilityPolicy

from av_fusion_ros.learning.site_state import IN_FORCE, SiteStateStore, model_name
from av_fusion_ros.msg import Audio, AudioFeatures, ConsistencyAlarm, RecognizedCommand
from av_fusion_ros.nodes.audio_encoder import AudioEncoderNode
from av_fusion_ros.nodes.diagnostics import ERROR
from av_fusion_ros.nodes.inference_worker import InferenceWorker
from av_fusion_ros.nodes.stamps import to_stamp
from av_fusion_ros.recognition.site_correction import SiteCorrection
from av_fusion_ros.srv import (
    GetAdaptationStatus,
    RollbackAdaptation,
    SetAdaptation,
    SnapshotAdaptation,
)

SUCCESS = TransitionCallbackReturn.SUCCESS
START_NS = 1_700_000_000_000_000_000
RELIABLE = QoSProfile(depth=500, reliability=ReliabilityPolicy.RELIABLE)
BLOCK = 1600
SERVICES = {
    'set': SetAdaptation,
    'snapshot': SnapshotAdaptation,
    'rollback': RollbackAdaptation,
    'status': GetAdaptationStatus,
}


class Bench:
    """The node, its services' clients, and the features it publishes."""

    def __init__(self, executor, spin_until, folder, checkpoint, **settings):
        self.executor, self.spin_until = executor, spin_until
        settings = {'model_path': str(checkpoint), 'adaptation_folder': str(folder)} | settings
        self.node = AudioEncoderNode(
            worker=InferenceWorker(inline=True),
            parameter_overrides=[Parameter(name, value=value) for name, value in settings.items()],
        )
        self.driver = Node('driver')
        for node in (self.node, self.driver):
            executor.add_node(node)
        self.sound = self.driver.create_publisher(Audio, 'audio', RELIABLE)
        self.commands = self.driver.create_publisher(RecognizedCommand, 'fusion/command', 10)
        self.alarms = self.driver.create_publisher(ConsistencyAlarm, 'fusion/alarm', 10)
        self.features = []
        self.driver.create_subscription(
            AudioFeatures, 'audio_features', self.features.append, RELIABLE
        )
        self.clients = {
            name: self.driver.create_client(kind, f'audio_encoder/adaptation/{name}')
            for name, kind in SERVICES.items()
        }
        assert self.node.trigger_configure() == SUCCESS
        assert self.node.trigger_activate() == SUCCESS
        for publisher in (self.sound, self.commands, self.alarms):
            spin_until(executor, lambda p=publisher: p.get_subscription_count() == 1)
        for client in self.clients.values():
            spin_until(executor, client.service_is_ready)

    def call(self, name, **fields):
        future = self.clients[name].call_async(SERVICES[name].Request(**fields))
        self.spin_until(self.executor, future.done)
        return future.result()

    def status(self):
        return self.call('status')

    def embeddings(self, seconds=2):
        """What the node makes of the same noise each time, begun anew."""
        assert self.node.trigger_deactivate() == SUCCESS
        assert self.node.trigger_activate() == SUCCESS
        self.spin_until(self.executor, lambda: self.sound.get_subscription_count() == 1)
        self.features.clear()
        published = self.node.task.counted('published')
        noise = np.random.default_rng(0).standard_normal(16000 * seconds) * 3000
        for k in range(16000 * seconds // BLOCK):
            block = noise[k * BLOCK : (k + 1) * BLOCK].astype(np.int16)
            message = Audio(sample_rate_hz=16000, channels=1, encoding='S16LE')
            message.first_sample = k * BLOCK
            message.data = block.tobytes()
            message.header.stamp = to_stamp(START_NS + (k + 1) * BLOCK * 62_500)
            received = self.node.task.counted('received')
            self.sound.publish(message)
            self.spin_until(
                self.executor, lambda n=received: self.node.task.counted('received') == n + 1
            )
        self.spin_until(
            self.executor,
            lambda: len(self.features) == self.node.task.counted('published') - published > 0,
        )
        return np.array([message.embedding for message in self.features])


@pytest.fixture
def bench(executor, spin_until, tmp_path, checkpoint):
    return lambda **settings: Bench(executor, spin_until, tmp_path / 's', checkpoint, **settings)


@pytest.fixture
def taught(tmp_path, checkpoint):
    """A folder in which an earlier run has left a correction in force, and a snapshot of it."""
    store = SiteStateStore(tmp_path / 's', model_name('for tests', checkpoint))
    correction = SiteCorrection(np.full(64, 50.0, np.float32), 1.0)
    store.write(correction, START_NS)
    store.snapshot(correction, START_NS, 'kitchen')
    store.close()


def test_it_is_off_until_it_is_started_and_off_again_when_stopped(bench):
    made = bench()
    status = made.status()
    assert (status.state, status.learning, status.strength) == ('off', False, 0.0)
    assert not made.call('snapshot', label='x').success
    assert made.call('set', run=True).success
    status = made.status()
    assert (status.state, status.learning, status.lessons) == ('learning', True, 0)
    assert made.call('set', run=False).success
    assert made.status().state == 'off'


def test_a_snapshot_is_kept_listed_and_rolled_back_to(bench, taught):
    made = bench(adaptation_enabled=True)
    assert made.status().strength == 1.0
    kept = made.call('snapshot', label='before lunch')
    assert (kept.success, kept.snapshot) == (True, 2)
    assert made.call('rollback', snapshot=0).success
    status = made.status()
    assert status.strength == 0.0
    assert list(zip(status.snapshots, status.snapshot_labels, strict=True)) == [
        (1, 'kitchen'),
        (2, 'before lunch'),
    ]
    assert made.call('rollback', snapshot=2).success
    assert made.status().strength == 1.0
    unknown = made.call('rollback', snapshot=9)
    assert not unknown.success
    assert 'kept are: 1, 2' in unknown.message
    assert made.status().strength == 1.0


def test_a_corrupt_state_is_refused_and_hearing_goes_on_unadapted(bench, taught, tmp_path):
    (tmp_path / 's' / IN_FORCE).write_bytes(b'not a state')
    made = bench(adaptation_enabled=True)
    status = made.status()
    assert status.state.startswith('refused')
    assert 'in_force' in status.state
    assert status.strength == 0.0
    report = made.node._adaptation._task.report('n', 'h')
    assert report.level == ERROR
    assert 'in_force' in report.message
    assert len(made.embeddings()) > 30
    assert not made.call('set', run=True).success
    assert made.call('rollback', snapshot=1).success
    assert made.call('set', run=True).success
    assert made.status().strength == 1.0


def test_learning_without_a_correction_and_stopping_change_no_result(bench):
    made = bench()
    before = made.embeddings()
    assert made.call('set', run=True).success
    np.testing.assert_array_equal(made.embeddings(), before)
    assert made.call('set', run=False).success
    np.testing.assert_array_equal(made.embeddings(), before)


def test_what_was_learnt_is_in_force_after_a_restart_until_rolled_back(bench, taught):
    made = bench(adaptation_enabled=True)
    taught_embeddings = made.embeddings()
    assert made.call('rollback', snapshot=0).success
    delivered = made.embeddings()
    assert np.abs(taught_embeddings - delivered).max() > 1e-3
    assert made.call('set', run=False).success
    assert made.call('rollback', snapshot=1).success
    assert made.status().state == 'off'
    np.testing.assert_array_equal(made.embeddings(), taught_embeddings)


def test_commands_reach_the_learner_but_not_while_the_senses_contradict_each_other(
    bench, executor, spin_until
):
    made = bench(adaptation_enabled=True)
    unsure = RecognizedCommand()
    unsure.best.text, unsure.best.confidence = 'stop', 0.3

    def refused():
        return made.node._adaptation.session.status().counts['unsure']

    made.commands.publish(unsure)
    spin_until(executor, lambda: refused() == 1)
    alarm = ConsistencyAlarm(level=ConsistencyAlarm.LEVEL_ERROR, kind=ConsistencyAlarm.KIND_CONTENT)
    made.alarms.publish(alarm)
    spin_until(executor, lambda: made.node._adaptation._contradicted)
    made.commands.publish(unsure)
    spin_until(executor, lambda: made.node._adaptation._task.counted('while_alarmed') == 1)
    made.alarms.publish(ConsistencyAlarm())
    spin_until(executor, lambda: not made.node._adaptation._contradicted)
    made.commands.publish(unsure)
    spin_until(executor, lambda: refused() == 2)


def test_a_second_node_is_refused_the_folder(bench, executor, spin_until, tmp_path, checkpoint):
    made = bench(adaptation_enabled=True)
    store_refused = made.call('set', run=True)
    assert store_refused.success  # it runs already
    other = AudioEncoderNode(
        worker=InferenceWorker(inline=True),
        parameter_overrides=[
            Parameter('model_path', value=str(checkpoint)),
            Parameter('adaptation_folder', value=str(tmp_path / 's')),
            Parameter('adaptation_enabled', value=True),
        ],
    )
    executor.add_node(other)
    assert other.trigger_configure() == SUCCESS
    assert 'in use by another' in other._adaptation._task.report('n', 'h').message
