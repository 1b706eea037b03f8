# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Declares the parameters of the table on a node and refuses what the table does not accept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from rcl_interfaces.msg import (
    FloatingPointRange,
    IntegerRange,
    ParameterDescriptor,
    SetParametersResult,
)
from rclpy.exceptions import InvalidParameterTypeException, InvalidParameterValueException
from rclpy.node import Node
from rclpy.parameter import Parameter as RosParameter

from av_fusion_ros.nodes.parameter_table import START, UNCONFIGURED, Parameter, ParameterValue


class ParameterError(ValueError):
    """A parameter in the params file or on the command line is not acceptable."""


class NodeParameters:
    """The declared parameters of one node.

    ``is_unconfigured`` tells whether parameters that only configure reads may change now.
    Raises ParameterError when a start-up override is not acceptable.
    """

    def __init__(
        self, node: Node, table: Iterable[Parameter], is_unconfigured: Callable[[], bool]
    ) -> None:
        self._node = node
        self._table = {parameter.name: parameter for parameter in table}
        self._is_unconfigured = is_unconfigured
        for parameter in self._table.values():
            self._declare(parameter)
            refusal = parameter.refusal(self[parameter.name])
            if refusal:
                raise ParameterError(refusal)
        node.add_on_set_parameters_callback(self._check)

    def _declare(self, parameter: Parameter) -> None:
        """Declare one row; an override is taken as ``Parameter.meant`` understands it.

        ROS takes `camera:=0` for an integer and `min_confidence:=1` for one too.
        """
        name, described = parameter.name, descriptor(parameter)
        try:
            self._node.declare_parameter(name, parameter.default, described)
        except (InvalidParameterValueException, InvalidParameterTypeException) as error:
            anything = ParameterDescriptor(dynamic_typing=True)
            given = self._node.declare_parameter(name, parameter.default, anything).value
            self._node.undeclare_parameter(name)
            meant = parameter.meant(given)
            if refusal := parameter.refusal(meant):
                raise ParameterError(refusal) from error
            self._node.declare_parameter(name, meant, described, ignore_override=True)

    def __getitem__(self, name: str) -> Any:
        """Return the value in force."""
        return self._node.get_parameter(name).value

    def text(self, name: str) -> str:
        """Return a text parameter."""
        return str(self[name])

    def integer(self, name: str) -> int:
        """Return an integer parameter."""
        return int(self[name])

    def number(self, name: str) -> float:
        """Return a floating-point parameter."""
        return float(self[name])

    def flag(self, name: str) -> bool:
        """Return a boolean parameter."""
        return bool(self[name])

    def values(self) -> dict[str, ParameterValue]:
        """Return every parameter of the table with its value in force."""
        return {name: self[name] for name in self._table}

    def _check(self, changes: list[RosParameter[Any]]) -> SetParametersResult:
        for change in changes:
            parameter = self._table.get(change.name)
            if parameter is None:
                continue  # use_sim_time, qos_overrides: rclpy's own
            reason = parameter.refusal(change.value)
            if not reason and parameter.change == UNCONFIGURED and not self._is_unconfigured():
                reason = (
                    f'{change.name} is read by configure: deactivate and clean the node up, '
                    'change it, then configure again'
                )
            if reason:
                return SetParametersResult(successful=False, reason=reason)
        return SetParametersResult(successful=True)


def descriptor(parameter: Parameter) -> ParameterDescriptor:
    """Return the ROS descriptor of one row of the table."""
    unit = f' [{parameter.unit}]' if parameter.unit else ''
    described = ParameterDescriptor(
        description=parameter.description + unit,
        additional_constraints=f'{parameter.accepted()}; may change {parameter.change}',
        read_only=parameter.change == START,
    )
    if parameter.minimum is not None and parameter.maximum is not None:
        if isinstance(parameter.default, float):
            described.floating_point_range = [
                FloatingPointRange(
                    from_value=parameter.minimum, to_value=parameter.maximum, step=0.0
                )
            ]
        else:
            described.integer_range = [
                IntegerRange(
                    from_value=int(parameter.minimum), to_value=int(parameter.maximum), step=0
                )
            ]
    return described
