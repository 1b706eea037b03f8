# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Small scenes without a synthesiser, so that their tests run on every machine."""

import numpy as np
import pytest

from av_fusion_ros.generation.drawn_talker import DrawnTalker
from av_fusion_ros.generation.scene import SceneSettings, Utterance, assemble
from av_fusion_ros.generation.speech import Speech, TimedPhoneme, TimedWord, Voice

SETTINGS = SceneSettings(seed=3, width=160, height=120)
DURATION_S = 3.0
START_S = 0.5


def _buzz():
    """Two seconds that stand for speech: words 'one' and 'two' with a pause between."""
    time_s = np.arange(32000) / 16000
    on = ((time_s > 0.2) & (time_s < 0.9)) | ((time_s > 1.2) & (time_s < 1.8))
    samples = (0.3 * np.sin(2 * np.pi * 150 * time_s) * on).astype(np.float32)
    phonemes = (
        TimedPhoneme('w', ('W',), 0.2, 0.5),
        TimedPhoneme('ʌ', ('AH',), 0.5, 0.9),
        TimedPhoneme('t', ('T',), 1.2, 1.4),
        TimedPhoneme('uː', ('UW',), 1.4, 1.8),
    )
    words = (TimedWord('one', 0.2, 0.9), TimedWord('two', 1.2, 1.8))
    return Speech('one two', Voice(), samples, phonemes, words)


def _small_scene(*events, settings=SETTINGS):
    speech = _buzz()
    said = Utterance('one two', START_S, speech, speech)
    source = DrawnTalker(
        [(START_S, speech.phonemes)],
        settings.seed,
        settings.identity,
        settings.width,
        settings.height,
    )
    return assemble(settings, [said], events, DURATION_S, source)


@pytest.fixture(scope='session')
def small_scene():
    """`small_scene(*events, settings=...)`: 'one two' said from 0.5 s in a scene of 3 s."""
    return _small_scene
