# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The probability that voice and lips belong together: fitted, kept, refused when damaged."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from av_fusion_ros.recognition.agreement_calibration import (
    AgreementCalibration,
    WindowCalibration,
    fit_window,
    load_agreement_calibration,
    save_agreement_calibration,
)
from av_fusion_ros.recognition.content_calibration import ContentCalibration, fit_content
from av_fusion_ros.recognition.errors import RecognitionError

CONTENT = ContentCalibration(1.0, (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0))
MODELS = Path(__file__).resolve().parents[2] / 'models'


def test_a_fit_gives_back_how_often_windows_match() -> None:
    rng = np.random.default_rng(0)
    logit, snr_db = rng.uniform(0, 9, 20_000), rng.uniform(-5, 20, 20_000)
    true = 1 / (1 + np.exp(-(logit - 5) * (0.5 + snr_db / 20)))
    together = rng.random(20_000) < true
    fitted = fit_window(logit, snr_db, np.full(20_000, 0.9), together)
    found = [
        fitted.probability(*each)
        for each in zip(logit[:500], snr_db[:500], [0.9] * 500, strict=True)
    ]
    # Both kinds count alike in the fit; here they are about as many.
    assert np.abs(np.array(found) - true[:500]).mean() < 0.05


def test_the_same_similarity_says_less_in_noise() -> None:
    shipped = load_agreement_calibration(MODELS / 'av_fusion.consistency.json')
    for window in (shipped.hop, shipped.second, shipped.three):
        spread = [
            window.log_odds(8.5, snr_db, 0.9) - window.log_odds(2.0, snr_db, 0.9)
            for snr_db in (20.0, -5.0)
        ]
        assert spread[0] > spread[1] > 0


@pytest.mark.parametrize('content', [None, CONTENT])
def test_what_is_saved_is_read_again(tmp_path: Path, content: ContentCalibration | None) -> None:
    one = AgreementCalibration(hop=WindowCalibration(-1.0, (1.0, 2.0, 3.0, 4.0)), content=content)
    save_agreement_calibration(tmp_path / 'c.json', one)
    assert load_agreement_calibration(tmp_path / 'c.json') == one


def test_a_file_of_before_content_is_read_and_judges_by_similarity(tmp_path: Path) -> None:
    stored = json.loads((MODELS / 'av_fusion.consistency.json').read_text())
    del stored['content']
    (tmp_path / 'c.json').write_text(json.dumps(stored))
    assert load_agreement_calibration(tmp_path / 'c.json').content is None


def test_readings_that_match_speak_for_it() -> None:
    shipped = load_agreement_calibration(MODELS / 'av_fusion.consistency.json').content
    assert shipped is not None
    for snr_db in (20.0, 2.0):
        same, other = (shipped.log_odds(4.0, snr_db, 0.9, match, 2.0) for match in (-0.5, -7.0))
        assert same - other > 1


def test_a_fit_of_content_gives_back_how_often_hops_match() -> None:
    rng, n = np.random.default_rng(0), 20_000
    logit, snr_db, said = rng.uniform(0, 9, n), rng.uniform(-5, 20, n), rng.uniform(0, 4, n)
    match = -said * rng.uniform(0, 4, n)
    true = 1 / (1 + np.exp(-(0.5 * logit - 2 + 0.4 * match + 0.6 * said)))
    fitted = fit_content(logit, snr_db, np.full(n, 0.9), match, said, rng.random(n) < true)
    log_odds = [
        fitted.log_odds(*each)
        for each in zip(
            logit[:500], snr_db[:500], [0.9] * 500, match[:500], said[:500], strict=True
        )
    ]
    # The fit is for even odds, of which this is off by one number for all.
    off = np.array(log_odds) - np.log(true[:500] / (1 - true[:500]))
    assert off.std() < 0.2


def test_a_file_with_other_content_evidence_is_refused(tmp_path: Path) -> None:
    save_agreement_calibration(tmp_path / 'c.json', AgreementCalibration(content=CONTENT))
    text = (tmp_path / 'c.json').read_text()
    (tmp_path / 'c.json').write_text(text.replace('"said"', '"sung"'))
    with pytest.raises(RecognitionError, match='other evidence'):
        load_agreement_calibration(tmp_path / 'c.json')


@pytest.mark.parametrize(
    'text', ['', '{}', '{"evidence": ["other"]}', '{"evidence": ["logit", "snr"', 'null']
)
def test_a_damaged_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / 'c.json').write_text(text)
    with pytest.raises(RecognitionError, match='calibrate --consistency'):
        load_agreement_calibration(tmp_path / 'c.json')
