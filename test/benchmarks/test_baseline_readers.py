# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The other recognisers are given our grammar, no more and no less, and our sound."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

import benchmarks.whisper_reader
from av_fusion_ros.measuring.pocketsphinx_reader import AnyPhonemes, PocketsphinxReader, jsgf_of
from av_fusion_ros.recognition.vocabulary import load_vocabulary, parse_vocabulary
from benchmarks.whisper_reader import WhisperMissingError, plain_words, whisper_reader

ROOT = Path(__file__).resolve().parents[2]


def dictionary_of(jsgf):
    return {line.split()[0]: line.split()[1:] for line in jsgf.dictionary.splitlines()}


def test_a_phrase_becomes_a_rule_with_a_group_for_each_place():
    vocabulary = parse_vocabulary(
        {
            'slots': {'letter': ['a', 'b']},
            'commands': [{'phrase': 'take a {letter}', 'aliases': ['go']}],
        }
    )
    jsgf = jsgf_of(vocabulary)
    assert 'public <command> = (w0) (w1) (w2 | w3) | (w4);' in jsgf.grammar
    assert jsgf.words == {'w0': 'take', 'w1': 'a', 'w2': 'a', 'w3': 'b', 'w4': 'go'}
    spoken = dictionary_of(jsgf)
    assert spoken['w2'] == ['EY']  # the letter
    assert spoken['w1'] == ['AH']  # the article
    assert spoken['w1(2)'] == ['EY']


def test_every_pronunciation_of_the_grid_grammar_is_in_the_dictionary():
    vocabulary = load_vocabulary(ROOT / 'config' / 'commands_grid.yaml')
    [phrase] = vocabulary.phrases
    words = [word for part in phrase.variants[0] for said in part.choices for word in said]
    listed = dictionary_of(jsgf_of(vocabulary)).values()
    expected = [list(p) for word in words for p in word.pronunciations]
    assert sorted(listed) == sorted(expected)


def test_a_keyword_is_likelier_beside_free_phonemes_than_another_word_is(shared_data):
    keywords = PocketsphinxReader(jsgf_of(parse_vocabulary({'commands': ['stop', 'left']})))
    free = AnyPhonemes()
    rng = np.random.default_rng(0)

    def leads(word):
        paths = sorted((shared_data / 'speech_commands' / word).glob('*.flac'))[:12]
        for path in paths:
            samples, _ = soundfile.read(str(path), dtype='float32')
            samples = samples + rng.normal(0, 1e-3, len(samples)).astype(np.float32)
            yield keywords.read(samples)[1] - free.score(samples)

    said = [*leads('stop'), *leads('left')]
    other = [*leads('yes'), *leads('go')]
    assert np.isfinite(said).mean() > 0.6  # in its own beams it finds no end of some words
    assert np.median(said) > np.median(other)


def test_real_sentences_are_read_with_it(shared_data):
    reader = PocketsphinxReader(jsgf_of(load_vocabulary(ROOT / 'config' / 'commands_grid.yaml')))
    rng = np.random.default_rng(0)
    right = total = 0
    for path in sorted((shared_data / 'grid' / 's1').glob('*.flac'))[:5]:
        samples, _ = soundfile.read(str(path), dtype='float32')
        noise = rng.normal(0, 0.02 * samples.std(), len(samples)).astype(np.float32)
        text, score = reader.read(samples + noise)
        assert np.isfinite(score)
        # bbaf3s: the initials of all words but the digit's, which is its figure.
        said, name = text.split(), path.stem
        assert len(said) == 6
        initials = [word[0] for word in said]
        right += sum(a == b for a, b in zip(initials, name, strict=True) if not b.isdigit())
        total += sum(not b.isdigit() for b in name)
    assert right >= 0.6 * total


def test_a_clip_reads_alike_whatever_came_before_it():
    vocabulary = parse_vocabulary({'commands': ['go', 'stop']})
    reader = PocketsphinxReader(jsgf_of(vocabulary))
    samples = np.random.default_rng(0).normal(0, 0.01, 16000).astype(np.float32)
    first = reader.read(samples)
    reader.read(samples[::-1] * 30)
    assert reader.read(samples) == first


@pytest.mark.parametrize(
    ('heard', 'words'),
    [
        (' Go!', 'go'),
        ('Bin blue at F2 now.', 'bin blue at f two now'),
        ("Don't", "don't"),
        ('', ''),
    ],
)
def test_what_whisper_writes_becomes_plain_words(heard, words):
    assert plain_words(heard) == words


def test_without_package_or_weights_whisper_is_left_out_with_the_reason(monkeypatch, tmp_path):
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path))
    monkeypatch.setenv('HF_HOME', str(tmp_path))
    monkeypatch.setattr(benchmarks.whisper_reader, '_bundled_weights', lambda: None)
    monkeypatch.setattr(benchmarks.whisper_reader, 'NAME', 'of-no-such-size')
    with pytest.raises(WhisperMissingError, match=r'openai-whisper.*faster-whisper'):
        whisper_reader()
