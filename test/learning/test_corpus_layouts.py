# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Recordings are found in the layouts they are handed out in, and split so that nothing leaks."""

import shutil
import subprocess

import numpy as np
import pytest
import soundfile

from av_fusion_ros.learning.clip_folder import folder_clips, videos
from av_fusion_ros.learning.corpus import CorpusError, read_samples, speech_commands_clips
from av_fusion_ros.learning.data_folders import DataFolders
from av_fusion_ros.learning.grid_corpus import TALKERS_TO_SPLIT, grid_clips, talkers
from av_fusion_ros.learning.splits import PARTS

ALIGNMENT = '0 23750 sil\n23750 29500 bin\n29500 34000 blue\n'


def make_talker(root, cache, name, sentences, *, apart):
    """A talker as the archives unpack it (folders apart), or all in one folder."""
    talker = root / name
    for kind in ('align', 'audio') if apart else ():
        (talker / kind).mkdir(parents=True)
    talker.mkdir(parents=True, exist_ok=True)
    crops = cache / f'grid_{name}'
    crops.mkdir(parents=True)
    for sentence in sentences:
        (talker / ('align' if apart else '.') / f'{sentence}.align').write_text(ALIGNMENT)
        sound = talker / ('audio' if apart else '.') / f'{sentence}.wav'
        soundfile.write(sound, np.zeros(25000 * 3, np.int16), 25000)
        np.savez(
            crops / f'{sentence}.npz',
            crops=np.zeros((75, 64, 64), np.uint8),
            found=np.ones(75, bool),
        )


def test_one_talker_is_split_by_sentence_and_sound_is_brought_to_16_khz(tmp_path):
    names = [f'bbaf{digit}{adverb}' for digit in range(8) for adverb in 'aps']
    make_talker(tmp_path / 'grid', tmp_path / 'cache', 's1', names, apart=False)
    parts = {p: list(grid_clips(tmp_path / 'grid', tmp_path / 'cache', (p,))) for p in PARTS}
    assert sorted(c.name for clips in parts.values() for c in clips) == sorted(names)
    assert len(parts['train']) > len(parts['test']) > 0
    clip = parts['train'][0]
    assert len(clip.samples) == 48000
    assert [word.text for word in clip.words] == ['bin', 'blue']
    assert clip.words[0].start_s == pytest.approx(0.95)


def test_many_talkers_are_split_by_talker(tmp_path):
    for number in range(1, TALKERS_TO_SPLIT + 15):
        make_talker(tmp_path / 'grid', tmp_path / 'cache', f's{number}', ['bbaf2n'], apart=True)
    parts = {p: list(grid_clips(tmp_path / 'grid', tmp_path / 'cache', (p,))) for p in PARTS}
    speakers = {p: {clip.speaker for clip in clips} for p, clips in parts.items()}
    assert speakers['test']
    assert speakers['train']
    assert not speakers['test'] & speakers['train']


@pytest.mark.parametrize('suffix', ['.wav', '.flac'])
def test_single_words_are_read_as_they_are_handed_out_and_split_by_speaker(tmp_path, suffix):
    for word in ('go', 'stop', '_background_noise_'):
        (tmp_path / word).mkdir()
        for speaker in range(40):
            name = f'{speaker:08x}_nohash_0{suffix}'
            soundfile.write(tmp_path / word / name, np.zeros(16000, np.int16), 16000)
    (tmp_path / 'validation_list.txt').write_text('go/00000001_nohash_0.wav\n')
    parts = {p: list(speech_commands_clips(tmp_path, (p,))) for p in PARTS}
    assert sum(len(clips) for clips in parts.values()) == 80
    assert {clip.text for clips in parts.values() for clip in clips} == {'go', 'stop'}
    speakers = {p: {clip.speaker for clip in clips} for p, clips in parts.items()}
    assert speakers['test']
    assert not speakers['test'] & speakers['train']


def test_a_folder_without_words_is_refused(tmp_path):
    with pytest.raises(CorpusError, match=r'accepted: WORD/SPEAKER_nohash_N\.wav'):
        list(speech_commands_clips(tmp_path, PARTS))


def test_noise_is_read_in_whatever_form_it_is(tmp_path):
    (tmp_path / 'noise' / 'rain').mkdir(parents=True)
    for index in range(4):
        path = tmp_path / 'noise' / 'rain' / f'{index}.{"wav" if index % 2 else "flac"}'
        soundfile.write(path, np.full(160, index, np.int16), 16000)
    folders = DataFolders(tmp_path, tmp_path)
    heard = {round(32768 * float(noise[0])) for part in PARTS for noise in folders.noise(part)}
    assert heard == {0, 1, 2, 3}


def test_a_folder_without_talkers_is_refused(tmp_path):
    with pytest.raises(CorpusError, match='holds no talker'):
        talkers(tmp_path)


def test_a_sound_file_with_its_words_is_a_clip(tmp_path):
    soundfile.write(tmp_path / 'a.wav', np.zeros((44100, 2), np.int16), 44100)
    (tmp_path / 'a.txt').write_text('Stop, now!\n')
    (clip,) = folder_clips(tmp_path, tmp_path, PARTS)
    assert clip.text == 'stop now'
    assert clip.crops is None
    assert len(clip.samples) == 16000
    assert not clip.timed


def test_the_words_of_a_clip_decide_its_part(tmp_path):
    for index, text in enumerate(('go', 'go', 'stop', 'left')):
        soundfile.write(tmp_path / f'{index}.wav', np.zeros(1600, np.int16), 16000)
        (tmp_path / f'{index}.txt').write_text(text)
    by_part = [{clip.text for clip in folder_clips(tmp_path, tmp_path, (part,))} for part in PARTS]
    assert sum(map(len, by_part)) == len(set.union(*by_part)) == 3


@pytest.mark.skipif(shutil.which('ffmpeg') is None, reason='the ffmpeg program is not installed')
def test_the_sound_of_a_video_is_taken_out_of_it(tmp_path):
    command = ['ffmpeg', '-v', 'error', '-f', 'lavfi', '-i', 'sine=frequency=440:duration=1']
    command += ['-f', 'lavfi', '-i', 'testsrc=size=64x64:rate=25:duration=1']
    subprocess.run([*command, '-shortest', str(tmp_path / 'a.mp4')], check=True)
    (tmp_path / 'a.txt').write_text('go')
    (clip,) = folder_clips(tmp_path, tmp_path, PARTS)
    assert videos(tmp_path) == [tmp_path / 'a.mp4']
    assert np.abs(clip.samples).max() > 1000


def test_a_transcript_without_sound_is_refused_with_what_to_do(tmp_path):
    (tmp_path / 'a.txt').write_text('go')
    with pytest.raises(CorpusError, match='no sound for'):
        list(folder_clips(tmp_path, tmp_path, PARTS))


def test_what_is_no_sound_is_refused(tmp_path):
    (tmp_path / 'a.wav').write_bytes(b'no sound')
    with pytest.raises(CorpusError, match='cannot be read as sound'):
        read_samples(tmp_path / 'a.wav')
