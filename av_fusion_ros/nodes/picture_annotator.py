# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Node: the camera's picture with what is seen, trusted and understood, for RViz and rqt."""

from __future__ import annotations

from typing import Any

from rclpy.publisher import Publisher

from av_fusion_ros.nodes.graph import (
    ANNOTATED_IMAGE,
    COMPRESSED,
    FUSION,
    IMAGE,
    PICTURE_ANNOTATOR,
    VISUAL_FEATURES,
)
from av_fusion_ros.nodes.image_message import image_message
from av_fusion_ros.nodes.managed_node import ManagedNode
from av_fusion_ros.nodes.running import run_nodes
from av_fusion_ros.nodes.stamps import to_ns
from av_fusion_ros.recognition.features import NS_PER_S
from av_fusion_ros.recognition.mode_table import Mode
from av_fusion_ros.reporting.annotation import Notes, annotated
from av_fusion_ros.reporting.pictures import picture_of
from av_fusion_ros.reporting.run import LEVEL_ERROR, LEVEL_WARN, kind_name

#: A face, weights or words are shown for so long after their capture.
FACE_S, WEIGHTS_S, WORDS_S = 0.5, 1.0, 3.0


class PictureAnnotator(ManagedNode):
    """Publishes while somebody looks, at a limited rate; a picture carries its own stamp."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(PICTURE_ANNOTATOR, **arguments)
        self.task.declare_counters('published')
        self._out: Publisher[Any] | None = None
        self._newest: dict[str, Any] = {}
        self._drawn_ns = 0

    def load(self) -> None:
        """Announce the topic."""
        self._out = self.endpoints.announce(ANNOTATED_IMAGE.name, reliable_source=True)

    def start(self) -> None:
        """Subscribe."""
        for topic in (IMAGE, COMPRESSED):
            self.endpoints.listen(topic.name, self._see)
        for name in (VISUAL_FEATURES.name, *(f'{FUSION.name}/{n}' for n in self._results())):
            self.endpoints.listen(name, self._keeper(name))

    def stop(self) -> None:
        """Forget what was heard."""
        self._newest.clear()
        self._drawn_ns = 0

    def unload(self) -> None:
        """Forget the topic."""
        self._out = None

    @staticmethod
    def _results() -> tuple[str, ...]:
        return 'weights', 'command', 'alarm'

    def _keeper(self, name: str) -> Any:
        def keep(message: Any) -> None:
            self._newest[name.removeprefix(f'{FUSION.name}/')] = message

        return keep

    def _see(self, message: Any) -> None:
        stamp_ns = to_ns(message.header.stamp)
        passed_ns = stamp_ns - self._drawn_ns
        if 0 <= passed_ns < NS_PER_S / self.parameters.number('max_rate_hz'):
            return
        if self._out is None or not self._out.get_subscription_count():
            return
        self._drawn_ns = stamp_ns
        try:
            width_px = self.parameters.integer('width')
            picture = annotated(picture_of(message), self._notes(stamp_ns), width_px)
        except ValueError as error:
            self.refuse(error)
            return
        drawn = image_message(picture, 'bgr8')
        drawn.header = message.header
        self._out.publish(drawn)
        self.task.count('published')

    def _notes(self, stamp_ns: int) -> Notes:
        face = self._fresh(VISUAL_FEATURES.name, stamp_ns, FACE_S)
        weights = self._fresh('weights', stamp_ns, WEIGHTS_S)
        command = self._fresh('command', stamp_ns, WORDS_S)
        notes: dict[str, Any] = {}
        if weights is not None:
            notes = {
                'ear': weights.audio,
                'eye': weights.visual,
                'roadside': weights.v2x,
                'snr_db': weights.audio_snr_db,
                'camera_quality': weights.camera_quality,
                'mode': Mode(weights.mode).name if weights.mode in tuple(Mode) else '',
            }
        read, others = _faces(face, weights)
        return Notes(
            mouth_box=None if read is None else tuple(read.mouth_box),
            other_boxes=tuple(tuple(other.mouth_box) for other in others),
            words=command.best.text if command is not None else '',
            alarm=_alarm_name(self._newest.get('alarm')),
            **notes,
        )

    def _fresh(self, name: str, stamp_ns: int, limit_s: float) -> Any:
        """The newest message of a topic unless it is too old for this picture; None = none."""
        message = self._newest.get(name)
        if message is None:
            return None
        age_ns = abs(stamp_ns - to_ns(message.header.stamp))
        return message if age_ns <= limit_s * NS_PER_S else None


def _faces(seen: Any, weights: Any) -> tuple[Any, list[Any]]:
    """The face whose lips the fusion reads, else the encoder's, and the others; None = no face."""
    if seen is None or not seen.face_id:
        return None, []
    faces = [seen, *seen.others]
    chosen = 0 if weights is None else weights.face_id
    read = next((face for face in faces if face.face_id == chosen), seen)
    return read, [face for face in faces if face is not read]


def _alarm_name(alarm: Any) -> str:
    """The raised alarm in words; empty for none."""
    if alarm is None or alarm.level not in (LEVEL_WARN, LEVEL_ERROR):
        return ''
    return kind_name(alarm.kind)


def main(args: list[str] | None = None) -> int:
    """Run the node."""
    return run_nodes(lambda: [PictureAnnotator()], args)


if __name__ == '__main__':
    raise SystemExit(main())
