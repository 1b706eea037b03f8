# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The weights over time, with the shipped checkpoint and real recordings through the encoders.

Evidence is changed at an onset while sound and picture themselves go on, so that what is measured
is the gate and what follows it, not how quickly a fault is recognised (benchmarks/
scenario_trials.py measures that through the nodes).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import nan
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from av_fusion_ros.learning.encoded_clips import encoded_clips
from av_fusion_ros.learning.splits import grid_key, part_of
from av_fusion_ros.model.specification import Specification
from av_fusion_ros.recognition.backend import Backend, open_backend
from av_fusion_ros.recognition.features import (
    AudioFeature,
    RoadsideFeature,
    VisualFeature,
)
from av_fusion_ros.recognition.fusion_engine import FusionEngine, Step
from av_fusion_ros.recognition.modes import Mode
from av_fusion_ros.recognition.vocabulary import parse_vocabulary

ROOT = Path(__file__).resolve().parents[2]
T0 = 1_700_000_000_000_000_000
HOPS_PER_S = 25
N_CLIPS = 4
BEGUN = 10  # hops: the mode at the start is BLIND
ONSET, END = 100, 175  # hops: 4 s to 7 s of 11.8 s
LINK_HOPS = 5  # a view arrives 0.2 s late
VOCABULARY = parse_vocabulary({'commands': ['stop', 'turn left', 'go back']})


@dataclass
class Recorded:
    """Real features of some clips, hop by hop."""

    backend: Backend
    spec: Specification
    audio: list[AudioFeature]
    visual: list[VisualFeature]


@pytest.fixture(scope='module')
def recorded(shared_data: Path) -> Recorded:
    clips = sorted((shared_data / 'grid' / 's1').glob('*.align'))
    clips = [clip for clip in clips if part_of(grid_key(clip)) == 'test'][:N_CLIPS]
    backend, spec = open_backend(
        ROOT / 'models' / 'av_fusion.safetensors', graph_folders=[ROOT / 'models']
    )
    return Recorded(backend, spec, *encoded_clips(clips, backend, spec, T0))


Change = Callable[
    [int, AudioFeature, VisualFeature], tuple[AudioFeature | None, VisualFeature | None]
]


def run(recorded: Recorded, change: Change, v2x_until: int = 0) -> list[Step]:
    """Every hop's step, with the features changed from ONSET to END."""
    engine = FusionEngine(recorded.backend, recorded.spec, VOCABULARY)
    steps = []
    for k, (audio, visual) in enumerate(zip(recorded.audio, recorded.visual, strict=False)):
        heard: AudioFeature | None = audio
        seen: VisualFeature | None = visual
        if ONSET <= k < END:
            heard, seen = change(k, audio, visual)
        if heard is not None:
            engine.add_audio(heard)
        if seen is not None:
            engine.add_visual(seen)
        if LINK_HOPS <= k < v2x_until + LINK_HOPS:
            view = recorded.visual[k - LINK_HOPS]
            engine.add_roadside(
                RoadsideFeature(view.stamp_ns, 'rsu', view.sequence, view.embedding, 0.9)
            )
        steps += engine.advance()
    return steps


def at_hops(steps: list[Step], sense: str) -> NDArray[np.float64]:
    """The weights by hop; the first step is hop 0 and there is one for every hop."""
    return np.array([getattr(step.weights, sense) for step in steps])


def check_sums(steps: list[Step]) -> None:
    for step in steps:
        w = step.weights
        total = w.audio + w.visual + w.v2x
        assert total == pytest.approx(1, abs=1e-6) or (total == 0 and w.mode == Mode.BLIND)


def dark(k: int, audio: AudioFeature, visual: VisualFeature) -> tuple[AudioFeature, VisualFeature]:
    return audio, replace(visual, embedding=np.zeros(0, np.float32), quality=0.0)


def unusable(
    k: int, audio: AudioFeature, visual: VisualFeature
) -> tuple[AudioFeature, VisualFeature]:
    return audio, replace(visual, quality=0.05)


def no_picture(k: int, audio: AudioFeature, visual: VisualFeature) -> tuple[AudioFeature, None]:
    return audio, None


def dead(k: int, audio: AudioFeature, visual: VisualFeature) -> tuple[AudioFeature, VisualFeature]:
    return replace(audio, quality=0.0), visual


def no_sound(k: int, audio: AudioFeature, visual: VisualFeature) -> tuple[None, VisualFeature]:
    return None, visual


LOSSES: list[tuple[Change, str, str]] = [
    (dark, 'visual', 'audio'),
    (unusable, 'visual', 'audio'),
    (no_picture, 'visual', 'audio'),
    (dead, 'audio', 'visual'),
    (no_sound, 'audio', 'visual'),
]


