# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The fusion node with the shipped checkpoint, given real lips and another sentence's voice."""

from pathlib import Path

import numpy as np
import pytest
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.node import Node
from rclpy.parameter import Parameter

from av_fusion_ros.generation.media_file import read_sound, video_frames
from av_fusion_ros.msg import AudioFeatures, ConsistencyAlarm, VisualFeatures
from av_fusion_ros.nodes.feature_messages import audio_features_message, visual_features_message
from av_fusion_ros.nodes.fusion import FusionNode
from av_fusion_ros.nodes.inference_worker import InferenceWorker
from av_fusion_ros.recognition.audio_encoder import AudioEncoder
from av_fusion_ros.recognition.backend import open_backend
from av_fusion_ros.recognition.features import HOP_NS
from av_fusion_ros.recognition.visual_encoder import VisualEncoder

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / 'models' / 'av_fusion.safetensors'
START_NS = 1_760_000_000_000_000_000
FRAMES, HOP_SAMPLES = 74, 640
#: Sentences of the test part; the last two are heard in each other's place.
SEEN = ('bbbz9s', 'brwt4n', 'pwbkzn', 'srih2p')
HEARD = ('bbbz9s', 'brwt4n', 'srih2p', 'pwbkzn')
ONSET_NS = START_NS + 2 * FRAMES * HOP_NS


@pytest.fixture(scope='module')
def messages(shared_data):
    """What both encoders make of the clips, as messages in the order of their stamps."""
    folder = shared_data / 'grid' / 's1'
    if not all((folder / f'{name}.mp4').is_file() for name in SEEN):
        pytest.skip(f'no GRID clips in {folder}')
    backend, spec = open_backend(MODEL)
    eye, ear = VisualEncoder(backend, spec), AudioEncoder(backend, spec)
    found, k = [], 0
    for name in SEEN:
        for image in list(video_frames(folder / f'{name}.mp4'))[:FRAMES]:
            for feature in eye.push(image, START_NS + k * HOP_NS):
                found.append(visual_features_message(feature, spec.model_id, 'camera'))
            k += 1
    hops = 0
    for name in HEARD:
        samples = np.zeros(FRAMES * HOP_SAMPLES, np.float32)
        sound = read_sound(folder / f'{name}.flac')[: len(samples)]
        samples[: len(sound)] = sound
        hops += FRAMES
        for feature in ear.push(samples, START_NS + hops * HOP_NS):
            found.append(audio_features_message(feature, spec.model_id, 'mic'))
    return sorted(found, key=lambda each: (each.header.stamp.sec, each.header.stamp.nanosec))


def test_another_voice_s_words_raise_an_alarm_over_dds(executor, spin_until, messages):
    node = FusionNode(
        worker=InferenceWorker(inline=True),
        parameter_overrides=[Parameter('model_path', value=str(MODEL))],
    )
    driver = Node('driver')
    for each in (node, driver):
        executor.add_node(each)
    alarms: list[ConsistencyAlarm] = []
    driver.create_subscription(ConsistencyAlarm, 'fusion/alarm', alarms.append, 100)
    publishers = {
        AudioFeatures: driver.create_publisher(AudioFeatures, 'audio_features', 100),
        VisualFeatures: driver.create_publisher(VisualFeatures, 'visual_features', 100),
    }
    assert node.trigger_configure() == TransitionCallbackReturn.SUCCESS
    assert node.trigger_activate() == TransitionCallbackReturn.SUCCESS
    for publisher in publishers.values():
        spin_until(executor, lambda p=publisher: p.get_subscription_count() == 1)
    for message in messages:
        before = node.task.counted('received')
        publishers[type(message)].publish(message)
        spin_until(executor, lambda b=before: node.task.counted('received') == b + 1)
    spin_until(executor, lambda: len(alarms) == node.task.counted('alarms'))
    raised = [alarm for alarm in alarms if alarm.kind != ConsistencyAlarm.KIND_NONE]
    assert raised
    assert {alarm.kind for alarm in raised} <= {
        ConsistencyAlarm.KIND_CONTENT,
        ConsistencyAlarm.KIND_DESYNC,
        ConsistencyAlarm.KIND_WRONG_SPEAKER,
    }
    first = raised[0]
    onset_ns = first.onset.sec * 10**9 + first.onset.nanosec
    assert ONSET_NS - 5 * HOP_NS <= onset_ns <= ONSET_NS + 50 * HOP_NS
    assert raised[-1].score < 0.5  # the first may come before there is speech enough for a score
    assert first.temperature == pytest.approx(0.0953, abs=1e-3)
    assert first.detail
    fine = [alarm for alarm in alarms if alarm.level == ConsistencyAlarm.LEVEL_OK]
    assert fine
    assert fine[0].score > 0.5
