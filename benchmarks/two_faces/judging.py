# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Whether, and how soon, the right face is listened to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.recognition.fusion_engine import FusionEngine
from benchmarks.two_faces.streams import HOP_NS, HOPS, SWAP, T0, WIDTH, Stream


def chosen_sides(engine: FusionEngine, stream: Stream) -> NDArray[np.int64]:
    """The side listened to at each hop, (HOPS,); -1 = no face."""
    engine.reset()
    side_of = {
        (tick.stamp_ns, face.face_id): int(face.mouth_box[0] + face.mouth_box[2] / 2 > WIDTH)
        for tick in stream.visual
        for face in (tick, *tick.others)
    }
    found = np.full(HOPS, -1)
    waiting = list(stream.visual)
    steps = []
    for heard in stream.audio:
        while waiting and waiting[0].stamp_ns <= heard.stamp_ns:
            engine.add_visual(waiting.pop(0))
        engine.add_audio(heard)
        steps += engine.advance()
    for step in steps:
        # The newest sample is the sound's; the picture beside it is of the hop's begin.
        hop = round((step.stamp_ns - T0 - 62_000_000) / HOP_NS)
        known = (side_of.get((T0 + k * HOP_NS, step.weights.face_id)) for k in (hop, hop - 1))
        side = next((s for s in known if s is not None), -1)
        if 0 <= hop < HOPS:
            found[hop] = side
    return found


@dataclass(frozen=True, slots=True)
class Result:
    """Shares of time on the right face, of spoken hops and from 1 s after each change; times."""

    right: float
    right_speaking: float
    settled: float
    first_s: float
    swap_s: float
    switches: int


def judged(stream: Stream, found: NDArray[np.int64]) -> Result:
    """What became of one stream; a time is inf where the right face was never found."""
    right = found == stream.side
    settled = right.copy()
    settled[:50] = settled[SWAP : SWAP + 50] = False
    n_settled = HOPS - 100

    def after(begin: int, end: int) -> float:
        """Seconds until the right face is held to the end of the half, bar half a second."""
        lasting = np.flatnonzero(~right[begin : end - 12])
        if not lasting.size:
            return 0.0
        return float('inf') if lasting[-1] >= end - begin - 25 else (lasting[-1] + 1) * 0.04

    return Result(
        float(right.mean()),
        float(right[stream.words].mean()),
        float(settled.sum() / n_settled),
        after(0, SWAP),
        after(SWAP, HOPS),
        int((np.diff(found[found >= 0]) != 0).sum()),
    )


def told(results: list[Result], rng: np.random.Generator) -> list[str]:
    """Means with 95 % intervals over streams, times as median, 95 % and share never found."""
    cells = []
    for name in ('right', 'right_speaking', 'settled', 'switches'):
        values = np.array([getattr(result, name) for result in results])
        draws = rng.choice(values, (2000, len(values))).mean(1)
        low, high = np.percentile(draws, [2.5, 97.5])
        cells.append(f'{values.mean():.3f} [{low:.3f}, {high:.3f}]')
    for name in ('first_s', 'swap_s'):
        times = np.array([getattr(result, name) for result in results])
        p50, p95 = np.quantile(times, [0.5, 0.95], method='higher')
        cells.append(f'{p50:.2f} / {p95:.2f}, never {np.isinf(times).sum()}')
    return cells
