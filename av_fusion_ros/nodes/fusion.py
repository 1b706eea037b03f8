# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Node: features of every sense -> commands, weights, alarm, mode."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rclpy.clock import JumpHandle, JumpThreshold, TimeJump
from rclpy.duration import Duration
from rclpy.timer import Timer

from av_fusion_ros.nodes.capture_clock import CaptureClock
from av_fusion_ros.nodes.diagnostics import ERROR
from av_fusion_ros.nodes.feature_messages import audio_feature, visual_feature
from av_fusion_ros.nodes.fusion_results import COUNTERS, FusionResults
from av_fusion_ros.nodes.fusion_settings import frozen_head, fusion_settings
from av_fusion_ros.nodes.graph import AUDIO_FEATURES, FUSION, V2X_ADMITTED, VISUAL_FEATURES
from av_fusion_ros.nodes.inference_worker import Lane
from av_fusion_ros.nodes.installed_files import package_file
from av_fusion_ros.nodes.managed_node import ManagedNode
from av_fusion_ros.nodes.network_loading import load_for_node
from av_fusion_ros.nodes.roadside_conversion import roadside_feature
from av_fusion_ros.nodes.running import run_nodes
from av_fusion_ros.nodes.stamps import to_ns
from av_fusion_ros.nodes.watched_file import WatchedFile
from av_fusion_ros.recognition.alignment import Outcome
from av_fusion_ros.recognition.errors import VocabularyError
from av_fusion_ros.recognition.features import HOP_NS, NS_PER_S
from av_fusion_ros.recognition.fusion_engine import FusionEngine
from av_fusion_ros.recognition.modes import Mode, begun_anew
from av_fusion_ros.recognition.vocabulary import Vocabulary, load_vocabulary

INSTALLED_COMMANDS = 'config/commands.yaml'
LOOK_EVERY_S = 1.0  # at the command file
STRANGERS = 3  # in a row: a wrong clock; at a jump of time there are fewer
#: Topic of the features, their conversion, and where the engine takes them.
INPUTS: dict[str, tuple[Callable[..., Any], str]] = {
    AUDIO_FEATURES.name: (audio_feature, 'add_audio'),
    VISUAL_FEATURES.name: (visual_feature, 'add_visual'),
    V2X_ADMITTED.name: (roadside_feature, 'add_roadside'),
}


