# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Real clips through audio encoder and fusion over DDS, until the noise they are in is learnt."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile, ReliabilityPolicy

from av_fusion_ros.generation.media_file import read_sound, video_frames
from av_fusion_ros.learning.mixing import mix
from av_fusion_ros.learning.site_state import IN_FORCE
from av_fusion_ros.learning.splits import grid_key, part_of
from av_fusion_ros.msg import Audio, RecognizedCommand, VisualFeatures
from av_fusion_ros.nodes.audio_encoder import AudioEncoderNode
from av_fusion_ros.nodes.feature_messages import visual_features_message
from av_fusion_ros.nodes.fusion import FusionNode
from av_fusion_ros.nodes.inference_worker import InferenceWorker
from av_fusion_ros.nodes.stamps import to_stamp
from av_fusion_ros.recognition.backend import open_backend
from av_fusion_ros.recognition.features import HOP_NS
from av_fusion_ros.recognition.visual_encoder import VisualEncoder
from av_fusion_ros.srv import (
    GetAdaptationStatus,
    RollbackAdaptation,
    SetAdaptation,
    SnapshotAdaptation,
)

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / 'models' / 'av_fusion.safetensors'
SUCCESS = TransitionCallbackReturn.SUCCESS
RELIABLE = QoSProfile(depth=500, reliability=ReliabilityPolicy.RELIABLE)
START_NS = 1_760_000_000_000_000_000
FRAMES, HOP_SAMPLES = 74, 640
CLIPS = 13  # a clip comes again after more than the 30 s in which a loop is sought
MOST_SENTENCES = 6 * CLIPS
SERVICES = {
    'set': SetAdaptation,
    'snapshot': SnapshotAdaptation,
    'rollback': RollbackAdaptation,
    'status': GetAdaptationStatus,
}


@pytest.fixture(scope='module')
def sentences(shared_data):
    """(samples, visual features by hop) of clips that the lips are read from without doubt."""
    paths = sorted((shared_data / 'grid' / 's1').glob('*.align'))
    paths = [path for path in paths if part_of(grid_key(path)) == 'train'][::20][:CLIPS]
    if len(paths) < CLIPS:
        pytest.skip('no GRID clips')
    backend, spec = open_backend(MODEL)
    eye = VisualEncoder(backend, spec)
    found = []
    for place, path in enumerate(paths):
        seen = []
        for k, image in enumerate(list(video_frames(path.with_suffix('.mp4')))[:FRAMES]):
            seen += eye.push(image, START_NS + (place * FRAMES + k) * HOP_NS)
        samples = np.zeros(FRAMES * HOP_SAMPLES, np.float32)
        sound = read_sound(path.with_suffix('.flac'))[: len(samples)]
        samples[: len(sound)] = sound
        found.append((samples, seen))
    return found, spec.model_id


