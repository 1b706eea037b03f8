# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Alarms in a place's noise: which windows are judged, and what share of the loss comes back."""

from __future__ import annotations

import numpy as np

from av_fusion_ros.learning.agreement_material import HeardHop
from av_fusion_ros.recognition.features import AudioFeature
from benchmarks.adaptation.swaps import speech_windows
from benchmarks.adaptation.swaps_report import JUDGES, SPANS, swap_lines
from benchmarks.consistency.windows import EVERY, SETTLED


def hop(speech_probability: float) -> HeardHop:
    feature = AudioFeature(
        start_ns=0,
        stamp_ns=0,
        sequence=0,
        embedding=np.zeros(4, np.float32),
        quality=1.0,
        speech_probability=speech_probability,
        snr_db=20.0,
        level_dbfs=-20.0,
    )
    return HeardHop(feature, np.zeros(4, np.float32))


def test_windows_are_where_speech_is_heard_once_three_seconds_are_full() -> None:
    heard = [hop(1.0)] * (SETTLED + EVERY + 1) + [hop(0.0)] * EVERY + [hop(1.0)] * EVERY
    windows = speech_windows(heard)
    assert windows == [SETTLED, SETTLED + EVERY, SETTLED + 3 * EVERY]


def row(noise: str, before: float, after: float) -> dict[str, str]:
    areas = {'clean': 0.99, 'before': before, 'after': after}
    return {'noise': noise, 'snr_db': '-8.0'} | {
        f'swaps_{judge}_{span}_{when}': str(area)
        for judge in JUDGES
        for span in SPANS
        for when, area in areas.items()
    }


def test_the_share_regained_is_of_the_area_that_all_noises_cost() -> None:
    lines = list(swap_lines([row('buzzer', 0.59, 0.89), row('siren', 0.79, 0.79)]))
    assert lines[-1].count('50 %') == len(JUDGES) * len(SPANS)
    table = [line for line in lines if line.startswith('|')]
    assert len({line.count('|') for line in table}) == 1
    assert '| buzzer | -8 dB | 0.590 | 0.890 |' in table[2]