@pytest.mark.parametrize(
    ('change', 'lost', 'left'), LOSSES, ids=lambda v: getattr(v, '__name__', v)
)
def test_a_lost_sense_has_no_weight_from_its_hop_on_and_comes_back_within_one_to_two_seconds(
    recorded: Recorded, change: Change, lost: str, left: str
) -> None:
    steps = run(recorded, change)
    usual = at_hops(run(recorded, lambda k, audio, visual: (audio, visual)), lost)
    weights = at_hops(steps, lost)
    check_sums(steps)
    assert np.all(weights[BEGUN:ONSET] > 0)
    assert np.all(weights[ONSET:END] == 0)
    assert np.all(at_hops(steps, left)[ONSET:END] == 1)
    # Back: the share of what the gate would give it rises steadily, and never above.
    n = min(len(weights), len(usual))
    ratio = weights[END:n] / usual[END:n]
    reached = int(np.argmax(ratio >= 0.9)) / HOPS_PER_S
    assert 1.0 <= reached <= 2.0
    whole = ratio[round(2.0 * HOPS_PER_S) :]
    assert np.all(np.abs(whole - 1) <= 0.05)
    assert ratio.max() <= 1.05


@pytest.mark.parametrize('quality', [0.2, 0.4])
def test_the_weight_follows_the_evidence_within_300_ms_without_overshoot(
    recorded: Recorded, quality: float
) -> None:
    """A worse, yet usable picture: against the same stream that was as bad from the beginning."""

    def worse(
        k: int, audio: AudioFeature, visual: VisualFeature
    ) -> tuple[AudioFeature, VisualFeature]:
        return audio, replace(visual, quality=quality)

    before = at_hops(run(recorded, lambda k, audio, visual: (audio, visual)), 'visual')
    all_worse = Recorded(
        recorded.backend,
        recorded.spec,
        recorded.audio,
        [replace(visual, quality=quality) for visual in recorded.visual],
    )
    after = at_hops(run(all_worse, worse), 'visual')
    stepped = at_hops(run(recorded, worse), 'visual')
    span = slice(ONSET, END)
    change = float(np.mean(after[span] - before[span]))
    assert change < 0, 'a worse picture must weigh less'
    # 0 = as before, 1 = as if it had always been so; the mean of neighbouring hops.
    progress = np.array(
        [np.mean(stepped[k : k + 3] - before[k : k + 3]) / change for k in range(ONSET, END - 3)]
    )
    settled = np.array(
        [np.mean(after[k : k + 3] - before[k : k + 3]) / change for k in range(ONSET, END - 3)]
    )
    within = round(0.3 * HOPS_PER_S)
    assert np.all(np.abs(progress[within:] - settled[within:]) <= 0.1)
    assert np.all(progress <= np.maximum(settled, 1.0) + 0.05)


def test_the_roadside_view_takes_over_within_300_ms_and_hands_back_once(
    recorded: Recorded,
) -> None:
    steps = run(recorded, dark, v2x_until=1000)
    check_sums(steps)
    visual, v2x = at_hops(steps, 'visual'), at_hops(steps, 'v2x')
    assert np.all((visual == 0) | (v2x == 0))
    assert np.all(visual[ONSET:END] == 0)
    assert np.all(v2x[ONSET + round(0.3 * HOPS_PER_S) : END] > 0.2)
    handed_back = np.flatnonzero(visual[END:] > 0)
    first_s = handed_back[0] / HOPS_PER_S
    assert 1.0 <= first_s <= 2.0
    assert np.all(v2x[END + handed_back[0] :] == 0)
    assert np.all(visual[END + handed_back[0] :] > 0)


def test_a_stale_view_has_no_weight(recorded: Recorded) -> None:
    ends = ONSET + 30
    steps = run(recorded, dark, v2x_until=ends)
    v2x = at_hops(steps, 'v2x')
    assert v2x[ends - 2] > 0
    assert np.all(v2x[ends + 1 :] == 0)
    assert np.all(at_hops(steps, 'audio')[ends + 1 : END] == 1)


def test_alternation_from_hop_to_hop_does_not_make_the_weights_jump(recorded: Recorded) -> None:
    def flickering(
        k: int, audio: AudioFeature, visual: VisualFeature
    ) -> tuple[AudioFeature, VisualFeature]:
        return dark(k, audio, visual) if k % 2 else (audio, visual)

    weights = at_hops(run(recorded, flickering), 'visual')
    assert np.max(weights[ONSET + 10 : END]) <= 0.15


def test_an_unknown_quality_is_no_loss(recorded: Recorded) -> None:
    steps = run(
        recorded,
        lambda k, audio, visual: (replace(audio, quality=nan), replace(visual, quality=nan)),
    )
    check_sums(steps)
    assert np.all(at_hops(steps, 'visual')[BEGUN:] > 0)
    assert np.all(at_hops(steps, 'audio')[BEGUN:] > 0)
