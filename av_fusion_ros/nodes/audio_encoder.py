# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Node: any sound message -> 16 kHz timeline -> audio features at 25 Hz."""

from __future__ import annotations

from typing import Any

import numpy as np
from rclpy.publisher import Publisher
from rclpy.subscription import Subscription

from av_fusion_ros.nodes.adaptation import Adaptation
from av_fusion_ros.nodes.adaptation_services import AdaptationServices
from av_fusion_ros.nodes.audio_messages import (
    AudioBlock,
    PcmFormat,
    Reader,
    format_from_info,
    has_capture_time,
    reader_of,
)
from av_fusion_ros.nodes.diagnostics import ERROR, WARN
from av_fusion_ros.nodes.feature_messages import audio_features_message
from av_fusion_ros.nodes.graph import AUDIO, AUDIO_ENCODER, AUDIO_FEATURES
from av_fusion_ros.nodes.inference_worker import Lane
from av_fusion_ros.nodes.input_watch import InputWatch
from av_fusion_ros.nodes.managed_node import ManagedNode
from av_fusion_ros.nodes.message_types import MessageTypeError, full_name
from av_fusion_ros.nodes.network_loading import load_for_node
from av_fusion_ros.nodes.running import run_nodes
from av_fusion_ros.nodes.stamps import shifted_ns
from av_fusion_ros.nodes.timeline_faults import TimelineFaults
from av_fusion_ros.recognition.audio_encoder import AudioEncoder
from av_fusion_ros.signals.audio_clock import RATE_HZ, AudioClock
from av_fusion_ros.signals.microphone_health import MicrophoneCondition
from av_fusion_ros.signals.pcm import decode_pcm

INFO = 'audio_info'
WARM_UP_SAMPLES = 16000


