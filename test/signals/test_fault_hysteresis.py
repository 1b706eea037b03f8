# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
from itertools import pairwise

from av_fusion_ros.signals.fault_hysteresis import FaultHysteresis


def states(scores: list[float]) -> list[bool]:
    hysteresis = FaultHysteresis(1, smooth_s=0.2, clear_s=0.6)
    return [hysteresis.push([score], 0.04)[0] for score in scores]


def test_a_fault_is_raised_after_a_few_frames_and_cleared_after_a_while() -> None:
    seen = states([0.0] * 5 + [1.0] * 20 + [0.0] * 40)
    raised = seen.index(True)
    assert 5 + 2 <= raised <= 5 + 4
    assert all(seen[raised:25])
    cleared = seen.index(False, raised)
    assert 0.6 < (cleared - 25) * 0.04 < 1.0
    assert not any(seen[cleared:])


def test_a_flicker_raises_nothing() -> None:
    assert not any(states([1.0, 0.0, 0.0, 0.0] * 50))


def test_a_score_about_the_threshold_switches_once() -> None:
    seen = states([0.55, 0.45, 0.62, 0.4] * 60)
    assert sum(a != b for a, b in pairwise(seen)) <= 1


def test_faults_are_apart_and_reset_forgets() -> None:
    hysteresis = FaultHysteresis(2, 0.2, 0.6)
    for _ in range(10):
        raised = hysteresis.push([1.0, 0.0], 0.04)
    assert raised == [True, False]
    hysteresis.reset()
    assert hysteresis.push([0.0, 0.0], 0.04) == [False, False]


def test_a_fault_may_ask_for_a_higher_score_than_the_others() -> None:
    hysteresis = FaultHysteresis(2, 0.2, 0.6, {1: 0.85})
    raised = [hysteresis.push([0.8, 0.8], 0.04) for _ in range(100)]
    assert raised[-1] == [True, False]
    assert hysteresis.push([0.0, 1.0], 10.0)[1]
