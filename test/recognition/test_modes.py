# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The mode table: every mode x every combination of grades, dwell times, hysteresis, docs."""

from __future__ import annotations

from itertools import product
from math import nan
from pathlib import Path

import pytest

from av_fusion_ros.recognition.features import HOP_NS
from av_fusion_ros.recognition.modes import (
    TABLE,
    Grade,
    Mode,
    ModeMachine,
    SenseState,
    dwell_s,
    markdown_table,
    row_for,
)

ROOT = Path(__file__).resolve().parents[2]
SNR_DB = {Grade.GOOD: 20.0, Grade.POOR: -5.0, Grade.LOST: -5.0}
QUALITY = {Grade.GOOD: 0.9, Grade.POOR: 0.4, Grade.LOST: 0.05}
EVENTS = list(product(Grade, Grade, (False, True)))

EXPECTED = {
    (Grade.GOOD, Grade.GOOD, False): Mode.NOMINAL,
    (Grade.GOOD, Grade.POOR, False): Mode.CAMERA_DEGRADED,
    (Grade.GOOD, Grade.LOST, False): Mode.AUDIO_ONLY,
    (Grade.POOR, Grade.GOOD, False): Mode.AUDIO_DEGRADED,
    (Grade.POOR, Grade.POOR, False): Mode.CAMERA_DEGRADED,
    (Grade.POOR, Grade.LOST, False): Mode.AUDIO_ONLY,
    (Grade.LOST, Grade.GOOD, False): Mode.VISUAL_ONLY,
    (Grade.LOST, Grade.POOR, False): Mode.VISUAL_ONLY,
    (Grade.LOST, Grade.LOST, False): Mode.BLIND,
    (Grade.GOOD, Grade.GOOD, True): Mode.NOMINAL,
    (Grade.GOOD, Grade.POOR, True): Mode.CAMERA_DEGRADED,
    (Grade.GOOD, Grade.LOST, True): Mode.V2X_FALLBACK,
    (Grade.POOR, Grade.GOOD, True): Mode.AUDIO_DEGRADED,
    (Grade.POOR, Grade.POOR, True): Mode.V2X_FALLBACK,
    (Grade.POOR, Grade.LOST, True): Mode.V2X_FALLBACK,
    (Grade.LOST, Grade.GOOD, True): Mode.VISUAL_ONLY,
    (Grade.LOST, Grade.POOR, True): Mode.VISUAL_ONLY,
    (Grade.LOST, Grade.LOST, True): Mode.V2X_FALLBACK,
}


def state(audio: Grade, camera: Grade, v2x: bool) -> SenseState:
    return SenseState(True, True, v2x, SNR_DB[audio], QUALITY[audio], QUALITY[camera], 0.9)


def machine_in(mode: Mode) -> ModeMachine:
    """A machine brought into ``mode`` through its own inputs."""
    machine = ModeMachine()
    for k in range(-20, 0):
        machine.update(k * HOP_NS, state(Grade.GOOD, Grade.LOST, False))
    event = next(event for event, expected in EXPECTED.items() if expected is mode)
    for k in range(100):
        machine.update(k * HOP_NS, state(*event))
    assert machine.mode is mode
    return machine


def test_mode_values_are_those_of_the_message() -> None:
    text = (ROOT / 'msg' / 'FusionMode.msg').read_text()
    for mode in Mode:
        assert f'uint8 MODE_{mode.name}={mode.value}' in text
    assert text.count('uint8 MODE_') == len(Mode)


@pytest.mark.parametrize('current', list(Mode), ids=lambda mode: mode.name)
@pytest.mark.parametrize('event', EVENTS, ids=lambda e: f'{e[0].name}-{e[1].name}-{e[2]}')
def test_every_mode_answers_every_event_after_its_dwell_and_not_before(
    current: Mode, event: tuple[Grade, Grade, bool]
) -> None:
    machine = machine_in(current)
    expected = EXPECTED[event]
    begin_ns = 1000 * HOP_NS
    changes = [
        (k, change)
        for k in range(100)
        if (change := machine.update(begin_ns + k * HOP_NS, state(*event))) is not None
    ]
    if expected is current:
        assert changes == []
        return
    ((k, change),) = changes  # one switch, and never back
    row = row_for(*event)
    assert (change.mode, change.previous, change.reason) == (expected, current, row.reason)
    assert change.stamp_ns == begin_ns + k * HOP_NS
    dwell_hops = dwell_s(current, row) * 1e9 / HOP_NS
    assert dwell_hops <= k < dwell_hops + 1
    assert machine.mode is expected


def test_every_row_is_reached() -> None:
    assert {id(row_for(*event)) for event in EVENTS} == {id(row) for row in TABLE}


@pytest.mark.parametrize('worse', EVENTS, ids=lambda e: f'{e[0].name}-{e[1].name}-{e[2]}')
def test_alternation_at_1_hz_switches_at_most_once_in_30_s(
    worse: tuple[Grade, Grade, bool],
) -> None:
    good = (Grade.GOOD, Grade.GOOD, False)
    machine = machine_in(Mode.NOMINAL)
    changes = []
    for k in range(30 * 25):
        event = worse if (k * 40) % 1000 < 500 else good
        changes.append(machine.update((1000 + k) * HOP_NS, state(*event)))
    assert sum(change is not None for change in changes) <= 1


def test_the_first_mode_is_taken_at_once() -> None:
    machine = ModeMachine()
    changes = [
        (k, machine.update(k * HOP_NS, state(Grade.GOOD, Grade.GOOD, False))) for k in range(9)
    ]
    ((k, change),) = [c for c in changes if c[1] is not None]
    assert change is not None
    assert (k, change.mode, change.previous) == (5, Mode.NOMINAL, Mode.BLIND)


def test_grades_have_hysteresis() -> None:
    machine = machine_in(Mode.NOMINAL)

    def hold(snr_db: float, begin: int) -> Mode:
        for k in range(50):
            machine.update((begin + k) * HOP_NS, SenseState(True, True, False, snr_db, 0.9, 0.9))
        return machine.mode

    assert hold(4.0, 1000) is Mode.NOMINAL  # above where it falls
    assert hold(2.0, 2000) is Mode.AUDIO_DEGRADED
    assert hold(4.0, 3000) is Mode.AUDIO_DEGRADED  # below where it comes back
    assert hold(7.0, 4000) is Mode.NOMINAL


def test_unknown_numbers_change_nothing() -> None:
    for mode in (Mode.NOMINAL, Mode.AUDIO_DEGRADED, Mode.CAMERA_DEGRADED):
        machine = machine_in(mode)
        for k in range(100):
            machine.update((1000 + k) * HOP_NS, SenseState(True, True, False, nan, nan, nan, nan))
        assert machine.mode is mode


def test_stale_senses_are_lost_whatever_they_said() -> None:
    machine = machine_in(Mode.NOMINAL)
    for k in range(20):
        machine.update((1000 + k) * HOP_NS, SenseState(False, False, False, 20.0, 1.0, 1.0, 1.0))
    assert machine.mode is Mode.BLIND


def test_camera_lost_is_known_within_half_a_second() -> None:
    for v2x in (False, True):
        row = row_for(Grade.GOOD, Grade.LOST, v2x)
        assert dwell_s(Mode.NOMINAL, row) <= 0.5


def test_the_docs_hold_the_table_as_it_is() -> None:
    assert markdown_table() in (ROOT / 'docs' / 'modes.md').read_text()
