# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Node: roadside views from the air -> those that can be believed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from rclpy.clock import JumpHandle, JumpThreshold, TimeJump
from rclpy.duration import Duration
from rclpy.publisher import Publisher
from rclpy.timer import Timer

from av_fusion_ros.nodes.admission_settings import admission_settings
from av_fusion_ros.nodes.graph import V2X_ADMITTED, V2X_GATEWAY, V2X_VISUAL, VEHICLE_POSE
from av_fusion_ros.nodes.inference_worker import Lane
from av_fusion_ros.nodes.its_bridge import Reader, listen_to_its
from av_fusion_ros.nodes.managed_node import ManagedNode
from av_fusion_ros.nodes.network_loading import load_for_node, specification_for_node
from av_fusion_ros.nodes.roadside_conversion import encoded_view, roadside_message
from av_fusion_ros.nodes.roadside_refusal import RoadsideViewError, refusal
from av_fusion_ros.nodes.running import run_nodes
from av_fusion_ros.nodes.stamps import to_ns
from av_fusion_ros.nodes.trust_watch import TrustWatch
from av_fusion_ros.recognition.features import NS_PER_S
from av_fusion_ros.recognition.v2x_admission import Reject, RoadsideFrame, V2xAdmission
from av_fusion_ros.recognition.v2x_frames import RoadsideEncoders
from av_fusion_ros.recognition.v2x_its import MapOrigin, parse_map_origin
from av_fusion_ros.recognition.v2x_trust import TrustList
from av_fusion_ros.recognition.visual_encoder import VisualEncoder

LOOK_EVERY_S = 1.0  # at the trust file, and the clocks to tell of
TOLD_FOR_NS = 60 * NS_PER_S  # the clock of a station that is heard no more


