# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Loss and latency of raw pictures and sound through the real nodes in separate processes.

python3 benchmarks/transport.py [--seconds 60] [--width 640 --height 480 --fps 30]

Publishes raw bgr8 pictures and 16 kHz sound best effort, as camera drivers do, with the profile
config/fastdds_local.xml. Loss is what was sent less what each node counted as received; latency
is from a sample's capture to the arrival here of the message that holds it.
"""

from __future__ import annotations

import argparse
import array
import os
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from av_fusion_ros.cli.ros_session import ros_session, use_local_network
from av_fusion_ros.cli.wheels_environment import use_wheels_environment

WINDOW_S = 10
AUDIO_BLOCK = 320  # 20 ms at 16 kHz
SETTLE_S = 3.0  # until every subscriber knows its publisher, and until the last result is in


@dataclass
class Arrivals:
    """(seconds since the start, latency in seconds) of one topic."""

    name: str
    seen: list[tuple[float, float]] = field(default_factory=list)

    def rows(self, start_s: float, seconds: float) -> list[str]:
        """Return one line for each window."""
        lines = []
        for begin in range(0, int(seconds), WINDOW_S):
            window = [
                latency for at_s, latency in self.seen if begin <= at_s - start_s < begin + WINDOW_S
            ]
            if not window:
                lines.append(f'{self.name:18s} {begin:3d}-{begin + WINDOW_S:3d} s  nothing')
                continue
            p50, p95 = (1000 * float(np.percentile(window, q)) for q in (50, 95))
            lines.append(
                f'{self.name:18s} {begin:3d}-{begin + WINDOW_S:3d} s  n {len(window):4d}  '
                f'p50 {p50:6.1f} ms  p95 {p95:6.1f} ms'
            )
        return lines


class Camera(threading.Thread):
    """Publishes ``count`` pictures at ``fps``, stamped with the time of publication."""

    def __init__(self, node: Any, publisher: Any, frames: list[Any], fps: float, count: int):
        super().__init__(daemon=True)
        self._node, self._publisher, self._frames = node, publisher, frames
        self._fps, self._count = fps, count
        self.sent = 0

    def run(self) -> None:
        """Publish."""
        begin = time.monotonic()
        for k in range(self._count):
            time.sleep(max(0.0, begin + k / self._fps - time.monotonic()))
            message = self._frames[k % len(self._frames)]
            message.header.stamp = self._node.get_clock().now().to_msg()
            self._publisher.publish(message)
            self.sent += 1


class Microphone(threading.Thread):
    """Publishes ``count`` blocks of noise."""

    def __init__(self, node: Any, publisher: Any, count: int):
        super().__init__(daemon=True)
        self._node, self._publisher, self._count = node, publisher, count
        self.sent = 0

    def run(self) -> None:
        """Publish."""
        from av_fusion_ros.msg import Audio

        noise = np.random.default_rng(0).normal(0, 500, AUDIO_BLOCK).astype('<i2').tobytes()
        begin = time.monotonic()
        for k in range(self._count):
            time.sleep(max(0.0, begin + k * AUDIO_BLOCK / 16000 - time.monotonic()))
            message = Audio(
                sample_rate_hz=16000,
                channels=1,
                encoding=Audio.ENCODING_S16LE,
                first_sample=k * AUDIO_BLOCK,
                data=array.array('B', noise),
            )
            message.header.stamp = self._node.get_clock().now().to_msg()
            self._publisher.publish(message)
            self.sent += 1


def pictures(width: int, height: int) -> list[Any]:
    """Return pictures of a talking face with grain, so that the face tracker has its work."""
    from av_fusion_ros.generation.scene import SceneSettings, make_scene
    from av_fusion_ros.nodes.image_message import image_message

    scene = make_scene(['go forward'], (), SceneSettings(width=width, height=height))
    return [image_message(frame.image, 'bgr8') for frame in scene.frames()]


def main() -> int:
    """Run the benchmark; the status is 1 when anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--seconds', type=float, default=60.0)
    parser.add_argument('--width', type=int, default=640)
    parser.add_argument('--height', type=int, default=480)
    parser.add_argument('--fps', type=float, default=30.0)
    parser.add_argument('--composed', action='store_true', help='all nodes in one process')
    parser.add_argument('--model', help='another checkpoint')
    args = parser.parse_args()
    use_wheels_environment()
    use_local_network()
    os.environ.setdefault('ROS_DOMAIN_ID', str(1 + os.getpid() % 100))

    from av_fusion_ros.nodes.graph_processes import GraphOptions, GraphProcesses

    parameters = (f'model_path:={args.model}',) if args.model else ()
    options = GraphOptions(composed=args.composed, log_level='warn', parameters=parameters)
    with ros_session() as executor, GraphProcesses(options) as processes:
        import rclpy
        from diagnostic_msgs.msg import DiagnosticArray
        from rclpy.qos import qos_profile_sensor_data
        from sensor_msgs.msg import Image

        from av_fusion_ros.msg import Audio, AudioFeatures, ModalityWeights, VisualFeatures
        from av_fusion_ros.nodes.stamps import to_ns

        node = rclpy.create_node('transport_benchmark')
        executor.add_node(node)
        processes.bring_up(node, executor)
        arrivals = {
            name: Arrivals(name) for name in ('visual_features', 'audio_features', 'weights')
        }

        def arrived(name: str) -> Any:
            def note(message: Any) -> None:
                latency_ns = node.get_clock().now().nanoseconds - to_ns(message.header.stamp)
                arrivals[name].seen.append((time.monotonic(), latency_ns / 1e9))

            return note

        counters: dict[str, dict[str, str]] = {}

        def diagnosed(message: Any) -> None:
            for status in message.status:
                counters[status.name.split(':')[0]] = {v.key: v.value for v in status.values}

        node.create_subscription(VisualFeatures, 'visual_features', arrived('visual_features'), 50)
        node.create_subscription(AudioFeatures, 'audio_features', arrived('audio_features'), 50)
        node.create_subscription(ModalityWeights, 'fusion/weights', arrived('weights'), 50)
        node.create_subscription(DiagnosticArray, '/diagnostics', diagnosed, 50)
        images = node.create_publisher(Image, 'image', qos_profile_sensor_data)
        sound = node.create_publisher(Audio, 'audio', qos_profile_sensor_data)
        while not (images.get_subscription_count() and sound.get_subscription_count()):
            executor.spin_once(timeout_sec=0.1)
        settled_s = time.monotonic() + SETTLE_S
        while time.monotonic() < settled_s:
            executor.spin_once(timeout_sec=0.1)
        camera = Camera(
            node,
            images,
            pictures(args.width, args.height),
            args.fps,
            round(args.seconds * args.fps),
        )
        microphone = Microphone(node, sound, round(args.seconds * 16000 / AUDIO_BLOCK))
        start_s = time.monotonic()
        camera.start()
        microphone.start()
        while time.monotonic() < start_s + args.seconds + SETTLE_S:
            executor.spin_once(timeout_sec=0.1)
        lost = 0
        print(f'{args.seconds:g} s of {args.width}x{args.height} bgr8 at {args.fps:g} Hz')
        for entry, sent in (('visual_encoder', camera.sent), ('audio_encoder', microphone.sent)):
            told = counters.get(entry, {})
            missing = sent - int(told.get('received', 0))
            dropped = int(told.get('dropped', 0))
            lost += missing + dropped
            print(f'{entry:18s} sent {sent}  lost {missing}  dropped {dropped}')
        for each in arrivals.values():
            print('\n'.join(each.rows(start_s, args.seconds)))
        node.destroy_node()
    return 1 if lost else 0


if __name__ == '__main__':
    raise SystemExit(main())
