# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Alignment by capture time: order, lateness, absence, jumps and clocks that disagree."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from av_fusion_ros.recognition.alignment import (
    AUDIO,
    ROADSIDE,
    VISUAL,
    AlignedHop,
    Aligner,
    AlignmentSettings,
    Feature,
    Outcome,
)
from av_fusion_ros.recognition.errors import RecognitionError
from av_fusion_ros.recognition.features import (
    HOP_NS,
    AudioFeature,
    RoadsideFeature,
    VisualFeature,
)

T0 = 1_700_000_000_000_000_000
EMPTY = np.zeros(0, np.float32)
MS = 1_000_000


def sound(k: int, shift_ms: float = 0.0) -> AudioFeature:
    stamp_ns = T0 + k * HOP_NS + round(shift_ms * MS)
    return AudioFeature(stamp_ns, stamp_ns + 62 * MS, k, EMPTY)


def picture(k: int, shift_ms: float = 0.0) -> VisualFeature:
    return VisualFeature(T0 + k * HOP_NS + round(shift_ms * MS), k, EMPTY)


def roadside(k: int, shift_ms: float = 0.0) -> RoadsideFeature:
    return RoadsideFeature(T0 + k * HOP_NS + round(shift_ms * MS), 'rsu', k, EMPTY)


def popped(aligner: Aligner) -> list[AlignedHop]:
    hops = []
    while (hop := aligner.pop()) is not None:
        hops.append(hop)
    return hops


def push_all(aligner: Aligner, features: list[Feature]) -> list[AlignedHop]:
    hops = []
    for feature in features:
        aligner.push(feature)
        hops += popped(aligner)
    return hops


