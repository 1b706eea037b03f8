# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What all nodes here have in common: lifecycle, parameters, diagnostics, counted messages."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from rclpy.timer import Timer

from av_fusion_ros.nodes.diagnostics import ERROR, WARN, Diagnostics
from av_fusion_ros.nodes.endpoints import Endpoints
from av_fusion_ros.nodes.graph import NODES, NodeEntry
from av_fusion_ros.nodes.inference_worker import InferenceWorker, Lane
from av_fusion_ros.nodes.parameters import NodeParameters, ParameterError
from av_fusion_ros.nodes.seldom import Seldom
from av_fusion_ros.nodes.transition_requests import answer_illegal_transitions

LOG_EVERY_S = 5.0
OF_RCLPY = {'use_sim_time', 'start_type_description_service'}
QOS = 'qos_overrides.'


class ManagedNode(LifecycleNode):
    """A lifecycle node of the graph table; a subclass fills in load, start, stop and unload.

    ``worker`` is shared by the nodes of one process; without it the node has its own.
    Whatever fails in a transition or with a message is logged, shown on /diagnostics and counted,
    and the node lives on.
    """

    def __init__(
        self, entry: NodeEntry, *, worker: InferenceWorker | None = None, **arguments: Any
    ) -> None:
        super().__init__(entry.name, **arguments)
        answer_illegal_transitions(self)
        self.entry = entry
        self._configured = False
        self._logged = Seldom(LOG_EVERY_S)
        try:
            self.parameters = NodeParameters(self, entry.parameters, lambda: not self._configured)
        except ParameterError:
            self._leave_graph()
            raise
        self._tell_of_unknown_parameters()
        self._own_worker = worker is None
        self.worker = worker or InferenceWorker()
        self.diagnostics = Diagnostics(self)
        self.task = self.diagnostics.task(entry.task)
        self.task.declare_counters('received', 'processed', 'refused', 'failed', 'dropped')
        self.task.lasting_fault('state', WARN, 'unconfigured')
        self.task.value('state', 'unconfigured')
        self.endpoints = Endpoints(self, entry, self.task, self.guarded)
        self._autostart: Timer | None = None
        if self.parameters.flag('autostart'):
            self._autostart = self.steady_timer(0.0, self._start_by_itself)

    def _tell_of_unknown_parameters(self) -> None:
        """Name start-up parameters that no node here has: ROS passes over a slip of the pen."""
        ours = {parameter.name for node in NODES for parameter in node.parameters}
        given = getattr(self, '_parameter_overrides', {})  # rclpy tells of them nowhere else
        unknown = [
            name for name in given if name not in ours | OF_RCLPY and not name.startswith(QOS)
        ]
        if unknown:
            self.get_logger().warning(
                f'unknown parameters are ignored: {", ".join(sorted(unknown))}; '
                f'{self.entry.name} has {", ".join(p.name for p in self.entry.parameters)}'
            )

    # What a node adds. Each may raise; the message of the error reaches log and diagnostics.

    def load(self) -> None:
        """Load the model and create publishers: the work of configure."""

    def start(self) -> None:
        """Subscribe: the work of activate."""

    def stop(self) -> None:
        """Undo start; may be called twice."""

    def unload(self) -> None:
        """Undo load; may be called twice."""

    # Transitions

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Load; a failure leaves the node unconfigured and says why."""
        if not self._attempted('configure', self.load):
            self._tear_down()
            return TransitionCallbackReturn.FAILURE
        self._enter('inactive')
        self._configured = True
        return super().on_configure(state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Start; a failure leaves the node inactive and says why."""
        result = super().on_activate(state)  # publishers first: start may publish latched state
        if not self._attempted('activate', self.start):
            self._stop_listening()
            super().on_deactivate(state)
            return TransitionCallbackReturn.FAILURE
        self._enter('active')
        return result

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop."""
        self._attempted('deactivate', self._stop_listening)
        self._enter('inactive')
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Unload."""
        result = super().on_cleanup(state)
        self._attempted('cleanup', self._tear_down)
        self._enter('unconfigured')
        return result

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop and unload from any state."""
        result = super().on_shutdown(state)
        self._attempted('shutdown', self._tear_down)
        self._enter('finalized')
        return result

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Go back to unconfigured, from where the node can be configured again."""
        self._attempted('recover', self._tear_down)
        self._enter('unconfigured')
        return super().on_error(state)

    # Work

    def lane(self, work: Callable[[Any], None]) -> Lane:
        """Return a lane to the inference thread, as deep as the parameter queue_depth."""
        return self.worker.lane(work, self.refuse, self.parameters.integer('queue_depth'))

    def submit(self, lane: Lane, item: Any) -> None:
        """Hand work over; what had to be dropped for it is counted and told."""
        dropped = lane.submit(item)
        if dropped:
            self.task.count('dropped', dropped)
            self.task.passing_fault('dropped', WARN, 'input comes faster than it is processed')

    def guarded(self, callback: Callable[..., object]) -> Callable[..., None]:
        """Return ``callback`` for an executor: what it raises is refused, and the node lives on."""

        def call(*arguments: Any) -> None:
            try:
                callback(*arguments)
            except Exception as error:  # it would end the executor, and all nodes of the process
                self.refuse(error)

        return call

    def refuse(self, error: Exception) -> None:
        """Tell of an input that could not be used: log (throttled), diagnostic, counter."""
        if not self.context.ok():
            return  # ROS has ended, at whatever moment: then anything fails
        if isinstance(error, ValueError):
            self.task.count('refused')
            self.task.passing_fault('input', ERROR, f'input refused: {error}')
            if self._logged.due('refused'):
                self.get_logger().error(f'input refused: {error}')
            return
        self.task.count('failed')
        self.task.passing_fault('failure', ERROR, f'{type(error).__name__}: {error}')
        if self._logged.due('failed'):
            self.get_logger().error(''.join(traceback.format_exception(error)))

    def steady_timer(self, period_s: float, callback: Callable[[], None]) -> Timer:
        """Return a timer of steady time: housekeeping goes on while a simulation stands still."""
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        return self.create_timer(period_s, self._due(callback), clock=steady)

    def ros_timer(self, period_s: float, callback: Callable[[], None]) -> Timer:
        """Return a timer of ROS time: it stands still with a simulation."""
        return self.create_timer(period_s, self._due(callback))

    def _due(self, callback: Callable[[], None]) -> Callable[[], None]:
        guarded = self.guarded(callback)
        return lambda: guarded()  # rclpy hands a TimerInfo to whatever takes an argument

    def destroy_node(self) -> None:
        """Stop, unload and end the node."""
        self._attempted('destroy', self._tear_down)
        if self._own_worker:
            self.worker.stop()
        self._leave_graph()

    def _leave_graph(self) -> None:
        super().destroy_node()
        # rclpy leaves this to the garbage collector, and it keeps the node in the graph till then.
        self._state_machine.destroy_when_not_in_use()

    def _start_by_itself(self) -> None:
        if self._autostart is not None:
            self.destroy_timer(self._autostart)
            self._autostart = None
        if self.trigger_configure() == TransitionCallbackReturn.SUCCESS:
            self.trigger_activate()

    def _stop_listening(self) -> None:
        self.endpoints.stop_listening()
        self.stop()

    def _tear_down(self) -> None:
        self._stop_listening()
        self._configured = False
        self.unload()
        self.endpoints.close()

    def _attempted(self, transition: str, work: Callable[[], None]) -> bool:
        try:
            work()
        except Exception as error:  # a transition may fail, the node must not
            if not self.context.ok():
                return False  # cut short by the end of ROS
            self.task.count('failed_transitions')
            self.task.lasting_fault('transition', ERROR, f'{transition} failed: {error}')
            expected = isinstance(error, (ValueError, OSError))
            self.get_logger().error(
                f'{transition} failed: '
                + (str(error) if expected else ''.join(traceback.format_exception(error)))
            )
            return False
        self.task.clear('transition')
        return True

    def _enter(self, state: str) -> None:
        self.task.value('state', state)
        if state == 'active':
            self.task.clear('state')
        else:
            self.task.lasting_fault('state', WARN, state)
        self.get_logger().info(state)
