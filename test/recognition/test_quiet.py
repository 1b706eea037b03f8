# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Silence is believed only where the ear could have heard speech."""

from math import nan

import pytest

from av_fusion_ros.recognition.quiet import is_quiet


@pytest.mark.parametrize(
    ('speech_probability', 'snr_db', 'quiet'),
    [(0.05, 20.0, True), (0.9, 20.0, False), (0.05, 0.0, False), (nan, 20.0, False),
     (0.05, nan, False)],
)  # fmt: skip
def test_silence_needs_no_speech_and_little_noise(speech_probability, snr_db, quiet):
    assert is_quiet(speech_probability, snr_db) is quiet