class AudioEncoderNode(ManagedNode):
    """Subscribes to sound of any dialect, publishes one message for each 40 ms of it."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(AUDIO_ENCODER, **arguments)
        self.task.declare_counters('published', 'resets', 'format_changes')
        self._encoder: AudioEncoder | None = None
        self._timeline = AudioClock()
        self._timeline_faults = TimelineFaults(self.task)
        self._lane: Lane | None = None
        self._watch: InputWatch | None = None
        self._features: Publisher[Any] | None = None
        self._sound: Subscription[Any] | None = None
        self._info: Subscription[Any] | None = None
        self._type = ''
        self._read: Reader | None = None
        self._assumed = PcmFormat(16000, 1, 'S16LE')
        self._heard_format: tuple[int, int, str] | None = None
        self._model_id = ''
        self._adaptation = Adaptation(self)
        self._adaptation_services = AdaptationServices(self, self._adaptation)

    def load(self) -> None:
        """Load the network and run it once."""
        backend, spec = load_for_node(self, 'audio')
        self._model_id = spec.model_id
        max_gain_db = self.parameters.number('max_gain_db')
        self._encoder = AudioEncoder(backend, spec, max_gain_db=max_gain_db)
        # The first call of a network is slow; it must not fall on the first word.
        self._encoder.push(np.zeros(WARM_UP_SAMPLES, np.float32), 0)
        self._encoder.reset()
        self._features = self.endpoints.announce(AUDIO_FEATURES.name)
        self._adaptation.load(self._encoder, backend, spec)

    def start(self) -> None:
        """Subscribe to the stated type, or to ours until another is seen on the topic."""
        self._lane = self.lane(self._hear)
        self._adaptation.listen()
        self._assumed = PcmFormat(
            self.parameters.integer('audio_data_sample_rate_hz'),
            self.parameters.integer('audio_data_channels'),
            self.parameters.text('audio_data_encoding'),
            self.parameters.text('audio_stamp_is'),
        )
        stated = self.parameters.text('audio_type')
        self._subscribe(AUDIO.type if stated == 'auto' else full_name(stated))
        self._watch = InputWatch(self, 'no sound', self._look_around)
        self._look_around()

    def stop(self) -> None:
        """Forget what is under way: the next activation begins anew."""
        if self._watch is not None:
            self._watch.end()
            self._watch = None
        if self._lane is not None:
            self.worker.remove(self._lane)
            self._lane = None
        self._sound = self._info = None
        self._heard_format = None
        self.task.clear('rate')
        self._timeline = AudioClock()
        if self._encoder is not None:
            self._encoder.reset()

    def unload(self) -> None:
        """Forget the network."""
        self._adaptation.unload()
        self._encoder = self._features = None

    def _subscribe(self, type_name: str) -> None:
        self._read = reader_of(type_name)
        self._type = type_name
        self._sound = self.endpoints.listen(AUDIO.name, self._take, type_name)
        self.task.value('audio_type', type_name)
        if has_capture_time(type_name):
            self.task.clear('stamps')
            return
        self.task.lasting_fault(
            'stamps',
            WARN,
            f'{type_name} has no capture time, so the time of arrival is used: sound and picture '
            'are aligned only roughly',
        )

    def _look_around(self) -> None:
        self._look_for_info()
        self._look_for_type()

    def _look_for_info(self) -> None:
        """Subscribe to audio_info with the durability that its publisher offers."""
        if self._info is not None or self._type == AUDIO.type:
            return
        offers = self.get_publishers_info_by_topic(self.resolve_topic_name(INFO))
        if not offers:
            return
        try:
            self._info = self.endpoints.listen(
                INFO, self._take_info, durability=offers[0].qos_profile.durability
            )
        except MessageTypeError as error:
            self.task.passing_fault(INFO, WARN, str(error))

    def _look_for_type(self) -> None:
        """With audio_type auto, follow what is published; one topic has one type at a time."""
        if self.parameters.text('audio_type') != 'auto':
            return
        offered = {
            endpoint.topic_type
            for endpoint in self.get_publishers_info_by_topic(self.resolve_topic_name(AUDIO.name))
        }
        if not offered or self._type in offered:
            return
        chosen = min(offered)
        try:
            reader_of(chosen)
        except ValueError as error:
            self.task.passing_fault('type', ERROR, str(error))
            self.get_logger().error(str(error), throttle_duration_sec=5.0)
            return
        self.get_logger().info(f'{AUDIO.name} is published as {chosen}')
        if self._sound is not None:
            # The middleware allows one type of a topic in a process: first leave, then join.
            self.endpoints.unlisten(self._sound)
        self._subscribe(chosen)

    def _take_info(self, info: Any) -> None:
        try:
            self._assumed = format_from_info(info, self.parameters.text('audio_stamp_is'))
        except ValueError as error:
            self.refuse(error)

    def _take(self, message: Any) -> None:
        if self._watch is not None:
            self._watch.heard()
        if self._lane is not None:
            # What waits is of this type, whatever type is listened to by then.
            self.submit(self._lane, (message, self.get_clock().now(), self._read))

    def _hear(self, received: tuple[Any, Any, Reader]) -> None:
        message, arrival, read = received
        if self._encoder is None or self._features is None:
            return
        block = read(message, self._assumed, arrival.nanoseconds)
        samples = decode_pcm(block.data, block.encoding, block.channels)
        self._note_format(block)
        stamp_ns = shifted_ns(block.stamp_ns, self.parameters.number('stamp_offset_s'))
        stretch = self._timeline.push(samples, block.sample_rate_hz, stamp_ns, block.first_sample)
        if stretch.reset:
            self._encoder.reset()
        for feature in self._encoder.push(stretch.samples, stretch.stamp_ns, stretch.missing):
            self._features.publish(audio_features_message(feature, self._model_id, block.frame_id))
            self.task.count('published')
            self.task.count('resets', int(feature.sequence == 0))
            self.task.value('arousal', f'{feature.arousal:.2f}')
            self.task.value('anger', f'{feature.anger:.2f}')
            self.task.value('microphone', MicrophoneCondition(feature.health).name)
        self.task.count('processed')
        self.task.value('gain_db', f'{self._encoder.gain.gain_db:.0f}')
        self._timeline_faults.tell(self._timeline.counts)

    def _note_format(self, block: AudioBlock) -> None:
        heard = (block.sample_rate_hz, block.channels, block.encoding)
        if heard == self._heard_format:
            return
        text = f'{heard[0]} Hz, {heard[1]} channels, {heard[2]}'
        if block.sample_rate_hz < RATE_HZ:
            self.task.lasting_fault(
                'rate',
                WARN,
                f'sound of {block.sample_rate_hz} Hz lacks the high end of what the network hears, '
                f'which costs words; {RATE_HZ} Hz or more are wanted',
            )
        else:
            self.task.clear('rate')
        self.task.value('format', text)
        if self._heard_format is not None:
            self.task.count('format_changes')
            self.task.passing_fault('format', WARN, f'the sound format changed to {text}')
            self.get_logger().warning(f'the sound format changed to {text}')
        self._heard_format = heard


def main(args: list[str] | None = None) -> int:
    """Run the node."""
    return run_nodes(lambda: [AudioEncoderNode()], args)


if __name__ == '__main__':
    raise SystemExit(main())