class Robot:
    """Both nodes, the adaptation's services, and a microphone and lips to drive them by."""

    def __init__(self, executor, spin_until, folder):
        self.executor, self.spin_until, self.folder = executor, spin_until, folder
        self.driver = Node('driver')
        executor.add_node(self.driver)
        self.commands, self.played = [], 0
        self.rng = np.random.default_rng(0)
        make = self.driver.create_publisher
        self.sound = make(Audio, 'audio', RELIABLE)
        self.lips = make(VisualFeatures, 'visual_features', RELIABLE)
        self.driver.create_subscription(
            RecognizedCommand, 'fusion/command', self.commands.append, RELIABLE
        )
        self.clients = {
            name: self.driver.create_client(kind, f'audio_encoder/adaptation/{name}')
            for name, kind in SERVICES.items()
        }
        self.fusion = self.started(
            FusionNode, commands_file=str(ROOT / 'config/commands_grid.yaml')
        )
        self.ear = self.started_ear(adaptation_enabled=False)

    def started(self, kind, **settings):
        settings |= {'model_path': str(MODEL)}
        node = kind(
            worker=InferenceWorker(inline=True),
            parameter_overrides=[Parameter(name, value=value) for name, value in settings.items()],
        )
        self.executor.add_node(node)
        assert node.trigger_configure() == SUCCESS
        assert node.trigger_activate() == SUCCESS
        return node

    def started_ear(self, adaptation_enabled):
        ear = self.started(
            AudioEncoderNode,
            adaptation_folder=str(self.folder),
            adaptation_enabled=adaptation_enabled,
            adaptation_cpu_share=1.0,
        )
        for publisher in (self.sound, self.lips):
            self.spin_until(self.executor, lambda p=publisher: p.get_subscription_count() == 1)
        for client in self.clients.values():
            self.spin_until(self.executor, client.service_is_ready)
        return ear

    def end_ear(self):
        """As when the process ends: the folder is free again."""
        assert self.ear.trigger_deactivate() == SUCCESS
        assert self.ear.trigger_cleanup() == SUCCESS
        self.executor.remove_node(self.ear)
        self.ear.destroy_node()
        for client in self.clients.values():
            self.spin_until(self.executor, lambda c=client: not c.service_is_ready())

    def call(self, name, **fields):
        future = self.clients[name].call_async(SERVICES[name].Request(**fields))
        self.spin_until(self.executor, future.done)
        return future.result()

    def live_through(self, sentence, noise, snr_db, model_id):
        """One sentence in a noise, hop by hop; afterwards the learner has done its part of it."""
        samples, seen = sentence
        start = self.rng.integers(len(noise) - len(samples))
        mixed = mix(samples, noise[start : start + len(samples)], snr_db)
        pcm = (np.clip(mixed, -1, 1) * 32767).astype(np.int16).reshape(FRAMES, HOP_SAMPLES)
        for hop, feature in zip(pcm, seen, strict=True):
            stamp_ns = START_NS + (self.played + 1) * HOP_NS
            here = replace(feature, stamp_ns=stamp_ns - HOP_NS, sequence=self.played)
            message = Audio(sample_rate_hz=16000, channels=1, encoding='S16LE')
            message.first_sample, message.data = self.played * HOP_SAMPLES, hop.tobytes()
            message.header.stamp = to_stamp(stamp_ns)
            self.played += 1
            self.lips.publish(visual_features_message(here, model_id, 'camera'))
            self.sound.publish(message)
            self.spin_until(self.executor, self.has_heard)
        # A trial is seconds of work at full speed, and minutes where others work too.
        self.spin_until(self.executor, self.has_learnt, 300.0)

    def has_heard(self):
        published = self.ear.task.counted('published')
        return (
            self.ear.task.counted('processed') == self.played
            and self.fusion.task.counted('received') == self.played + published
        )

    def has_learnt(self):
        """Every command has come back to the learner, and no trial is under way."""
        final = [command for command in self.commands if not command.partial]
        session = self.ear._adaptation.session
        counts = session.status().counts
        weighed = sum(
            counts[name]
            for name in ('taken', 'held', 'contradicted', 'unsure', 'unseen', 'too_long')
        )
        weighed += counts['forgotten'] + len(session._unheard)
        return weighed == len(final) and not session._adapter.busy


@pytest.mark.slow
def test_a_robot_learns_a_noise_keeps_it_over_a_restart_and_refuses_it_damaged(
    executor, spin_until, tmp_path, sentences
):
    clips, model_id = sentences
    time_s = np.arange(30 * 16000) / 16000
    buzzer = (0.3 * np.sign(np.sin(2 * np.pi * 220 * time_s))).astype(np.float32)
    robot = Robot(executor, spin_until, tmp_path / 'site')
    assert robot.call('status').state == 'off'
    assert robot.call('set', run=True).success
    lived = 0
    while lived < MOST_SENTENCES and not robot.call('status').promotions:
        robot.live_through(clips[lived % CLIPS], buzzer, -8.0, model_id)
        lived += 1
    status = robot.call('status')
    assert status.state == 'learning'
    assert status.promotions == 1, status.last_event
    assert status.taken >= 24
    assert status.rollbacks == 0
    learnt = status.strength
    assert learnt > 0
    assert list(status.snapshot_labels) == ['promoted']

    kept = robot.call('snapshot', label='beside the buzzer')
    assert (kept.success, kept.snapshot) == (True, 2)
    assert robot.call('rollback', snapshot=0).success
    assert robot.call('status').strength == 0
    assert robot.call('rollback', snapshot=kept.snapshot).success
    assert robot.call('set', run=False).success
    assert (robot.call('status').state, robot.call('status').strength) == ('off', learnt)

    robot.end_ear()
    robot.ear = robot.started_ear(adaptation_enabled=True)
    status = robot.call('status')
    assert (status.state, status.strength) == ('learning', learnt)
    assert list(status.snapshot_labels) == ['promoted', 'beside the buzzer']

    robot.end_ear()
    state = tmp_path / 'site' / IN_FORCE
    damaged = bytearray(state.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    state.write_bytes(damaged)
    robot.ear = robot.started_ear(adaptation_enabled=True)
    status = robot.call('status')
    assert status.state.startswith('refused')
    assert status.strength == 0
    assert not robot.call('set', run=True).success
    assert robot.call('rollback', snapshot=kept.snapshot).success
    assert robot.call('set', run=True).success
    assert robot.call('status').strength == learnt
