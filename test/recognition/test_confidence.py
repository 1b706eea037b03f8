# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Confidence: calibrated where it was fitted, monotone where it was set by hand."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from math import inf, nan
from pathlib import Path

import numpy as np
import pytest

from av_fusion_ros.learning.calibration_error import expected_calibration_error
from av_fusion_ros.recognition.confidence import (
    MARGIN_CAP,
    NAMES,
    Calibration,
    Evidence,
    fit,
    load_calibration,
    save_calibration,
)
from av_fusion_ros.recognition.errors import RecognitionError

CLEAN = Evidence(
    score=-0.05,
    margin=12.0,
    worst=-0.1,
    phonemes=15,
    mean_phoneme=-0.05,
    weakest_phoneme=-0.3,
    weakest_word=-0.1,
    extra_phonemes=0,
    foreign_before=0,
    foreign_after=0,
    silence_before_hops=15,
)

#: Of a form that took the lead as it is.
EARLIER = json.dumps({**asdict(Calibration()), 'evidence': NAMES})


def drawn(n: int, seed: int) -> tuple[list[Evidence], list[bool]]:
    """Readings that are right with a known probability, some evidence unknown."""
    rng = np.random.default_rng(seed)
    evidence, right = [], []
    for _ in range(n):
        weakest, margin = -rng.exponential(2), rng.exponential(4)
        pause = nan if rng.random() < 0.2 else rng.integers(0, 15)
        evidence.append(
            replace(CLEAN, weakest_word=weakest, margin=margin, silence_before_hops=pause)
        )
        lead = min(margin, MARGIN_CAP) * np.exp(weakest)
        odds = 2 - 2.5 * np.log1p(-weakest) + 0.4 * lead
        right.append(bool(rng.random() < 1 / (1 + np.exp(-odds))))
    return evidence, right


def test_fit_is_calibrated_on_readings_it_has_not_seen() -> None:
    calibration = fit(*drawn(3000, 0))
    evidence, right = drawn(3000, 1)
    assert expected_calibration_error(calibration.probabilities(evidence), right) < 0.03


def test_a_lead_counts_for_less_where_the_weakest_word_is_hardly_heard() -> None:
    def gain(weakest_word: float) -> float:
        """Odds that a lead of 4 nats adds."""
        odds = []
        for margin in (0.0, 4.0):
            p = Calibration().probability(
                replace(CLEAN, margin=margin, weakest_word=weakest_word, silence_before_hops=0)
            )
            odds.append(np.log(p / (1 - p)))
        return float(odds[1] - odds[0])

    assert gain(-0.1) > 2 * gain(-1.0) > 0


def test_defaults_tell_a_clean_command_from_a_poor_match() -> None:
    calibration = Calibration()
    clean = calibration.probability(CLEAN)
    assert clean > 0.95
    poor = replace(CLEAN, score=-2.0, margin=0.5, weakest_word=-8.0, weakest_phoneme=-9.0)
    assert calibration.probability(poor) < 0.1
    for worse in (
        {'score': -1.0},
        {'margin': 1.0},
        {'weakest_word': -3.0},
        {'weakest_phoneme': -8.0},
        {'extra_phonemes': 2},
        {'foreign_before': 1},
        {'foreign_after': 1},
        {'silence_before_hops': 0},
    ):
        assert calibration.probability(replace(CLEAN, **worse)) < clean


def test_unknown_evidence_counts_as_the_mean_and_a_missing_runner_up_as_the_cap() -> None:
    calibration = Calibration()
    mean = replace(CLEAN, silence_before_hops=calibration.means[-1])
    assert calibration.probability(replace(CLEAN, silence_before_hops=nan)) == pytest.approx(
        calibration.probability(mean)
    )
    assert calibration.probability(replace(CLEAN, margin=inf)) == calibration.probability(
        replace(CLEAN, margin=MARGIN_CAP)
    )


def test_a_calibration_survives_its_file(tmp_path: Path) -> None:
    calibration = fit(*drawn(200, 2))
    save_calibration(tmp_path / 'c.json', calibration)
    assert load_calibration(tmp_path / 'c.json') == calibration


@pytest.mark.parametrize(
    'content',
    ['', '{', '[]', '{}', '{"evidence": ["score"]}', 'null', '{"evidence": 3}', EARLIER],
)
def test_a_damaged_calibration_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / 'c.json').write_text(content)
    with pytest.raises(RecognitionError, match='leave it out to use the defaults'):
        load_calibration(tmp_path / 'c.json')


def test_a_calibration_with_wrong_numbers_is_refused(tmp_path: Path) -> None:
    save_calibration(tmp_path / 'c.json', Calibration())
    stored = json.loads((tmp_path / 'c.json').read_text())
    for change in ({'scales': [0.0] * 7}, {'means': [1.0]}, {'bias': nan}, {'extra': 1}):
        (tmp_path / 'c.json').write_text(json.dumps({**stored, **change}))
        with pytest.raises(RecognitionError):
            load_calibration(tmp_path / 'c.json')
    with pytest.raises(RecognitionError, match='cannot use the calibration'):
        load_calibration(tmp_path / 'missing.json')


def test_fit_needs_right_and_wrong_readings() -> None:
    with pytest.raises(RecognitionError, match='some right and some wrong'):
        fit([CLEAN, CLEAN], [True, True])
