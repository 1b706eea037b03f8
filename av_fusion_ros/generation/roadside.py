# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A roadside unit's view of the talker: a smaller picture by another camera, as JPEG frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from av_fusion_ros.generation.roadside_events import V2x, V2xOther
from av_fusion_ros.generation.scene import Scene
from av_fusion_ros.signals.roadside_frame import encode_frame


@dataclass(frozen=True)
class RoadsideView:
    """One picture as a unit sends it; times are of the unit's clock, taken to be right.

    ``lost``: it never arrives.
    """

    stamp_ns: int
    generated_ns: int
    received_ns: int
    sequence: int
    station_id: str
    jpeg: bytes
    lost: bool = False


def roadside_views(scene: Scene) -> Iterator[RoadsideView]:
    """Views of every v2x event in the order they are sent; onboard camera events do not show."""
    views: list[RoadsideView] = []
    for number, event in enumerate(scene.events):
        if isinstance(event, V2x):
            rng = np.random.default_rng([scene.settings.seed, 0xA1, number])
            views.extend(_views_of(scene, event, rng))
    yield from sorted(views, key=lambda view: view.received_ns)


def _views_of(scene: Scene, event: V2x, rng: np.random.Generator) -> Iterator[RoadsideView]:
    end_s = min(event.end_s, scene.duration_s)
    count = int(np.ceil((end_s - event.start_s) * event.rate_hz - 1e-9))
    times_s = event.start_s + np.arange(max(count, 0)) / event.rate_hz
    received_ns = 0
    for sequence, time_s in enumerate(times_s):
        stamp_ns = scene.stamp_ns(float(time_s))
        generated_ns = stamp_ns + round(event.latency_s * 1e9)
        air_s = event.air_s + event.jitter_s * float(rng.random())
        # What is sent later does not overtake.
        received_ns = max(received_ns, generated_ns + round(air_s * 1e9))
        image = scene.source.roadside_picture(_shown_s(scene, event, float(time_s)), sequence)
        yield RoadsideView(
            stamp_ns=stamp_ns,
            generated_ns=generated_ns,
            received_ns=received_ns,
            sequence=sequence,
            station_id=event.station_id,
            jpeg=encode_frame(image),
            lost=bool(rng.random() < event.loss),
        )


def _shown_s(scene: Scene, event: V2x, time_s: float) -> float:
    """The time whose picture a unit really shows."""
    for other in scene.events:
        if (
            isinstance(other, V2xOther)
            and other.station_id == event.station_id
            and other.active(time_s)
        ):
            return max(0.0, time_s - other.shift_s)
    return time_s