@settings(max_examples=60, deadline=None)
@given(
    phase_ms=st.floats(-19, 19),
    jitter_ms=st.floats(0, 12),
    transport_hops=st.integers(0, 2),
    seed=st.integers(0, 2**31),
)
def test_every_hop_gets_both_senses_whatever_phase_jitter_and_delay(
    phase_ms: float, jitter_ms: float, transport_hops: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    n = 80
    seen_at = 0.0  # a transport delays, but keeps the order of one sense
    arrivals: list[tuple[float, Feature]] = []
    for k in range(n):
        jitter = float(rng.uniform(-jitter_ms, jitter_ms)) if k else 0.0
        arrivals.append((k + rng.random(), sound(k)))
        seen_at = max(seen_at + 1e-6, k + transport_hops * float(rng.random()))
        arrivals.append((seen_at, picture(k, phase_ms + jitter)))
    hops = push_all(Aligner(), [f for _, f in sorted(arrivals, key=lambda a: a[0])])
    assert [hop.index for hop in hops] == list(range(len(hops)))
    assert len(hops) >= n - 5
    # The start may lack what came before the grid began; after it nothing is missing.
    for hop in hops[4:]:
        assert hop.audio is not None
        assert hop.visual is not None
        assert abs(hop.audio.start_ns - hop.visual.stamp_ns) <= (30 + jitter_ms) * MS + 1


def test_a_complete_hop_does_not_wait() -> None:
    aligner = Aligner()
    for k in range(3):
        push_all(aligner, [sound(k), picture(k)])
    aligner.push(sound(3))
    assert aligner.pop() is None
    aligner.push(picture(3))
    (hop,) = popped(aligner)
    assert hop.audio is not None
    assert hop.visual is not None
    assert hop.audio.sequence == hop.visual.sequence == 3


def test_a_missing_feature_is_waited_for_as_long_as_the_lateness() -> None:
    aligner = Aligner(AlignmentSettings(lateness_s=0.12))
    for k in range(5):
        push_all(aligner, [sound(k), picture(k)])
    late = aligner.counts[VISUAL, Outcome.LATE]  # hop 0 went before the first picture
    assert push_all(aligner, [sound(5), sound(6), sound(7)]) == []
    (hop,) = push_all(aligner, [sound(8)])  # 120 ms after hop 5
    assert hop.index == 5
    assert hop.visual is None
    assert aligner.push(picture(5)) is Outcome.LATE
    assert aligner.push(picture(6)) is Outcome.TAKEN
    assert aligner.counts[VISUAL, Outcome.LATE] == late + 1


def test_an_absent_sense_blocks_nothing() -> None:
    assert len(push_all(Aligner(), [sound(k) for k in range(50)])) == 50
    assert len(push_all(Aligner(), [picture(k) for k in range(50)])) == 50


def test_a_sense_that_stops_delays_hops_for_half_a_second_only() -> None:
    aligner = Aligner()
    for k in range(10):
        push_all(aligner, [sound(k), picture(k)])
    lag = [k - len(push_all(aligner, [sound(k)])) for k in range(10, 60)]
    assert len(lag) == 50
    aligner.push(sound(60))
    (hop,) = popped(aligner)
    assert hop.index == 60


def test_duplicates_are_counted_and_dropped() -> None:
    aligner = Aligner()
    aligner.push(sound(0))
    aligner.push(picture(2))
    assert aligner.push(picture(2)) is Outcome.DUPLICATE
    assert aligner.counts[VISUAL, Outcome.DUPLICATE] == 1


@pytest.mark.parametrize('senses', ['audio', 'both'])
@pytest.mark.parametrize('jump_s', [-3600.0, -5.0, 5.0, 3600.0])
def test_a_jump_of_time_begins_anew(senses: str, jump_s: float) -> None:
    aligner = Aligner()
    makers = [sound, picture] if senses == 'both' else [sound]
    for k in range(50):
        push_all(aligner, [make(k) for make in makers])
    outcomes = []
    hops = []
    for k in range(50, 80):
        for make in makers:
            outcomes.append(aligner.push(make(k, jump_s * 1000)))
            hops += popped(aligner)
    assert outcomes.count(Outcome.RESET) == 1
    assert outcomes.count(Outcome.STRANGER) <= 2
    assert all(abs(hop.time_ns - T0 - jump_s * 1e9) < 10e9 for hop in hops)
    assert len(hops) >= 27
    assert all(hop.audio is not None for hop in hops[3:])


def test_one_wild_stamp_moves_nothing() -> None:
    aligner = Aligner()
    hops = push_all(aligner, [sound(0), sound(1), sound(2, 1e7), sound(3), sound(4)])
    assert aligner.counts[AUDIO, Outcome.STRANGER] == 1
    assert sum(aligner.counts[AUDIO, o] for o in (Outcome.RESET, Outcome.LATE)) == 0
    assert [hop.audio is not None for hop in hops] == [True, True, False, True, True]


def test_a_sense_with_another_clock_is_ignored_until_it_is_alone() -> None:
    aligner = Aligner()
    for k in range(100):
        push_all(aligner, [sound(k), picture(k, 1e6)])
    assert aligner.counts[VISUAL, Outcome.STRANGER] == 100
    outcomes = [aligner.push(picture(k, 1e6)) for k in range(100, 150)]
    assert outcomes.count(Outcome.RESET) == 1
    assert outcomes[-1] is Outcome.TAKEN


def test_drift_slips_by_single_hops_and_stays_within_tolerance() -> None:
    aligner = Aligner()
    worst = missing = 0
    for k in range(3000):  # 120 s at 1000 ppm: three hops of drift
        for hop in push_all(aligner, [sound(k), picture(k, k * 0.04)]):
            if hop.visual is None:
                missing += 1
            elif hop.audio is not None:
                worst = max(worst, abs(hop.audio.start_ns - hop.visual.stamp_ns))
    assert worst <= 35 * MS
    assert missing <= 5


def test_the_offset_shifts_pictures_onto_late_sound() -> None:
    aligner = Aligner(AlignmentSettings(av_offset_s=0.2))
    hops = []
    for k in range(20):
        hops += push_all(aligner, [picture(k), sound(k, 200)])
    both = [hop for hop in hops if hop.audio is not None and hop.visual is not None]
    assert len(both) >= 18
    for hop in both:
        assert hop.audio is not None
        assert hop.visual is not None
        assert hop.audio.sequence == hop.visual.sequence


def test_roadside_views_are_waited_for_only_when_asked() -> None:
    for wait in (False, True):
        aligner = Aligner()
        aligner.wait_for_roadside = wait
        hops = []
        for k in range(60):
            hops += push_all(aligner, [sound(k), *([roadside(k - 5)] if k >= 5 else [])])
        with_view = sum(hop.roadside is not None for hop in hops)
        assert with_view >= 40 if wait else with_view <= 1
        age_s = aligner.age_s(ROADSIDE)
        assert age_s is not None
        assert age_s == pytest.approx(0.2, abs=0.01)


def test_the_clock_moves_hops_when_nothing_arrives() -> None:
    aligner = Aligner()
    push_all(aligner, [sound(0), picture(0)])
    aligner.advance_to(T0 + 200 * MS)
    assert popped(aligner) == []
    aligner.advance_to(T0 + 600 * MS)
    hops = popped(aligner)
    assert len(hops) == 7  # those due 320 ms ago and before
    assert all(hop.audio is None and hop.visual is None for hop in hops)
    assert aligner.age_s(AUDIO) == pytest.approx(0.4)


def test_a_clock_of_another_epoch_is_ignored() -> None:
    aligner = Aligner()
    aligner.advance_to(5)
    aligner.push(sound(0))
    popped(aligner)
    aligner.advance_to(T0 + 10**18)
    aligner.advance_to(5)
    assert popped(aligner) == []
    assert len(push_all(aligner, [sound(1), sound(2)])) == 2


def test_a_backlog_nobody_takes_is_bounded() -> None:
    aligner = Aligner()
    for k in range(5000):
        aligner.push(sound(k))
    assert len(popped(aligner)) <= 252


@pytest.mark.parametrize('wrong', [{'lateness_s': -0.1}, {'av_offset_s': 2.0}])
def test_impossible_settings_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(RecognitionError, match='from 0 to 1 s'):
        AlignmentSettings(**wrong)
