# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A transition that is asked for in the wrong state is answered with failure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lifecycle_msgs.srv import ChangeState
from rclpy.lifecycle import LifecycleNode

Answer = Callable[[Any, Any], Any]


def answer_illegal_transitions(node: LifecycleNode) -> None:
    """Let ``node`` refuse what its state does not allow.

    The rclpy of ROS 2 Jazzy raises in the callback of the service instead, which ends the
    executor, and with it every node of the process; later ones refuse by themselves.
    """
    for service in node.services:
        if service.srv_type is ChangeState:
            service.callback = _refusing(node, service.callback)


def _refusing(node: LifecycleNode, change: Answer) -> Answer:
    def answer(request: Any, response: Any) -> Any:
        try:
            return change(request, response)
        except RuntimeError as error:  # RCLError is one
            transition = request.transition.label or request.transition.id
            reason = str(error).partition(', at ')[0]
            node.get_logger().error(f'transition {transition} refused: {reason}')
            response.success = False
            return response

    return answer
