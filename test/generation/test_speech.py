# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
import ctypes

import numpy as np
import pytest

from av_fusion_ros.generation import espeak_process
from av_fusion_ros.generation import speech as speech_module
from av_fusion_ros.generation.errors import GenerationError
from av_fusion_ros.generation.espeak_phonemes import CMU_OF, cmu_phonemes
from av_fusion_ros.generation.speech import (
    SAMPLE_RATE_HZ,
    Voice,
    espeak_available,
    random_voice,
    synthesise,
)
from av_fusion_ros.model.phonemes import PHONEMES

needs_espeak = pytest.mark.skipif(
    not espeak_available(), reason='needs libespeak-ng (Debian package espeak-ng)'
)


def level_db(samples, start_s, end_s):
    part = samples[round(start_s * SAMPLE_RATE_HZ) : round(end_s * SAMPLE_RATE_HZ)]
    return 10 * np.log10(np.mean(np.square(part, dtype=float)) + 1e-12)


@needs_espeak
def test_vowels_are_loud_and_stop_closures_quiet_at_the_times_reported():
    said = synthesise('papa, a map, a cat, pick it up', Voice('en-us', 140))
    vowels = [p for p in said.phonemes if p.cmu and p.cmu[0] in ('AA', 'AE', 'AH', 'IH')]
    stops = [p for p in said.phonemes if p.cmu in (('P',), ('K',))]
    assert len(vowels) >= 6
    assert len(stops) >= 6
    vowel_db = [level_db(said.samples, p.start_s, p.end_s) for p in vowels]
    # A stop's event lies at its burst: the closure is the 40 ms before it.
    stop_db = [level_db(said.samples, p.start_s - 0.04, p.start_s) for p in stops[1:]]
    assert np.median(vowel_db) > np.median(stop_db) + 12


@needs_espeak
def test_phonemes_and_words_follow_each_other_within_the_samples():
    said = synthesise('place red at A five, please. Come here to the 25 boxes.')
    spoken = ' '.join(word.text for word in said.words)
    assert spoken == 'place red at A five please Come here to the 25 boxes'
    for items in (said.phonemes, said.words):
        starts = [item.start_s for item in items]
        assert starts == sorted(starts)
        assert all(0 <= item.start_s < item.end_s <= said.duration_s for item in items)


@needs_espeak
def test_a_capital_a_is_the_letter_and_a_small_one_the_article():
    assert ('EY',) in [p.cmu for p in synthesise('at A').phonemes]
    assert ('EY',) not in [p.cmu for p in synthesise('at a').phonemes]


@needs_espeak
def test_the_same_seed_speaks_the_same_samples_and_others_differ():
    def spoken(seed):
        return synthesise('turn left', random_voice(np.random.default_rng(seed)))

    first = spoken(3)
    spoken(4)  # what was said in between must not show
    again = spoken(3)
    assert first.voice == again.voice
    np.testing.assert_array_equal(first.samples, again.samples)
    assert len({spoken(seed).voice for seed in range(20)}) > 15


@needs_espeak
def test_every_random_voice_speaks_phonemes_that_have_classes():
    for seed in range(40):
        said = synthesise(
            'the boy measures a huge chair', random_voice(np.random.default_rng(seed))
        )
        names = {name for p in said.phonemes for name in p.cmu}
        assert len(names) > 8
        assert names <= set(PHONEMES)


def test_every_phoneme_name_maps_to_cmu_phonemes_and_an_unknown_one_is_refused():
    assert {name for names in CMU_OF.values() for name in names} == set(PHONEMES)
    assert cmu_phonemes('ɔːɹ') == ('AO', 'R')
    with pytest.raises(GenerationError, match='English voice'):
        cmu_phonemes('ʘ')


@needs_espeak
@pytest.mark.parametrize(
    ('text', 'voice', 'message'),
    [
        ('...', Voice(), 'nothing to say'),
        ('hello', Voice('no-such-voice'), 'no voice'),
    ],
)
def test_what_cannot_be_said_is_refused_with_advice(text, voice, message):
    with pytest.raises(GenerationError, match=message):
        synthesise(text, voice)


def test_a_missing_library_names_the_debian_package(monkeypatch):
    def absent(name):
        raise OSError(name)

    monkeypatch.setattr(ctypes, 'CDLL', absent)
    header, samples = espeak_process.speak({'text': 'hello'})
    assert 'apt-get install espeak-ng' in header['error']
    assert samples == b''


def test_an_error_of_the_synthesiser_is_raised_as_it_was_reported(monkeypatch, tmp_path):
    (tmp_path / 'espeak_process.py').write_text('import json; print(json.dumps({"error": "why"}))')
    monkeypatch.setattr(speech_module, '__file__', str(tmp_path / 'speech.py'))
    with pytest.raises(GenerationError, match='why'):
        synthesise('hello')
