# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Drives the lifecycle of nodes in other processes through their services."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

CONFIGURE = Transition.TRANSITION_CONFIGURE
ACTIVATE = Transition.TRANSITION_ACTIVATE
SPIN_S = 0.1
ASK_AGAIN_S = 2.0


class TransitionError(ValueError):
    """A node could not be reached, or refused a transition."""


class LifecycleClient:
    """Calls the lifecycle services of the node called ``name`` in ``namespace``.

    ``executor`` spins ``node`` while a call waits; nobody else may spin it meanwhile.
    ``still_there`` is called while waiting and raises when the node's process is gone.
    """

    def __init__(
        self,
        node: Node,
        executor: SingleThreadedExecutor,
        name: str,
        namespace: str = '',
        *,
        still_there: Callable[[], None] = lambda: None,
    ) -> None:
        self._still_there = still_there
        self._node = node
        self._executor = executor
        self.name = '/'.join(('', *filter(None, namespace.split('/')), name))
        self._change = node.create_client(ChangeState, f'{self.name}/change_state')
        self._state = node.create_client(GetState, f'{self.name}/get_state')

    def change(self, transition: int, timeout_s: float) -> None:
        """Run a transition and wait for its end; raises TransitionError."""
        limit_s = time.monotonic() + timeout_s
        self.state(timeout_s)  # from here on requests are sure to arrive, so this one is sent once
        request = ChangeState.Request(transition=Transition(id=transition))
        future = self._change.call_async(request)
        if not self._done(future, limit_s):
            self._change.remove_pending_request(future)
            raise TransitionError(f'{self.name} did not answer within {timeout_s:g} s')
        if not future.result().success:
            verb = {CONFIGURE: 'configure', ACTIVATE: 'activate'}.get(transition, str(transition))
            raise TransitionError(f'{self.name} failed to {verb}; its log and /diagnostics say why')

    def state(self, timeout_s: float) -> str:
        """Return the label of the node's state; raises TransitionError when it does not answer.

        The question is asked again and again: what is sent before a server and its client have
        found each other is lost.
        """
        limit_s = time.monotonic() + timeout_s
        while time.monotonic() < limit_s:
            if not (self._state.service_is_ready() and self._change.service_is_ready()):
                self._still_there()
                self._executor.spin_once(timeout_sec=SPIN_S)
                continue
            future = self._state.call_async(GetState.Request())
            if self._done(future, min(limit_s, time.monotonic() + ASK_AGAIN_S)):
                return str(future.result().current_state.label)
            self._state.remove_pending_request(future)
        raise TransitionError(
            f'{self.name} does not answer within {timeout_s:g} s; is it running, in this '
            'ROS_DOMAIN_ID and namespace?'
        )

    def destroy(self) -> None:
        """Give the clients back."""
        self._node.destroy_client(self._change)
        self._node.destroy_client(self._state)

    def _done(self, future: Any, limit_s: float) -> bool:
        while not future.done():
            if time.monotonic() > limit_s:
                return False
            self._still_there()
            self._executor.spin_once(timeout_sec=SPIN_S)
        return True
