# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The same attacks over DDS, through the gateway node itself."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.node import Node
from rclpy.parameter import Parameter
from rosgraph_msgs.msg import Clock

from av_fusion_ros.model.specification import Specification
from av_fusion_ros.msg import V2xVisual
from av_fusion_ros.nodes.inference_worker import InferenceWorker
from av_fusion_ros.nodes.stamps import to_stamp
from av_fusion_ros.nodes.v2x_gateway import V2xGatewayNode
from benchmarks.v2x_fuzz.attacks import ATTACKS
from benchmarks.v2x_fuzz.road import CAPTURED, HONEST, MODEL_ID, PLACE, Road, key_of
from benchmarks.v2x_fuzz.trials import ADMITTED, TICK_NS, Row
from benchmarks.v2x_fuzz.wire import WIRE_ATTACKS, to_wire

WAIT_S = 20.0
#: These cannot be put into a message that is sent.
NOT_FOR_THE_WIRE = ('mutated_field', 'mutated_twice', 'nonsense', 'contradictory', 'not_finite')


def through_the_node(messages: int, seed: int) -> list[Row]:
    """Attacks of every kind in turn, each followed by an honest message; both rows."""
    rclpy.init()
    try:
        with tempfile.TemporaryDirectory() as folder:
            return _Trial(Path(folder), seed).run(messages)
    finally:
        rclpy.try_shutdown()


class _Trial:
    """The gateway, its clock and the air, in one executor."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.road = Road(random.Random(seed))
        settings = {
            'model_path': str(_checkpoint(folder)),
            'trust_file': str(_trust_file(folder)),
            'use_sim_time': True,
            'backend': 'torch',
        }
        self.gateway = V2xGatewayNode(
            worker=InferenceWorker(inline=True),
            parameter_overrides=[Parameter(k, value=v) for k, v in settings.items()],
        )
        self.driver = Node('air')
        self.executor = SingleThreadedExecutor()
        for node in (self.gateway, self.driver):
            self.executor.add_node(node)
        self.clock = self.driver.create_publisher(Clock, '/clock', 10)
        self.air = self.driver.create_publisher(V2xVisual, 'v2x/visual', 10)
        self.admitted: list[bytes] = []
        self.driver.create_subscription(
            V2xVisual, 'v2x/admitted', lambda m: self.admitted.append(bytes(m.signature)), 1000
        )

    def run(self, messages: int) -> list[Row]:
        assert self.gateway.trigger_configure() == TransitionCallbackReturn.SUCCESS
        assert self.gateway.trigger_activate() == TransitionCallbackReturn.SUCCESS
        for ready in (
            lambda: self.air.get_subscription_count() == 1,
            lambda: self.clock.get_subscription_count() == 1,
            lambda: self.driver.count_publishers('v2x/admitted') == 1,
        ):
            self.until(ready)
        self.advance()
        self.air.publish(to_wire(self.road.fresh(CAPTURED)))  # so that its numbers are known
        self.until(lambda: len(self.admitted) == 1)
        attacks, honest = Row('attacks over DDS'), Row('honest traffic over DDS')
        names = [name for name in (*ATTACKS, *WIRE_ATTACKS) if name not in NOT_FOR_THE_WIRE]
        for k in range(messages):
            self.advance()
            self.attack(names[k % len(names)], attacks)
            self.send_honest(honest)
        self.executor.shutdown()
        for node in (self.gateway, self.driver):
            node.destroy_node()
        return [attacks, honest]

    def advance(self) -> None:
        """Let virtual time go on by a tick, and wait until the gateway knows."""
        self.road.now_ns += TICK_NS
        self.clock.publish(Clock(clock=to_stamp(self.road.now_ns)))
        self.until(lambda: self.gateway.get_clock().now().nanoseconds == self.road.now_ns)

    def attack(self, name: str, row: Row) -> None:
        before = len(self.admitted)
        make = WIRE_ATTACKS.get(name)
        self.air.publish(make(self.road) if make else to_wire(ATTACKS[name](self.road)))
        self.spin()
        heard = len(self.admitted) > before
        got_in = heard and self.admitted[-1] != self.road.newest.signature
        if heard and not got_in:  # zeros written over zeros: the honest view itself
            self.advance()  # or the next one, which is made to be older, would be a replay
        row.take(ADMITTED if got_in else name)
        if got_in:
            print(f'{name} got in through the node')

    def send_honest(self, row: Row) -> None:
        message = self.road.fresh(age_ms=30.0)
        self.road.overheard.append(message)
        self.air.publish(to_wire(message))
        self.until(lambda: bool(self.admitted) and self.admitted[-1] == message.signature)
        row.take(ADMITTED, to_catch=False)

    def spin(self) -> None:
        """Let what was sent arrive: DDS says nothing of what it dropped."""
        for _ in range(4):
            self.executor.spin_once(timeout_sec=0.005)

    def until(self, condition: Callable[[], bool]) -> None:
        end_s = time.monotonic() + WAIT_S
        while not condition():
            if time.monotonic() > end_s:
                raise RuntimeError('the gateway no longer answers')
            self.executor.spin_once(timeout_sec=0.05)


def _checkpoint(folder: Path) -> Path:
    """An untrained network: it is the admission that is tried."""
    from av_fusion_ros.model.checkpoint import save_network
    from av_fusion_ros.model.network import AVNetwork

    path = folder / 'untrained.safetensors'
    save_network(path, AVNetwork(Specification(model_id=MODEL_ID)))
    return path


def _trust_file(folder: Path) -> Path:
    path = folder / 'trust.yaml'
    lines = ['stations:']
    for station in (HONEST, CAPTURED):
        lines += [
            f'  - station_id: {station}',
            '    key_id: k',
            f'    public_key: {key_of(station).public_key().public_bytes_raw().hex()}',
            f'    position: {list(PLACE)}',
        ]
    path.write_text('\n'.join(lines))
    return path
