# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which commands become lessons, and which stretch of sound they bring."""

from dataclasses import replace

import numpy as np
import pytest

from av_fusion_ros.learning.lesson import (
    Lesson,
    MelMemory,
    SelectionSettings,
    Understood,
    lesson_from,
)
from av_fusion_ros.model.phonemes import CLASS_OF
from av_fusion_ros.recognition.features import HOP_NS

GOOD = Understood('stop', 0.95, 0.4, 60 * HOP_NS, 75 * HOP_NS)


def memory(hops=100, first=0):
    """Hop k, which ends at (k + 1) hops, holds k everywhere."""
    made = MelMemory()
    for k in range(first, hops):
        made.add((k + 1) * HOP_NS, np.full((4, 64), k, np.float32) / 100)
    return made


def lesson(command=GOOD, sound=None):
    return lesson_from(command, sound or memory(), SelectionSettings())


def test_a_good_command_brings_its_sound_its_pause_and_its_phonemes():
    found = lesson()
    assert isinstance(found, Lesson)
    assert found.targets.tolist() == [CLASS_OF[p] for p in ('S', 'T', 'AA', 'P')]
    heard = sorted(set(np.round(found.mel[:, 0] * 100).astype(int).tolist()))
    assert (heard[0], heard[-1]) == (40, 79)  # 0.8 s before, 0.2 s after
    pause = np.exp(np.arange(45, 55) / 100).mean()
    np.testing.assert_allclose(found.pause_power, pause, rtol=1e-5)


@pytest.mark.parametrize(
    ('change', 'why'),
    [
        ({'confidence': 0.5}, 'unsure'),
        ({'confidence': float('nan')}, 'unsure'),
        ({'weight_audio': 0.95}, 'unseen'),
        ({'weight_audio': float('nan')}, 'unseen'),
        ({'end_ns': 60 * HOP_NS}, 'too_long'),
        ({'end_ns': 600 * HOP_NS}, 'too_long'),
        ({'text': 'xyzzyplugh'}, 'unpronounceable'),
    ],
)
def test_other_commands_bring_a_reason(change, why):
    assert lesson(replace(GOOD, **change)) == why


def test_sound_that_is_not_remembered_brings_a_reason():
    assert lesson(sound=memory(hops=70)) == 'forgotten'
    assert lesson(sound=memory(first=50)) == 'forgotten'


def test_a_gap_in_the_sound_is_not_bridged():
    broken = memory(hops=60)
    for k in range(63, 100):
        broken.add((k + 1) * HOP_NS, np.zeros((4, 64), np.float32))
    assert lesson(sound=broken) == 'forgotten'


def test_the_memory_is_bounded():
    made = memory(hops=5000)
    assert made.between(0, HOP_NS) is None
    assert made.between(4999 * HOP_NS, 5000 * HOP_NS) is not None
