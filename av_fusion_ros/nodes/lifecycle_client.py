# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Drives the lifecycle of nodes in other processes through their services."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rclpy.client import Client
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

CONFIGURE = Transition.TRANSITION_CONFIGURE
ACTIVATE = Transition.TRANSITION_ACTIVATE
SPIN_S = 0.1


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
        request = ChangeState.Request(transition=Transition(id=transition))
        if not self._call(self._change, request, timeout_s).success:
            verb = {CONFIGURE: 'configure', ACTIVATE: 'activate'}.get(transition, str(transition))
            raise TransitionError(f'{self.name} failed to {verb}; its log and /diagnostics say why')

    def state(self, timeout_s: float) -> str:
        """Return the label of the node's state; raises TransitionError when it does not answer."""
        response = self._call(self._state, GetState.Request(), timeout_s)
        return str(response.current_state.label)

    def destroy(self) -> None:
        """Give the clients back."""
        self._node.destroy_client(self._change)
        self._node.destroy_client(self._state)

    def _call(self, client: Client[Any, Any], request: Any, timeout_s: float) -> Any:
        limit_s = time.monotonic() + timeout_s
        while not client.service_is_ready():
            if time.monotonic() > limit_s:
                raise TransitionError(
                    f'{self.name} does not answer within {timeout_s:g} s; is it running, in this '
                    'ROS_DOMAIN_ID and namespace?'
                )
            self._still_there()
            self._executor.spin_once(timeout_sec=SPIN_S)
        future = client.call_async(request)
        while not future.done():
            if time.monotonic() > limit_s:
                client.remove_pending_request(future)
                raise TransitionError(f'{self.name} did not answer within {timeout_s:g} s')
            self._still_there()
            self._executor.spin_once(timeout_sec=SPIN_S)
        return future.result()
