# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the demo concludes from what the graph published."""

import csv

import numpy as np
import pytest

from av_fusion_ros.cli.demo_report import DemoResult
from av_fusion_ros.cli.demo_scene import demo_scene
from av_fusion_ros.cli.replay_result import Heard, fresh_folder
from av_fusion_ros.generation.ground_truth import ground_truth
from av_fusion_ros.nodes.result_recorder import RecordError

TRUTH = {
    'duration_s': 20.0,
    'utterances': [
        {'text': 'stop', 'start_s': 2.0, 'end_s': 2.5},
        {'text': 'turn left', 'start_s': 4.0, 'end_s': 5.0},
    ],
    'events': [
        {'kind': 'noise', 'start_s': 8.0, 'end_s': 11.0},
        {'kind': 'blackout', 'start_s': 12.0, 'end_s': 16.0},
    ],
}
NAN = float('nan')


def heard(text, start_s, end_s):
    return Heard(start_s, end_s, text, text.replace(' ', '_'), 0.9, 0.3)


def result(audio_in_noise=0.2, audio_in_dark=1.0, hops=500, commands=None):
    made = DemoResult(TRUTH)
    made.commands = [heard('stop', 2.1, 2.4)] if commands is None else commands
    made.modes = [(0.4, 0, 'good'), (12.4, 4, 'no usable picture')]
    for k in range(hops):
        at_s = k * 20.0 / hops
        audio = 0.6
        if 8.0 <= at_s < 11.0:
            audio = audio_in_noise
        if 12.0 <= at_s < 16.0:
            audio = audio_in_dark
        made.weights.append((at_s, audio, 1 - audio, 0.0, 20.0, 0.9, NAN, 0))
    return made


def test_a_graph_that_worked_passes_every_check_and_leaves_its_tables(tmp_path):
    assert result().write(tmp_path, 30.0)
    assert 'FAILED' not in (tmp_path / 'summary.md').read_text()
    with (tmp_path / 'weights.csv').open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 500
    assert float(rows[225]['audio']) == 0.2
    with (tmp_path / 'commands.csv').open() as file:
        assert [row['text'] for row in csv.DictReader(file)] == ['stop']


@pytest.mark.parametrize(
    'broken',
    [
        {'audio_in_noise': 0.6},
        {'audio_in_dark': 0.6},
        {'hops': 300},
        {'commands': []},
        {'commands': [heard('turn left', 2.0, 2.5)]},
    ],
)
def test_a_graph_that_did_not_work_fails(tmp_path, broken):
    assert not result(**broken).write(tmp_path, 30.0)
    assert 'FAILED' in (tmp_path / 'summary.md').read_text()


def test_a_mode_that_never_changes_in_the_dark_fails(tmp_path):
    made = result()
    made.modes = [(0.4, 0, 'good')]
    assert not made.write(tmp_path, 30.0)


def test_a_command_belongs_to_the_utterance_that_it_overlaps_longest():
    first, second = TRUTH['utterances']
    made = result(commands=[heard('turn left', 2.4, 4.9), heard('stop', 6.0, 6.5)])
    assert made.recognised_in(first) == ''
    assert made.recognised_in(second) == 'turn left'
    assert made.right() == 1


def test_the_picture_is_written_from_the_same_result(tmp_path):
    pytest.importorskip('matplotlib', reason='matplotlib is optional; it draws plot.png')
    from av_fusion_ros.cli.replay_plot import plot

    plot(result(), tmp_path / 'plot.png')
    assert (tmp_path / 'plot.png').read_bytes().startswith(b'\x89PNG')


def test_the_demo_has_commands_in_peace_in_noise_and_in_the_dark():
    truth = ground_truth(demo_scene(1))
    noise, dark = (
        next(e for e in truth['events'] if e['kind'] == k) for k in ('noise', 'blackout')
    )
    assert noise['snr_db'] == -8.0
    assert noise['end_s'] <= dark['start_s']
    for event in (noise, dark):
        inside = [
            u
            for u in truth['utterances']
            if event['start_s'] < u['start_s'] and u['end_s'] < event['end_s']
        ]
        assert len(inside) == 2
    assert truth['duration_s'] < 40


def test_a_sign_that_was_never_known_is_nan_without_a_warning(recwarn):
    made = result()
    made.weights = [(k / 25, 0.5, 0.5, 0.0, NAN, NAN, NAN, 0) for k in range(50)]
    assert np.isnan(made.weight_in('camera_quality', 0.0, 2.0))
    assert not recwarn.list


def test_a_file_in_the_place_of_the_result_folder_is_refused(tmp_path):
    (tmp_path / 'result').write_text('mine')
    with pytest.raises(RecordError, match='give another --output'):
        fresh_folder(tmp_path / 'result')
    assert (tmp_path / 'result').read_text() == 'mine'
