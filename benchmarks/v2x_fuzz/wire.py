# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Attacks on the bytes of the wire, read as the node reads them."""

from __future__ import annotations

from rclpy.serialization import deserialize_message, serialize_message

from av_fusion_ros.msg import V2xVisual
from av_fusion_ros.nodes.roadside_conversion import roadside_message, v2x_visual
from av_fusion_ros.recognition.roadside_message import RoadsideMessage
from benchmarks.v2x_fuzz.road import Road

HEADER_BYTES = 4  # of the encapsulation


def to_wire(message: RoadsideMessage) -> bytes:
    """The bytes of a V2xVisual in CDR."""
    return bytes(serialize_message(v2x_visual(message)))


def from_wire(data: bytes) -> RoadsideMessage | None:
    """The message in the bytes; None where DDS cannot read them, and so drops them."""
    try:
        return roadside_message(deserialize_message(data, V2xVisual))
    except Exception:  # rclpy raises what its binding happens to raise
        return None


def flipped_bits(road: Road) -> bytes:
    """An honest message with one to eight bits flipped."""
    data = bytearray(to_wire(road.fresh()))
    for _ in range(road.rng.randint(1, 8)):
        data[road.rng.randrange(HEADER_BYTES, len(data))] ^= 1 << road.rng.randrange(8)
    return bytes(data)


def cut_short(road: Road) -> bytes:
    """An honest message without its end."""
    data = to_wire(road.fresh())
    return data[: road.rng.randrange(len(data))]


def overwritten(road: Road) -> bytes:
    """An honest message with a stretch of other bytes, such as huge lengths."""
    data = bytearray(to_wire(road.fresh()))
    at = road.rng.randrange(HEADER_BYTES, len(data))
    filler = road.rng.choice((b'\xff', b'\0', b'\x7f\xff', road.rng.randbytes(7)))
    length = road.rng.randint(1, 24)
    data[at : at + length] = (filler * length)[:length]
    return bytes(data)


WIRE_ATTACKS = {attack.__name__: attack for attack in (flipped_bits, cut_short, overwritten)}