class FusionNode(ManagedNode):
    """Subscribes to the features of all senses, publishes what they say together."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(FUSION, **arguments)
        self.task.declare_counters(*COUNTERS)
        self._engine: FusionEngine | None = None
        self._vocabulary: Vocabulary | None = None
        self._commands_file: WatchedFile | None = None
        self._looker: Timer | None = None
        self._lane: Lane | None = None
        self._ticker: Timer | None = None
        self._jumps: JumpHandle | None = None
        self._capture_clock = CaptureClock()
        self._strangers: Counter[str] = Counter()
        self._results: FusionResults | None = None
        self._model_id = ''
        self._feature_size = 0
        self._frame_id = ''

    def load(self) -> None:
        """Load network and commands."""
        backend, spec = load_for_node(self, 'fusion')
        self._model_id, self._feature_size = spec.model_id, spec.feature_size
        given = self.parameters.text('commands_file')
        path = Path(given).expanduser() if given else package_file(INSTALLED_COMMANDS)
        self._vocabulary = load_vocabulary(path)
        self._commands_file = WatchedFile(path)
        self._commands_file.changed()
        self.task.clear('commands_file')
        self.task.value('commands_file', path)
        settings = fusion_settings(self.parameters)
        head = frozen_head(self.parameters, settings)
        self._engine = FusionEngine(backend, spec, self._vocabulary, settings, head)
        self._results = FusionResults(self, self.endpoints, self.task, spec.model_id)

    def start(self) -> None:
        """Subscribe, and say which phrases and which mode are in force."""
        self._lane = self.lane(lambda work: work())
        if self._results is not None:
            self._results.begin(self._vocabulary)
        self._looker = self.steady_timer(LOOK_EVERY_S, self.look_at_commands)
        for topic in INPUTS:
            self.endpoints.listen(topic, self._receiver(topic))
        self._ticker = self.ros_timer(HOP_NS / NS_PER_S, self._tick)
        back = JumpThreshold(
            min_forward=None, min_backward=Duration(nanoseconds=-1), on_clock_change=False
        )
        self._jumps = self.get_clock().create_jump_callback(back, post_callback=self._jumped)

    def stop(self) -> None:
        """Forget what is under way: the next activation begins anew."""
        if self._ticker is not None:
            self.destroy_timer(self._ticker)
            self._ticker = None
        if self._looker is not None:
            self.destroy_timer(self._looker)
            self._looker = None
        if self._jumps is not None:
            self._jumps.unregister()
            self._jumps = None
        if self._lane is not None:
            self.worker.remove(self._lane)
            self._lane = None
        self._end_mode()
        self.task.clear('mode')

    def unload(self) -> None:
        """Forget network and commands."""
        self._engine = self._vocabulary = self._results = None

    def look_at_commands(self) -> None:
        """Read the command file again when it has changed; one that is unusable changes nothing."""
        watched = self._commands_file
        if watched is None or self._lane is None or not watched.changed():
            return
        try:
            vocabulary = load_vocabulary(watched.path)
        except VocabularyError as error:
            self.task.lasting_fault('commands_file', ERROR, f'the earlier commands stay: {error}')
            self.get_logger().error(f'the earlier commands stay: {error}')
            return
        self.task.clear('commands_file')
        self._vocabulary = vocabulary
        self.submit(self._lane, lambda: self._use(vocabulary))
        if self._results is not None:
            self._results.vocabulary(vocabulary)
        self.get_logger().info(f'{len(vocabulary.phrases)} commands from {watched.path}')

    def _receiver(self, topic: str) -> Callable[[Any], None]:
        def receive(message: Any) -> None:
            arrival_ns = self.get_clock().now().nanoseconds
            if self._lane is not None:
                self.submit(self._lane, lambda: self._take(topic, message, arrival_ns))

        return receive

    def _tick(self) -> None:
        """Let time go on when no sense sends anything."""
        now_ns = self.get_clock().now().nanoseconds
        if self._lane is not None and not self._lane.waiting:
            self.submit(self._lane, lambda: self._pass_time(now_ns))

    def _jumped(self, jump: TimeJump) -> None:
        """Begin anew when ROS time goes back, as a looping bag makes it."""
        if self._lane is not None:
            self._lane.clear()
            self.submit(self._lane, self._begin_anew)

    # On the inference thread

    def _use(self, vocabulary: Vocabulary) -> None:
        if self._engine is not None:
            self._engine.use_vocabulary(vocabulary)
            self.task.count('vocabularies')

    def _take(self, topic: str, message: Any, arrival_ns: int) -> None:
        if self._engine is None:
            return
        convert, add = INPUTS[topic]
        outcome = getattr(self._engine, add)(convert(message, self._model_id, self._feature_size))
        self.task.count(f'{topic} {outcome.value}')
        if outcome is Outcome.STRANGER:
            self._strangers[topic] += 1
            if self._strangers[topic] >= STRANGERS:
                self._tell_of_stranger(topic, to_ns(message.header.stamp), arrival_ns)
        else:
            self._strangers[topic] = 0
            self._capture_clock.note(to_ns(message.header.stamp), arrival_ns)
        if topic == AUDIO_FEATURES.name or not self._frame_id:
            self._frame_id = message.header.frame_id
        self._publish(self._engine)
        self.task.value('resets', self._engine.resets)
        self.task.count('processed')

    def _tell_of_stranger(self, topic: str, stamp_ns: int, arrival_ns: int) -> None:
        now_ns = self._capture_clock.now_ns(arrival_ns)
        if now_ns is not None:
            self.task.passing_fault(
                f'{topic} clock',
                ERROR,
                f'{topic} left out: stamped {(stamp_ns - now_ns) / NS_PER_S:+.3f} s from the other '
                'senses, accepted is up to 1 s; all drivers must stamp with the time of capture by '
                'one clock',
            )

    def _pass_time(self, ros_now_ns: int) -> None:
        stamp_ns = self._capture_clock.now_ns(ros_now_ns)
        if self._engine is not None and stamp_ns is not None:
            self._engine.advance_to(stamp_ns)
            self._publish(self._engine)

    def _publish(self, engine: FusionEngine) -> None:
        steps = engine.advance()
        if steps and self._results is not None:
            self._results.publish(steps, self._frame_id)
            self._results.tell_of(engine)

    def _begin_anew(self) -> None:
        self._capture_clock.reset()  # time has jumped back: what it was says nothing any more
        self._end_mode()
        self.task.count('clock_jumps')

    def _end_mode(self) -> None:
        """Forget everything; a late subscriber must not find a mode that has ended."""
        ros_now_ns = self.get_clock().now().nanoseconds
        stamp_ns = self._capture_clock.now_ns(ros_now_ns)
        self._capture_clock.reset()
        if self._engine is None:
            return
        ended = self._engine.reset()
        told = ended is not Mode.BLIND and self.context.ok()  # after a signal ROS has ended
        if told and self._results is not None:
            self._results.mode(begun_anew(ros_now_ns if stamp_ns is None else stamp_ns, ended))


def main(args: list[str] | None = None) -> int:
    """Run the node."""
    return run_nodes(lambda: [FusionNode()], args)


if __name__ == '__main__':
    raise SystemExit(main())
