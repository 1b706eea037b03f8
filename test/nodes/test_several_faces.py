# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Two real faces in one picture and one voice, through the real nodes, over DDS."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import soundfile
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image

from av_fusion_ros.msg import Audio, ModalityWeights, VisualFeatures
from av_fusion_ros.nodes.audio_encoder import AudioEncoderNode
from av_fusion_ros.nodes.fusion import FusionNode
from av_fusion_ros.nodes.image_message import image_message
from av_fusion_ros.nodes.inference_worker import InferenceWorker
from av_fusion_ros.nodes.stamps import to_ns, to_stamp
from av_fusion_ros.nodes.visual_encoder import VisualEncoderNode

SHIPPED = Path(__file__).resolve().parents[2] / 'models' / 'av_fusion.safetensors'
SUCCESS = TransitionCallbackReturn.SUCCESS
START_NS = 1_700_000_000_000_000_000
MS = 1_000_000
HOP_SAMPLES, WIDTH = 640, 360
RELIABLE = QoSProfile(depth=500, reliability=ReliabilityPolicy.RELIABLE)


@pytest.fixture(scope='module')
def clips(shared_data):
    """Pictures and sound of four GRID clips of the test part."""
    folder = shared_data / 'grid' / 's1'
    if not folder.is_dir():
        pytest.skip(f'no GRID clips at {folder}')
    from av_fusion_ros.learning.splits import grid_key, part_of

    held_out = [p for p in sorted(folder.glob('*.mp4')) if part_of(grid_key(p)) == 'test'][:4]
    return [(frames(clip), sound_of(clip)) for clip in held_out]


def frames(clip):
    capture = cv2.VideoCapture(str(clip))
    found = []
    while (read := capture.read())[0]:
        found.append(read[1])
    return found[:74]


def sound_of(clip):
    samples, _ = soundfile.read(clip.with_suffix('.flac'), dtype='float32')
    return np.pad(samples, (0, max(0, 74 * HOP_SAMPLES - len(samples))))[: 74 * HOP_SAMPLES]


class Graph:
    """Both encoders and the fusion with the shipped network, and what they say."""

    def __init__(self, executor, spin_until, **eye):
        self.executor, self.spin_until = executor, spin_until
        worker = InferenceWorker(inline=True)
        shared = {'model_path': str(SHIPPED)}

        def made(kind, **settings):
            overrides = [Parameter(k, value=v) for k, v in (shared | settings).items()]
            return kind(worker=worker, parameter_overrides=overrides)

        self.nodes = [made(AudioEncoderNode), made(VisualEncoderNode, **eye), made(FusionNode)]
        self.ear, self.eye, self.fusion = self.nodes
        self.driver = Node('driver')
        for node in (*self.nodes, self.driver):
            executor.add_node(node)
        self.camera = self.driver.create_publisher(Image, 'image', RELIABLE)
        self.microphone = self.driver.create_publisher(Audio, 'audio', RELIABLE)
        self.seen, self.weights = [], []
        listen = self.driver.create_subscription
        self._heard = [
            listen(VisualFeatures, 'visual_features', self.seen.append, RELIABLE),
            listen(ModalityWeights, 'fusion/weights', self.weights.append, RELIABLE),
        ]
        for node in self.nodes:
            assert node.trigger_configure() == SUCCESS
            assert node.trigger_activate() == SUCCESS
        for publisher in (self.camera, self.microphone):
            spin_until(executor, lambda p=publisher: p.get_subscription_count() == 1)
        features = lambda: self.fusion.count_publishers('visual_features')  # noqa: E731
        spin_until(executor, lambda: features() == 1)

    def play(self, pictures, samples):
        for k, picture in enumerate(pictures):
            self._send(self.camera, self.eye, image_message(picture, 'bgr8'), k)
            block = samples[k * HOP_SAMPLES : (k + 1) * HOP_SAMPLES]
            sound = Audio(sample_rate_hz=16000, channels=1, encoding='S16LE')
            sound.first_sample = k * HOP_SAMPLES
            sound.data = (block * 32767).astype('<i2').tobytes()
            self._send(self.microphone, self.ear, sound, k + 1)
        arrived = lambda: len(self.seen) == self.eye.task.counted('published')  # noqa: E731
        self.spin_until(self.executor, arrived)
        weighed = lambda: len(self.weights) >= len(pictures) - 8  # noqa: E731
        self.spin_until(self.executor, weighed)

    def _send(self, publisher, node, message, at):
        message.header.stamp = to_stamp(START_NS + at * 40 * MS)
        before = node.task.counted('received')
        publisher.publish(message)
        self.spin_until(self.executor, lambda: node.task.counted('received') == before + 1)

    def sides(self):
        """'left' or 'right' of the face listened to, hop by hop."""
        places = {
            face.face_id: 'right' if face.mouth_box[0] > WIDTH - 20 else 'left'
            for message in self.seen
            for face in (message, *message.others)
            if face.face_id
        }
        return [places[message.face_id] for message in self.weights if message.face_id]


@pytest.mark.slow
def test_of_two_people_talking_the_one_who_is_heard_is_found_and_followed(
    executor, spin_until, clips
):
    (one, first_words), (two, _), (three, _), (four, last_words) = clips
    left, right = [*one, *three], [*two, *four]
    pictures = [np.hstack(pair) for pair in zip(left, right, strict=True)]
    graph = Graph(executor, spin_until)
    graph.play(pictures, np.concatenate([first_words, last_words]))
    assert {len(message.others) for message in graph.seen[30:]} == {1}
    sides = graph.sides()
    assert sides[40:70].count('left') > 25  # the second sentence is the right one's
    assert sides[-25:].count('right') > 20
    stamps = [to_ns(message.header.stamp) for message in graph.weights]
    assert stamps == sorted(set(stamps))


def test_one_face_alone_is_followed_as_before_and_a_bound_of_one_holds(executor, spin_until, clips):
    (one, words), (two, _), *_ = clips
    graph = Graph(executor, spin_until, max_faces=1)
    graph.play([np.hstack(pair) for pair in zip(one[:25], two[:25], strict=True)], words)
    assert {len(message.others) for message in graph.seen} == {0}
    assert len({message.face_id for message in graph.weights if message.face_id}) == 1
