# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`av-fusion evaluate` from recordings to page, CSV files and plots, on very few clips."""

import csv
from pathlib import Path

import cv2
import pytest

from av_fusion_ros import cli
from av_fusion_ros.cli import evaluate
from av_fusion_ros.learning.conditions import PICTURES
from av_fusion_ros.learning.crop_cache import cache_crops
from av_fusion_ros.learning.splits import grid_key, part_of, speech_commands_key
from av_fusion_ros.learning.validation import READINGS
from av_fusion_ros.signals import face_weights

ROOT = Path(__file__).resolve().parents[2]
N_CLIPS = 4


@pytest.fixture(scope='module')
def folders(shared_data, tmp_path_factory):
    """A few held-out recordings in the layout of the whole, and their mouth crops."""
    try:
        for file in face_weights.WEIGHT_FILES:
            face_weights.find_weight_file(file)
    except face_weights.FaceWeightsError as error:
        pytest.skip(str(error))
    data, cache = tmp_path_factory.mktemp('data'), tmp_path_factory.mktemp('cache')
    (data / 'noise').symlink_to(shared_data / 'noise')
    (data / 'grid' / 's1').mkdir(parents=True)
    aligned = sorted((shared_data / 'grid' / 's1').glob('*.align'))
    for part in ('test', 'validation'):
        for path in [p for p in aligned if part_of(grid_key(p)) == part][:N_CLIPS]:
            for suffix in ('.align', '.flac', '.mp4'):
                link = data / 'grid' / 's1' / f'{path.stem}{suffix}'
                link.symlink_to(path.with_suffix(suffix))
    for word in ('go', 'stop', '_unknown_', '_silence_'):
        (data / 'speech_commands' / word).mkdir(parents=True)
        paths = sorted((shared_data / 'speech_commands' / word).glob('*.flac'))
        for path in [p for p in paths if part_of(speech_commands_key(p)) == 'test'][:1]:
            (data / 'speech_commands' / word / path.name).symlink_to(path)
    cache_crops(sorted((data / 'grid' / 's1').glob('*.mp4')), cache / 'grid_s1', n_processes=1)
    return data, cache


def call(folders, output, *arguments):
    data, cache = folders
    model = ROOT / 'models' / 'av_fusion.safetensors'
    fixed = ('--model', model, '--data', data, '--cache', cache, '--output', output)
    return cli.main(['evaluate', *map(str, (*fixed, *arguments))])


def rows(path):
    with path.open(newline='') as stream:
        return list(csv.DictReader(stream))


def test_few_clips_give_the_page_the_tables_and_the_plots(folders, tmp_path, capsys):
    chosen = ('--snr-db', 'clean,-8', '--families', 'machine,crowd', '--clips', N_CLIPS)
    assert call(folders, tmp_path, *chosen, '--keyword-snr-db', 'clean') == 0

    grid = rows(tmp_path / 'grid.csv')
    assert len(grid) == 3 * len(PICTURES) * 3  # noises, pictures, readings
    assert {row['picture'] for row in grid} == set(PICTURES)
    assert {row['words'] for row in grid} == {str(6 * N_CLIPS)}
    share = {
        (row['snr_db'], row['family'], row['picture'], row['reading']): float(row['word_accuracy'])
        for row in grid
    }
    assert share['clean', 'none', 'good', 'fused'] >= 0.8
    assert share['-8', 'machine', 'good', 'fused'] > share['-8', 'machine', 'absent', 'fused']
    assert all(
        float(row['low']) <= float(row['word_accuracy']) <= float(row['high']) for row in grid
    )

    regret = rows(tmp_path / 'regret.csv')
    assert len(regret) == 3 * 3 * len(PICTURES)
    for row in (row for row in regret if row['against'] == 'the better single sense'):
        audio, visual, fused = (
            share[row['snr_db'], row['family'], row['picture'], reading] for reading in READINGS
        )
        lost = 100 * (max(audio, visual) - fused)
        assert float(row['points_lost']) == pytest.approx(lost, abs=0.02)
    keywords = rows(tmp_path / 'keywords.csv')
    assert [(row['snr_db'], row['clips'], row['keywords']) for row in keywords] == [
        ('clean', '4', '2')
    ]
    families = [row['family'] for row in rows(tmp_path / 'snr_head.csv')]
    assert families == ['machine', 'crowd', 'steady']
    levels = {
        row['effort']: float(row['snr_db'])
        for row in rows(tmp_path / 'sound_levels.csv')
        if row['distance_m'] == '1'
    }
    assert levels == {'normal': -20, 'raised': -14, 'loud': -8, 'very loud': -2}
    for name in ('grid', 'pictures', 'gate', 'regret'):
        assert cv2.imread(str(tmp_path / f'{name}.png')).std() > 10

    page = (tmp_path / 'summary.md').read_text()
    assert page in capsys.readouterr().out
    assert '--snr-db clean,-8 --families machine,crowd' in page
    assert '| -8 dB crowd |' in page
    assert not [line for line in page.splitlines() if line != line.rstrip()]


def test_what_does_not_exist_is_refused_in_one_line(folders, tmp_path, capsys):
    assert call(folders, tmp_path, '--pictures', 'good,muddy') == cli.MISTAKE
    assert 'unknown picture muddy; accepted: good, blurred' in capsys.readouterr().err


def test_the_command_names_the_pictures_that_can_be_made():
    assert evaluate.PICTURES.split(',') == list(PICTURES)
    assert set(evaluate.QUICK['pictures'].split(',')) <= set(PICTURES)
    assert set(evaluate.QUICK['families'].split(',')) <= set(evaluate.FAMILIES.split(','))


def test_a_level_that_is_no_number_is_one_line(capsys):
    assert cli.main(['evaluate', '--snr-db', 'clean,loud']) == cli.MISTAKE
    assert "'clean,loud' is no list of SNRs; give clean, or dB" in capsys.readouterr().err
