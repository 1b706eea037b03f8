# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Voice against lips over time: what raises a mismatch, what clears it, what it is called."""

from math import ceil

import pytest

from av_fusion_ros.recognition.agreement_calibration import AgreementCalibration
from av_fusion_ros.recognition.av_offset import OffsetReading
from av_fusion_ros.recognition.consistency_alarm import Kind
from av_fusion_ros.recognition.consistency_settings import ConsistencySettings, limits_at
from av_fusion_ros.recognition.content_calibration import ContentCalibration
from av_fusion_ros.recognition.mismatch import Mismatch

SETTINGS = ConsistencySettings()
BY_CONTENT = ConsistencySettings(
    calibration=AgreementCalibration(content=ContentCalibration(0.0, (1.0,) * 7))
)
NOTHING = OffsetReading()
FITS, FITS_NOT = 3.0, -6.0  # log-odds of a hop


def push(mismatch, hops, log_odds=FITS, reading=NOTHING, begin=0):
    """So many hops of speech; the mouth moves. The last kind."""
    for k in range(begin, begin + hops):
        mismatch.push(k, log_odds, reading, 0.1 + 0.05 * (k % 4))
    return mismatch.judged()


@pytest.mark.parametrize('settings', [SETTINGS, BY_CONTENT], ids=['similarity', 'content'])
def test_hops_that_do_not_fit_raise_it_and_hops_that_fit_clear_it(settings):
    mismatch, limits = Mismatch(settings), settings.test
    begin, needed = 50, ceil(limits.raise_at / min(limits.hop, -FITS_NOT - limits.drift))
    assert push(mismatch, begin) is Kind.NONE
    assert push(mismatch, needed - 1, FITS_NOT, begin=begin) is Kind.NONE
    assert push(mismatch, 1, FITS_NOT, begin=begin + needed - 1) is Kind.CONTENT
    assert mismatch.test.since_ns == pytest.approx(begin, abs=1)
    needed = ceil(limits.clear_at / min(limits.hop, FITS + limits.drift))
    assert push(mismatch, needed - 1, begin=begin + 50) is Kind.CONTENT
    assert push(mismatch, 1, begin=begin + 50 + needed) is Kind.NONE


def test_what_ear_and_eye_read_is_held_against_other_limits():
    assert SETTINGS.test == SETTINGS.by_similarity
    assert BY_CONTENT.test == BY_CONTENT.by_content
    by_content, by_similarity = limits_at(SETTINGS.by_content.raise_at)
    assert (by_content, by_similarity) == (SETTINGS.by_content, SETTINGS.by_similarity)
    stricter, _ = limits_at(2 * SETTINGS.by_content.raise_at)
    assert stricter.raise_at == stricter.clear_at == 2 * by_content.raise_at


def test_agreement_that_is_not_known_raises_nothing():
    assert push(Mismatch(SETTINGS), 100, float('nan')) is Kind.NONE


@pytest.mark.parametrize(
    ('offset_s', 'gain', 'kind'),
    [(0.2, 0.2, Kind.DESYNC), (-0.2, 0.2, Kind.DESYNC), (0.05, 0.2, Kind.NONE),
     (0.2, 0.01, Kind.NONE)],
)  # fmt: skip
def test_a_shift_is_raised_by_itself_when_it_is_far_and_clear(offset_s, gain, kind):
    mismatch = Mismatch(SETTINGS)
    reading = OffsetReading(offset_s, gain)
    assert push(mismatch, SETTINGS.desync_hops - 1, reading=reading) is Kind.NONE
    assert push(mismatch, 1, reading=reading, begin=SETTINGS.desync_hops - 1) is kind


def test_what_was_seen_to_be_a_shift_stays_one_until_it_is_cleared():
    mismatch = Mismatch(SETTINGS)
    push(mismatch, 10, FITS_NOT, OffsetReading(0.3, 0.2))
    assert push(mismatch, 5, FITS_NOT, begin=10) is Kind.DESYNC
    mismatch.forget_evidence()
    assert mismatch.judged() is Kind.NONE


def test_still_lips_are_another_s_voice():
    mismatch = Mismatch(SETTINGS)
    for k in range(30):
        mismatch.push(k, FITS_NOT, NOTHING, 0.1)
    assert mismatch.judged() is Kind.WRONG_SPEAKER
