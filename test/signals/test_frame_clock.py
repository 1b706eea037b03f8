# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from av_fusion_ros.signals.frame_clock import TICK_NS, FrameClock, Tick

START_NS = 1_750_000_000_000_000_000


def served(clock: FrameClock, stamps_ns: list[int]) -> list[tuple[Tick, int]]:
    """Every tick with the stamp of the frame that serves it."""
    out, previous_ns = [], 0
    for stamp_ns in stamps_ns:
        for tick in clock.push(stamp_ns).ticks:
            out.append((tick, previous_ns if tick.previous else stamp_ns))
        previous_ns = stamp_ns
    return out


def at_rate(rate_hz: float, duration_s: float = 4.0) -> list[int]:
    return [START_NS + round(i * 1e9 / rate_hz) for i in range(int(duration_s * rate_hz))]


@pytest.mark.parametrize('rate_hz', [8, 10, 15, 20, 24, 25, 29.97, 30, 50, 60, 120])
def test_every_tick_is_served_once_in_order_by_a_near_frame(rate_hz: float) -> None:
    out = served(FrameClock(), at_rate(rate_hz))
    assert [tick.index for tick, _ in out] == list(range(len(out)))
    assert all(tick.stamp_ns == START_NS + tick.index * TICK_NS for tick, _ in out)
    assert abs(len(out) - 100) <= 4
    worst_ns = max(abs(tick.stamp_ns - frame_ns) for tick, frame_ns in out)
    assert worst_ns <= max(0.5e9 / rate_hz, 0.75 * TICK_NS) + 1
    frames = [frame_ns for _, frame_ns in out]
    assert frames == sorted(frames)


def test_at_25_hz_each_frame_serves_its_own_tick_at_once() -> None:
    out = served(FrameClock(), at_rate(25))
    assert all(tick.stamp_ns == frame_ns for tick, frame_ns in out)


@pytest.mark.parametrize('phase', [0.0, 0.5])
def test_jitter_at_25_hz_neither_drops_nor_repeats(phase: float) -> None:
    rng = np.random.default_rng(0)
    clock = FrameClock()
    clock.push(START_NS)
    for i in range(1, 500):
        shift = phase * TICK_NS if i > 10 else 0
        clock.push(START_NS + i * TICK_NS + round(shift + rng.normal(0, 2e6)))
    assert clock.counts.unneeded == clock.counts.repeated == 0


def test_frames_above_25_hz_are_dropped_and_counted() -> None:
    clock = FrameClock()
    out = served(clock, at_rate(50))
    assert clock.counts.unneeded == 200 - len(out)
    assert clock.counts.repeated == 0


def test_frames_below_25_hz_are_repeated_and_counted() -> None:
    clock = FrameClock()
    out = served(clock, at_rate(12.5))
    assert clock.counts.repeated == len(out) - 50


def test_a_long_pause_resets() -> None:
    clock = FrameClock(max_hold_s=0.25)
    clock.push(START_NS)
    assert not clock.push(START_NS + 240_000_000).reset
    after = clock.push(START_NS + 500_000_000)
    assert after.reset
    assert after.ticks == (Tick(0, START_NS + 500_000_000),)
    assert clock.counts.resets == 1


def test_a_jump_back_resets_and_a_late_frame_does_not() -> None:
    clock = FrameClock()
    for stamp_ns in at_rate(25, 1.0):
        clock.push(stamp_ns)
    late = clock.push(START_NS + 23 * TICK_NS)
    assert late.ticks == ()
    assert not late.reset
    assert clock.counts.late == 1
    back = clock.push(START_NS)
    assert back.reset
    assert back.ticks == (Tick(0, START_NS),)


def test_the_same_frame_again_is_ignored() -> None:
    clock = FrameClock()
    clock.push(START_NS)
    assert clock.push(START_NS).ticks == ()
    assert clock.counts.duplicate == 1
