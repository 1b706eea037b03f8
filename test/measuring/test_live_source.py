# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The benchmark's camera and microphone over real DDS: complete, in order, stamped as captured."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from av_fusion_ros.measuring.takes import FRAME_SAMPLES, Take

N_FRAMES = 20


def take(value: int) -> Take:
    sound = np.full(N_FRAMES * FRAME_SAMPLES, value / 100, np.float32)
    picture = np.full((24, 32, 3), value, np.uint8)
    return Take('stop', 0.5, sound, lambda: iter([picture] * N_FRAMES))


@pytest.mark.parametrize('fps', [12.5, 25.0, 30.0])
def test_a_camera_of_another_rate_shows_the_moment_neither_late_nor_early(fps: float) -> None:
    from av_fusion_ros.measuring.live_source import at_rate

    counted = Take(
        'stop',
        0.5,
        np.zeros(N_FRAMES * FRAME_SAMPLES, np.float32),
        lambda: iter([np.full((2, 2, 3), k, np.uint8) for k in range(N_FRAMES)]),
    )
    shown = np.array([int(picture[0, 0, 0]) for picture in at_rate((counted, counted), fps)])
    taken_s = (shown + N_FRAMES * (np.arange(len(shown)) >= len(shown) // 2)) / 25
    late_s = np.arange(len(shown)) / fps - taken_s
    assert len(shown) == round(2 * N_FRAMES * fps / 25)
    assert np.abs(late_s[:-2]).max() <= 0.0201  # nothing comes after the last
    assert abs(late_s.mean()) < 0.004


@pytest.mark.parametrize('fps', [25.0, 30.0])
def test_takes_arrive_whole_and_in_order_never_before_their_capture(
    ros: Any, spin_until: Any, fps: float
) -> None:
    import rclpy
    from rclpy.executors import SingleThreadedExecutor
    from sensor_msgs.msg import Image

    from av_fusion_ros.measuring.live_source import LiveSource
    from av_fusion_ros.msg import Audio
    from av_fusion_ros.nodes.stamps import to_ns

    node = rclpy.create_node('source_test')
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    pictures: list[Any] = []
    sound: list[Any] = []
    early: list[int] = []

    def arrived(into: list[Any]) -> Any:
        def note(message: Any) -> None:
            into.append(message)
            early.append(to_ns(message.header.stamp) - node.get_clock().now().nanoseconds)

        return note

    node.create_subscription(Image, 'image', arrived(pictures), 100)
    node.create_subscription(Audio, 'audio', arrived(sound), 100)
    source = LiveSource(node, 64, 48, fps, reliable=True)
    spin_until(executor, lambda: source.is_heard)
    spoken = source.start((take(10), take(20)))
    n_pictures = round(2 * N_FRAMES * fps / 25)
    n_samples = 2 * N_FRAMES * FRAME_SAMPLES

    def complete() -> bool:
        heard = sum(len(message.data) // 2 for message in sound)
        return len(pictures) == n_pictures and heard == n_samples

    spin_until(executor, complete, 30.0)
    spin_until(executor, lambda: source.done)
    assert source.sent == {'image': n_pictures, 'audio': len(sound)}
    assert max(early) <= 0
    assert [m.data[0] for m in pictures] == [10] * (n_pictures // 2) + [20] * (n_pictures // 2)
    assert (pictures[0].width, pictures[0].height) == (64, 48)
    steps = np.diff([to_ns(m.header.stamp) for m in pictures])
    assert np.allclose(steps, 1e9 / fps, atol=2)
    assert [m.first_sample for m in sound] == list(range(0, n_samples, len(sound[0].data) // 2))
    assert spoken[1].start_ns == spoken[0].end_ns
    assert spoken[1].last_word_end_ns - spoken[1].start_ns == 500_000_000
    executor.remove_node(node)
    node.destroy_node()
    executor.shutdown()
