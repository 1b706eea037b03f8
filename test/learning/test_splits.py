# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What must not be shared between training, validation and test is not."""

from pathlib import Path

import pytest

from av_fusion_ros.learning.splits import (
    PARTS,
    grid_key,
    noise_key,
    noise_parts,
    part_of,
    speech_commands_key,
)


def test_no_speaker_of_speech_commands_is_in_two_parts(shared_data):
    paths = sorted((shared_data / 'speech_commands').glob('*/*.flac'))
    speakers = {part: set() for part in PARTS}
    for path in paths:
        if '_nohash_' in path.name:
            speakers[part_of(speech_commands_key(path))].add(path.name.split('_nohash_')[0][-8:])
    assert sum(len(s) for s in speakers.values()) == len(set().union(*speakers.values()))
    assert len(speakers['test']) > 20


def test_grid_sentences_divide_about_as_stated(shared_data):
    paths = sorted((shared_data / 'grid' / 's1').glob('*.align'))
    counts = {p: sum(part_of(grid_key(path)) == p for path in paths) for p in PARTS}
    assert counts['test'] / len(paths) == pytest.approx(0.20, abs=0.04)
    assert counts['validation'] / len(paths) == pytest.approx(0.08, abs=0.03)


def test_a_clip_and_its_sound_and_alignment_are_in_the_same_part():
    names = ('bbaf3s.mp4', 'bbaf3s.flac', 'bbaf3s.align', 'bbaf3s.npz')
    assert len({grid_key(Path(name)) for name in names}) == 1


def test_no_noise_source_is_in_two_parts_and_every_family_is_in_each(shared_data):
    for family in sorted((shared_data / 'noise').iterdir()):
        parts = noise_parts(sorted(family.glob('*.flac')))
        sources = [{noise_key(path) for path in parts[part]} for part in PARTS]
        assert all(sources)
        assert sum(map(len, sources)) == len(set.union(*sources))


def test_cuts_of_one_noise_recording_stay_together():
    assert noise_key(Path('esc10_2-50667-A.flac')) == noise_key(Path('esc10_2-50667-B.flac'))
    assert noise_key(Path('esc10_2-50667-A.flac')) != noise_key(Path('esc10_2-50668-A.flac'))


def test_too_few_noise_sources_are_refused():
    with pytest.raises(ValueError, match='2 noise sources'):
        noise_parts([Path('a.flac'), Path('b.flac')])
