# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The streaming engine in a node: warm before the first input, bounded when it falls behind."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

pytest.importorskip('rclpy', reason='needs rclpy: run `make setup`')

from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile, ReliabilityPolicy

from av_fusion_ros.msg import Audio
from av_fusion_ros.nodes.audio_encoder import AudioEncoderNode
from av_fusion_ros.nodes.diagnostics import WARN
from av_fusion_ros.nodes.fusion import FusionNode
from av_fusion_ros.nodes.inference_worker import InferenceWorker
from av_fusion_ros.nodes.stamps import to_stamp
from av_fusion_ros.nodes.visual_encoder import VisualEncoderNode
from av_fusion_ros.recognition.onnx_backend import OnnxBackend

SUCCESS = TransitionCallbackReturn.SUCCESS
DEPTH, SENT = 5, 12


def block(k: int) -> Any:
    """20 ms of noise."""
    message = Audio(sample_rate_hz=16000, channels=1, encoding=Audio.ENCODING_S16LE)
    message.first_sample = 320 * k
    message.header.stamp = to_stamp(1_700_000_000_000_000_000 + 20_000_000 * (k + 1))
    message.data = np.random.default_rng(k).integers(-999, 999, 320).astype('<i2').tobytes()
    return message


def test_a_node_that_falls_behind_drops_the_oldest_counts_them_and_says_so(
    executor: Any, spin_until: Any
) -> None:
    worker, gate, busy = InferenceWorker(), threading.Event(), threading.Event()

    def hold(_: object) -> None:
        busy.set()
        gate.wait(30.0)

    holder = worker.lane(hold, print, 1)
    node = AudioEncoderNode(
        worker=worker, parameter_overrides=[Parameter('queue_depth', value=DEPTH)]
    )
    driver = Node('driver')
    executor.add_node(node)
    executor.add_node(driver)
    reliable = QoSProfile(depth=50, reliability=ReliabilityPolicy.RELIABLE)
    sound = driver.create_publisher(Audio, 'audio', reliable)
    try:
        assert node.trigger_configure() == SUCCESS
        assert node.trigger_activate() == SUCCESS
        spin_until(executor, lambda: sound.get_subscription_count() == 1)
        holder.submit(None)
        assert busy.wait(10.0)
        for k in range(SENT):
            sound.publish(block(k))
            spin_until(executor, lambda n=k + 1: node.task.counted('received') == n)
        assert node.task.counted('dropped') == SENT - DEPTH
        told = node.task.report('node', 'here')
        assert told.level == WARN
        assert 'faster than it is processed' in told.message
        gate.set()
        assert worker.wait_until_idle(30.0)
        assert node.task.counted('processed') == DEPTH
    finally:
        gate.set()
        worker.stop()


@pytest.mark.parametrize(
    ('kind', 'call'),
    [(AudioEncoderNode, 'hear'), (VisualEncoderNode, 'see'), (FusionNode, 'fuse')],
)
def test_its_network_has_run_when_a_node_is_configured(
    executor: Any, monkeypatch: pytest.MonkeyPatch, kind: Any, call: str
) -> None:
    """The first call of a network is slow; it must not fall on the first word."""
    calls = []
    work = getattr(OnnxBackend, call)

    def noted(self: OnnxBackend, *given: Any) -> Any:
        calls.append(call)
        return work(self, *given)

    monkeypatch.setattr(OnnxBackend, call, noted)
    node = kind(
        worker=InferenceWorker(inline=True),
        parameter_overrides=[Parameter('backend', value='onnxruntime')],
    )
    executor.add_node(node)
    assert not calls
    assert node.trigger_configure() == SUCCESS
    assert calls
