# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a place's correction does to the sound, and which ones are refused."""

import numpy as np
import pytest

from av_fusion_ros.recognition.errors import RecognitionError
from av_fusion_ros.recognition.site_correction import (
    MAX_GAIN,
    MAX_SHIFT,
    NO_CORRECTION,
    SiteCorrection,
)

NOISE = np.full(64, 0.1, np.float32)
ZERO = np.zeros(64, np.float32)


def test_no_correction_gives_back_what_it_was_given():
    mel = np.zeros((4, 64), np.float32)
    assert NO_CORRECTION.corrected(mel) is mel
    assert NO_CORRECTION.nothing


def test_bands_are_tuned_after_the_noise_is_taken_out():
    gain, shift = ZERO.copy(), ZERO.copy()
    gain[3], shift[5] = 0.5, -1.0
    correction = SiteCorrection(NOISE, 1.0, gain, shift)
    mel = np.full((4, 64), 2.0, np.float32)
    cleaned = SiteCorrection(NOISE, 1.0).corrected(mel)
    tuned = correction.corrected(mel)
    assert tuned.dtype == np.float32
    np.testing.assert_allclose(tuned[:, 3], 1.5 * cleaned[:, 3])
    np.testing.assert_allclose(tuned[:, 5], cleaned[:, 5] - 1)
    np.testing.assert_array_equal(tuned[:, 6:], cleaned[:, 6:])
    assert correction.tuning == pytest.approx(np.sqrt(5 / 64))
    assert not correction.nothing


@pytest.mark.parametrize(
    ('gain', 'shift'),
    [
        (np.full(64, MAX_GAIN * 1.1, np.float32), ZERO),
        (ZERO, np.full(64, -MAX_SHIFT * 1.1, np.float32)),
        (np.full(64, np.nan, np.float32), ZERO),
        (ZERO, np.zeros(63, np.float32)),
        (np.zeros(64), ZERO),
    ],
)
def test_a_tuning_that_cannot_be_meant_is_refused(gain, shift):
    with pytest.raises(RecognitionError, match=r'gain|shift'):
        SiteCorrection(NOISE, 0.0, gain, shift)
