# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The trials: attacks among honest traffic, floods, and a clean hour."""

from __future__ import annotations

import heapq
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from av_fusion_ros.recognition.features import NS_PER_S
from av_fusion_ros.recognition.roadside_message import RoadsideMessage, sign
from av_fusion_ros.recognition.v2x_admission import Reject, V2xAdmission
from benchmarks.v2x_fuzz.attacks import ATTACKS
from benchmarks.v2x_fuzz.road import CAPTURED, HONEST, MS, T0, Road, admission, key_of
from benchmarks.v2x_fuzz.wire import WIRE_ATTACKS, from_wire

TICK_NS = 40 * MS
ATTACKS_PER_TICK = 4
UNDECODABLE, UNCHANGED, ADMITTED = 'undecodable', 'unchanged', 'ADMITTED'


@dataclass
class Row:
    """What became of the messages of one kind; ``to_catch`` of them should not get in."""

    kind: str
    sent: int = 0
    to_catch: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)

    @property
    def wrong(self) -> int:
        """How many got in that should not."""
        return self.to_catch - self.caught

    @property
    def caught(self) -> int:
        """How many of those to catch did not get in."""
        return min(self.to_catch, self.sent - self.outcomes[ADMITTED] - self.outcomes[UNCHANGED])

    def take(self, outcome: str, to_catch: bool = True) -> None:
        """Count one message."""
        self.sent += 1
        self.to_catch += to_catch
        self.outcomes[outcome] += 1


def verdict(gate: V2xAdmission, message: RoadsideMessage, now_ns: int) -> str:
    """The outcome as text."""
    outcome = gate.admit(message, now_ns)
    return outcome.value if isinstance(outcome, Reject) else ADMITTED


def attacked(
    messages: int, seed: int, watch: Callable[[int], None] = lambda k: None
) -> tuple[list[Row], list[float]]:
    """Attacks of every kind in turn at 100 Hz among honest traffic at 25 Hz, in virtual time.

    Returns the rows, honest traffic last, and the processor seconds of each honest check.
    """
    road, gate = Road(random.Random(seed)), admission()
    gate.admit(road.fresh(CAPTURED), road.now_ns)  # so that its numbers are known
    rows = {name: Row(name) for name in (*ATTACKS, *WIRE_ATTACKS)}
    honest = Row('honest traffic')
    names, costs_s = list(rows), []
    in_flight: list[tuple[int, int, RoadsideMessage]] = []
    for k in range(messages):
        if k % ATTACKS_PER_TICK == 0:
            road.now_ns += TICK_NS
            gate.note_vehicle((0.0, 0.0, 0.0), road.now_ns)
            delay_ns = round(road.rng.uniform(20, 250) * MS)
            heapq.heappush(in_flight, (road.now_ns + delay_ns, k, road.fresh()))
            while in_flight and in_flight[0][0] <= road.now_ns:
                arrival_ns, _, message = heapq.heappop(in_flight)
                begin_s = time.thread_time()
                honest.take(verdict(gate, message, arrival_ns), to_catch=False)
                costs_s.append(time.thread_time() - begin_s)
                road.overheard.append(message)
        row = rows[names[k % len(names)]]
        attempt(road, gate, row)
        watch(k)
    return [*rows.values(), honest], costs_s


def attempt(road: Road, gate: V2xAdmission, row: Row) -> None:
    """Send one message of the row's kind."""
    if row.kind in ATTACKS:
        message: RoadsideMessage | None = ATTACKS[row.kind](road)
    else:
        message = from_wire(WIRE_ATTACKS[row.kind](road))
    outcome = UNDECODABLE if message is None else verdict(gate, message, road.now_ns)
    if message is not None and outcome == ADMITTED and road.is_newest(message):
        row.take(UNCHANGED, to_catch=False)  # padding was hit, or a value replaced by itself
    else:
        row.take(outcome)


def flooded(seconds: int, per_s: int, seed: int) -> list[Row]:
    """A captured key at ``per_s`` messages a second; then forgeries of the honest station.

    In both, the honest station goes on at 25 Hz; its row says what is left of it.
    """
    rows = []
    for kind, signer in (('flood by a captured key', CAPTURED), ('flood of forgeries', 'forger')):
        road, gate = Road(random.Random(seed)), admission()
        claimed = CAPTURED if signer == CAPTURED else HONEST
        flood, honest = Row(kind), Row(f'honest traffic in the {kind}')
        for k in range(seconds * per_s):
            road.now_ns = T0 + k * NS_PER_S // per_s
            if k % (per_s // 25) == 0:
                honest.take(verdict(gate, road.fresh(age_ms=30.0), road.now_ns), to_catch=False)
            message = road.fresh(claimed, age_ms=30.0)
            if signer != claimed:
                message = sign(message, key_of(signer))
            flood.take(verdict(gate, message, road.now_ns))
        if signer == CAPTURED:  # what the rate allows is not the flood
            settings = gate.settings
            flood.to_catch -= round(settings.max_rate_hz * (seconds + settings.max_age_s)) + 1
        rows += [flood, honest]
    return rows


def clean_hour(duration_s: float, seed: int) -> Row:
    """Honest traffic alone: 25 Hz, 20 to 250 ms of delay each, 2 % lost, a clock 10 ms ahead."""
    road, gate = Road(random.Random(seed)), admission()
    row = Row('clean hour')
    for arrival_ns, message in _delayed(_sent(road, duration_s), road.rng):
        if arrival_ns % NS_PER_S < TICK_NS:
            gate.note_vehicle((0.0, 0.0, 0.0), arrival_ns)
        row.take(verdict(gate, message, arrival_ns), to_catch=False)
    offset_s = dict(gate.clocks(0))[HONEST].offset_s
    row.outcomes[f'clock offset {1e3 * offset_s:.1f} ms'] = 1
    return row


def _sent(road: Road, duration_s: float) -> Iterator[tuple[int, RoadsideMessage]]:
    for k in range(int(duration_s * 25)):
        road.now_ns = T0 + k * TICK_NS
        yield road.now_ns, road.fresh(age_ms=-10.0)


def _delayed(
    sent: Iterable[tuple[int, RoadsideMessage]], rng: random.Random
) -> Iterator[tuple[int, RoadsideMessage]]:
    """In order of arrival, as UDP delivers: not in the order of sending."""
    in_flight: list[tuple[int, int, RoadsideMessage]] = []
    for number, (sent_ns, message) in enumerate(sent):
        while in_flight and in_flight[0][0] <= sent_ns:
            arrival_ns, _, earlier = heapq.heappop(in_flight)
            yield arrival_ns, earlier
        if rng.random() >= 0.02:
            arrival_ns = sent_ns + round(rng.uniform(20, 250) * MS)
            heapq.heappush(in_flight, (arrival_ns, number, message))
    while in_flight:
        arrival_ns, _, earlier = heapq.heappop(in_flight)
        yield arrival_ns, earlier