class V2xGatewayNode(ManagedNode):
    """Subscribes to raw roadside views and publishes the admitted ones.

    Features go on as they came; a frame goes on as the features of what is seen in it.
    """

    def __init__(self, **arguments: Any) -> None:
        super().__init__(V2X_GATEWAY, **arguments)
        self.task.declare_counters('admitted', *(reason.value for reason in Reject))
        self._views: Lane | None = None
        self._chores: Lane | None = None  # apart: a flood of views must not push them out
        self._trust_file: TrustWatch | None = None
        self._time_jumped = False  # and what is remembered is not forgotten yet
        self._admission: V2xAdmission | None = None
        self._encoders: RoadsideEncoders | None = None
        self._admitted: Publisher[Any] | None = None
        self._ticker: Timer | None = None
        self._jumps: JumpHandle | None = None
        self._origin: MapOrigin | None = None
        self._model_id = ''

    def load(self) -> None:
        """Load the trusted keys, and from the checkpoint what features have to be like."""
        given = self.parameters.text('trust_file')
        self.task.clear('trust_file')
        self._trust_file = TrustWatch(Path(given).expanduser(), self) if given else None
        self._origin = parse_map_origin(self.parameters.text('map_origin'))
        settings = admission_settings(self.parameters)
        if settings.frames and given:
            backend, spec = load_for_node(self, 'visual')
            self._encoders = RoadsideEncoders(lambda: VisualEncoder(backend, spec))
        else:
            spec = specification_for_node(self)
        self._model_id = spec.model_id
        self._admission = V2xAdmission({}, spec.model_id, spec.feature_size, settings)
        self.task.value('trusted_keys', 0)
        self._heed()
        self._admitted = self.endpoints.announce(V2X_ADMITTED.name)

    def start(self) -> None:
        """Subscribe, and look at the trust file from time to time."""
        self._views = self.lane(self._examine)
        self._chores = self.lane(self._do_now)
        self.endpoints.listen(V2X_VISUAL.name, self._take)
        self.endpoints.listen(VEHICLE_POSE.name, self._take_pose)
        if self._origin is not None:
            self.task.value('its_messages', listen_to_its(self, self._take_its))
        self._ticker = self.steady_timer(LOOK_EVERY_S, self.look)
        back = JumpThreshold(
            min_forward=None, min_backward=Duration(nanoseconds=-1), on_clock_change=False
        )
        self._jumps = self.get_clock().create_jump_callback(back, post_callback=self._jumped)

    def stop(self) -> None:
        """Forget what is under way."""
        if self._ticker is not None:
            self.destroy_timer(self._ticker)
            self._ticker = None
        if self._jumps is not None:
            self._jumps.unregister()
            self._jumps = None
        if self._trust_file is not None:
            self._trust_file.wait()
        for lane in (self._views, self._chores):
            if lane is not None:
                self.worker.remove(lane)
        self._views = self._chores = None

    def unload(self) -> None:
        """Forget the keys."""
        self._admission = self._admitted = self._encoders = self._trust_file = None

    def look(self) -> None:
        """Read the trust file again if it has changed; tell of the stations' clocks."""
        if self._trust_file is not None:
            self._trust_file.look()
        self._do(self._tell_of_clocks)

    def _take(self, message: Any) -> None:
        if self._views is not None:
            self.submit(self._views, (message, self.get_clock().now()))

    def _take_pose(self, message: Any) -> None:
        self._do(lambda: self._note_pose(message))

    def _take_its(self, read: Reader, message: Any) -> None:
        now_ns = self.get_clock().now().nanoseconds
        self._do(lambda: self._note_its(read, message, now_ns))

    def _jumped(self, jump: TimeJump) -> None:
        """Begin anew when ROS time goes back, as a looping bag makes it."""
        if self._views is not None:
            self._views.clear()
        self._time_jumped = True

    def _do(self, chore: Callable[[], object]) -> None:
        if self._chores is not None:
            self.submit(self._chores, chore)

    # On the inference thread

    def _heed(self) -> None:
        """Do what must not be lost in a flood, before whatever comes next."""
        if self._time_jumped:
            self._time_jumped = False
            self._begin_anew()
        trusted = self._trust_file.take() if self._trust_file is not None else None
        if trusted is not None:
            self._trust(trusted)

    def _trust(self, trusted: TrustList) -> None:
        if self._admission is not None:
            self._admission.replace_trust_list(trusted)
        if self._encoders is not None:
            self._encoders.keep_only({station for station, _ in trusted})
        self.task.value('trusted_keys', len(trusted))

    def _begin_anew(self) -> None:
        if self._admission is not None:
            self._admission.forget()
        if self._encoders is not None:
            self._encoders.keep_only(())

    def _do_now(self, chore: Callable[[], object]) -> None:
        self._heed()
        chore()

    def _note_pose(self, message: Any) -> None:
        frame, place = message.header.frame_id, message.pose.position
        if frame != self.parameters.text('map_frame'):
            raise RoadsideViewError(
                f'the vehicle pose is in frame {frame!r}, stations are in '
                f'{self.parameters.text("map_frame")!r}: set map_frame, or transform the pose'
            )
        if self._admission is not None:
            stamp_ns = to_ns(message.header.stamp)
            self._admission.note_vehicle((place.x, place.y, place.z), stamp_ns)

    def _note_its(self, read: Reader, message: Any, now_ns: int) -> None:
        if self._admission is None or self._origin is None:
            return
        station = read(message, self._origin)
        if station is not None:
            for name in self._admission.note_its(station.its_id, station.place, now_ns):
                self.task.value(f'its_objects {name}', len(station.objects))

    def _tell_of_clocks(self) -> None:
        told: dict[str, float] = {}
        if self._admission is not None:
            since_ns = self.get_clock().now().nanoseconds - TOLD_FOR_NS
            for station, clock in self._admission.clocks(since_ns):
                told[f'clock_offset_ms {station}'] = round(1e3 * clock.offset_s, 1)
                told[f'median_delay_ms {station}'] = round(1e3 * clock.median_delay_s, 1)
        self.task.values('clocks', told)

    def _examine(self, received: tuple[Any, Any]) -> None:
        message, arrival = received
        if self._admission is None or self._admitted is None:
            return
        self._heed()
        outcome = self._admission.admit(roadside_message(message), arrival.nanoseconds)
        if isinstance(outcome, Reject):
            self.task.count(outcome.value)
            raise refusal(message.station_id, outcome, self._admission.settings)
        if not isinstance(outcome, RoadsideFrame):
            self._admitted.publish(message)
        elif self._encoders is not None:
            for feature in self._encoders.encode(outcome):
                self._admitted.publish(encoded_view(message, feature, self._model_id))
        self.task.count('admitted')
        self.task.count('processed')


def main(args: list[str] | None = None) -> int:
    """Run the node."""
    return run_nodes(lambda: [V2xGatewayNode()], args)


if __name__ == '__main__':
    raise SystemExit(main())
