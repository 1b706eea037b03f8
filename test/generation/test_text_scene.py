# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Scenes from text, which need the synthesiser."""

import argparse
import json

import numpy as np
import pytest

from av_fusion_ros.cli import generate
from av_fusion_ros.generation.errors import GenerationError
from av_fusion_ros.generation.events import parse_event
from av_fusion_ros.generation.scene import SceneSettings, make_scene
from av_fusion_ros.generation.speech import espeak_available
from av_fusion_ros.generation.training_clips import generate_clip, write_clip

pytestmark = pytest.mark.skipif(
    not espeak_available(), reason='needs libespeak-ng (Debian package espeak-ng)'
)

SMALL = SceneSettings(seed=2, width=160, height=120)


def test_sound_is_where_the_words_are_said_to_be():
    scene = make_scene(['go forward', 'stop'], settings=SMALL)
    first, second = scene.utterances
    assert second.start_s >= first.end_s + SMALL.gap_s - 1e-9
    samples = scene.sound.samples
    assert np.abs(samples[: round(first.start_s * 16000)]).max() < 0.01
    for utterance in scene.utterances:
        for word in utterance.speech.words:
            begin, end = (
                round((utterance.start_s + t) * 16000) for t in (word.start_s, word.end_s)
            )
            assert np.sqrt(np.mean(samples[begin:end] ** 2)) > 0.01


def test_a_mismatch_changes_what_is_heard_and_not_what_is_seen():
    plain = make_scene(['go forward', 'stop'], starts_s=[0.5, 2.5], settings=SMALL)
    event = parse_event('mismatch:start=2,end=3,text=turn left')
    other = make_scene(['go forward', 'stop'], [event], SMALL, starts_s=[0.5, 2.5])
    assert [u.heard.text for u in other.utterances] == ['go forward', 'turn left']
    assert [u.speech.text for u in other.utterances] == ['go forward', 'stop']
    np.testing.assert_array_equal(other.sound.samples[:40000], plain.sound.samples[:40000])
    assert not np.array_equal(other.sound.samples[40000:48000], plain.sound.samples[40000:48000])
    np.testing.assert_array_equal(other.frame(70), plain.frame(70))


@pytest.mark.parametrize(
    ('texts', 'given', 'message'),
    [
        ([], {}, '--text'),
        (['a b', 'c'], {'starts_s': [1.0, 1.1]}, 'start it later'),
        (['a b', 'c'], {'starts_s': [1.0]}, 'give one each'),
        (['a'], {'duration_s': 1e6}, '1 hour'),
        (['a'], {'settings': SceneSettings(width=5)}, 'size'),
        (['a'], {'settings': SceneSettings(frame_rate_hz=0)}, 'frames a second'),
    ],
)
def test_an_impossible_scene_is_refused_with_advice(texts, given, message):
    with pytest.raises(GenerationError, match=message):
        make_scene(texts, **given)


def test_a_training_clip_is_whole_and_the_same_for_the_same_seed():
    text = 'bin blue at f two now'
    clip, again = generate_clip(5, text), generate_clip(5, text)
    np.testing.assert_array_equal(clip.crops, again.crops)
    np.testing.assert_array_equal(clip.samples, again.samples)
    assert clip.crops.shape[1:] == (64, 64)
    assert len(clip.crops) == len(clip.samples) * 25 // 16000
    assert ' '.join(word.text for word in clip.words) == text
    assert clip.phonemes[-1].end_s <= len(clip.samples) / 16000
    assert np.abs(np.diff(clip.crops.astype(int), axis=0)).mean() > 0.5


def test_a_clip_file_holds_what_training_reads(tmp_path):
    with np.load(write_clip(tmp_path, 7)) as stored:
        assert stored['samples'].dtype == np.int16
        assert stored['crops'].dtype == np.uint8
        assert len(stored['words']) == len(stored['word_starts_s']) == len(stored['word_ends_s'])
        assert np.all(stored['word_starts_s'] < stored['word_ends_s'])


def test_the_command_writes_a_bag_with_its_truth(tmp_path, capsys):
    parser = argparse.ArgumentParser()
    generate.add_arguments(parser)
    out = tmp_path / 'bag'
    options = ['--text', 'stop', '--event', 'blackout:start=1', '--size', '160x120', '--video']
    assert generate.run(parser.parse_args([str(out), *options])) == 0
    truth = json.loads((out / 'ground_truth.json').read_text())
    assert truth['utterances'][0]['text'] == 'stop'
    assert (out / 'scene.mp4').stat().st_size > 1000
    assert 'stop' in capsys.readouterr().out
