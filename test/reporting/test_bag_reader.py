# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a run's bags hold, read into plain data."""

import json

import numpy as np
import pytest
from recorded import BEGIN_NS, DURATION_S, TRUTH, command, ours, results, weights, write_bag

from av_fusion_ros.generation.bag_messages import audio_message, image_message
from av_fusion_ros.generation.bag_writer import write_scene
from av_fusion_ros.generation.ground_truth import FILE_NAME
from av_fusion_ros.generation.recorded_scene import grid_clip, recorded_scene
from av_fusion_ros.recognition.mode_table import Mode
from av_fusion_ros.reporting import mouth_strip
from av_fusion_ros.reporting.bag_reader import read_run
from av_fusion_ros.reporting.errors import ReportError
from av_fusion_ros.reporting.message_events import faults_of
from av_fusion_ros.reporting.spectrogram_picture import spectrogram_picture
from av_fusion_ros.signals.face_weights import DETECTION, FaceWeightsError, find_weight_file


def test_streams_and_events_come_out_with_times_of_the_run(tmp_path):
    run = read_run([write_bag(tmp_path / 'bag', results(), TRUTH)])
    assert run.duration_s == pytest.approx(DURATION_S)
    assert len(run.weights['time_s']) == 250
    at = np.searchsorted(run.weights['time_s'], 4.0 - 1e-6)
    assert run.weights['time_s'][at] == pytest.approx(4.0, abs=1e-6)
    assert run.weights['audio'][at] == pytest.approx(0.2, abs=1e-6)
    assert run.weights['audio_snr_db'][at] == -8
    assert np.isnan(run.weights['v2x_age_s']).all()
    assert run.weights['received_s'] - run.weights['time_s'] == pytest.approx(0.03, abs=1e-6)
    assert [c.text for c in run.commands] == ['go forward', 'turn around', 'come here', 'stop']
    assert run.commands[1].start_s == pytest.approx(3.1)
    assert run.commands[1].received_s == pytest.approx(4.2)
    assert [(m.time_s, m.mode) for m in run.modes][1] == (pytest.approx(2.6), Mode.AUDIO_DEGRADED)
    assert [a.raised for a in run.alarms] == [False, True, True]
    assert run.alarms[1].onset_s == pytest.approx(8.2)
    assert [h.message for h in run.health] == ['input comes faster than it is processed']
    assert run.truth == TRUTH
    assert run.clock_fits()


def test_what_was_wrong_with_the_camera_comes_out_as_stretches(run):
    assert [(f.sense, f.name) for f in run.faults] == [('eye', 'dark'), ('eye', 'blocked')]
    dark, blocked = run.faults
    assert (dark.start_s, dark.end_s) == (pytest.approx(5.52), pytest.approx(6.48))
    assert (blocked.start_s, blocked.end_s) == (pytest.approx(6.52), pytest.approx(7.48))


def test_a_fault_is_not_known_to_last_while_nothing_is_told():
    told = [(0.0, ''), (1.0, 'dark'), (1.2, 'dark'), (3.0, 'dark'), (3.2, '')]
    assert [(f.start_s, f.end_s) for f in faults_of('eye', told)] == [(1.0, 1.2), (3.0, 3.0)]


def test_a_folder_of_bags_is_one_run_and_so_are_bags_given_one_by_one(tmp_path):
    write_bag(tmp_path / 'run' / 'results', results())
    tone = [(0.02 * k + 0.02, '/audio', block(0.02 * k, 0.02)) for k in range(500)]
    write_bag(tmp_path / 'run' / 'scene', tone, TRUTH)
    for given in ([tmp_path / 'run'], [tmp_path / 'run' / 'results', tmp_path / 'run' / 'scene']):
        run = read_run(given)
        assert run.sound is not None
        assert run.truth == TRUTH
        assert {t.used_as for t in run.topics} >= {'weights', 'sound', 'commands'}


def test_of_two_graphs_the_one_with_more_is_shown_or_that_of_the_namespace(tmp_path):
    rows = [*results(), (0.5, '/other/fusion/weights', weights(0.48))]
    bag = write_bag(tmp_path / 'bag', rows)
    assert len(read_run([bag]).weights['time_s']) == 250
    run = read_run([bag], 'other')
    assert run.weights['time_s'] == pytest.approx([0.0])
    assert not run.commands
    shown = [t.topic for t in run.topics if t.used_as]
    assert shown == ['/other/fusion/weights']
    with pytest.raises(ReportError, match='under /nobody'):
        read_run([bag], 'nobody')


def test_what_is_no_bag_of_ours_is_refused_with_what_to_do(tmp_path):
    with pytest.raises(ReportError, match=r'metadata\.yaml'):
        read_run([tmp_path])
    picture = image_message(BEGIN_NS, np.zeros((4, 4, 3), np.uint8))
    other = write_bag(tmp_path / 'other', [(0.0, '/camera/image_raw', picture)])
    with pytest.raises(ReportError, match='av-fusion record'):
        read_run([other])
    broken = write_bag(tmp_path / 'broken', results(), TRUTH)
    (broken / FILE_NAME).write_text('{')
    with pytest.raises(ReportError, match='no JSON'):
        read_run([broken])
    (broken / FILE_NAME).write_text(json.dumps({'start_ns': 0}))
    with pytest.raises(ReportError, match='ground truth'):
        read_run([broken])


def test_a_message_that_cannot_be_read_is_counted_and_the_rest_shown(tmp_path):
    wrong = block(0.0, 0.02)
    wrong.encoding = 'MP3'
    picture = image_message(BEGIN_NS, np.zeros((4, 4, 3), np.uint8))
    picture.encoding = 'nonsense'
    extra = [(0.0, '/audio', wrong), (0.1, '/image', picture)]
    run = read_run([write_bag(tmp_path / 'bag', [*results(), *extra])])
    assert len(run.commands) == 4
    assert any('MP3' in note and 'sound' in note for note in run.notes)
    assert any('nonsense' in note and 'pictures' in note for note in run.notes)


def block(start_s, length_s, hz=1000.0):
    """A block of a tone as it would be recorded."""
    first = round(start_s * 16000)
    n = round(length_s * 16000)
    samples = 0.3 * np.sin(2 * np.pi * hz * (first + np.arange(n)) / 16000)
    stamp_ns = BEGIN_NS + round((first + n - 1) / 16000 * 1e9)
    return audio_message(stamp_ns, first, samples.astype(np.float32))


def test_a_tone_stands_in_the_spectrogram_where_and_when_it_sounded(tmp_path):
    """1 kHz from 2 s to 3 s, 4 kHz from 3 s to 4 s, then 4 s nothing at all, then 1 kHz again."""
    tones = [(2.0, 1000.0), (3.0, 4000.0), (8.0, 1000.0)]
    rows = [
        (start_s + 0.02 * k + 0.02, '/audio', block(start_s + 0.02 * k, 0.02, hz))
        for start_s, hz in tones
        for k in range(50)
    ]
    run = read_run([write_bag(tmp_path / 'bag', [*results(), *rows], TRUTH)])
    picture = spectrogram_picture(run.sound, run.duration_s)
    assert picture.shape == (64, 400, 4)
    brightness = picture[..., :3].astype(int).sum(2)

    def row_at(time_s):
        return int(brightness[:, int(40 * time_s)].argmax())

    # 1 kHz is HTK mel 1000 of 100 to 2789: a third up, and the picture's rows go down.
    assert row_at(2.5) == row_at(8.5) == pytest.approx(64 * (1 - 0.335), abs=2)
    assert row_at(3.5) == pytest.approx(64 * (1 - 0.761), abs=2)
    seen = picture[0, :, 3] > 0
    assert seen[int(40 * 2.1) : int(40 * 3.9)].all()
    assert not seen[int(40 * 4.1) : int(40 * 7.9)].any()
    assert not seen[: int(40 * 1.9)].any()


def test_the_mouth_is_found_in_a_real_recording_and_not_in_the_dark(tmp_path, shared_data):
    try:
        find_weight_file(DETECTION)
    except FaceWeightsError as error:
        pytest.skip(str(error))
    folder = shared_data / 'grid' / 's1'
    name = sorted(path.stem for path in folder.glob('*.mp4'))[0]
    write_scene(tmp_path / 'scene', recorded_scene([grid_clip(folder, name)]), images='jpeg')
    run = read_run([tmp_path / 'scene'])
    assert len(run.mouths) == 6  # two a second of three seconds
    assert all(mouth.has_face and mouth.picture.shape == (48, 48) for mouth in run.mouths)
    assert np.diff([m.time_s for m in run.mouths]) == pytest.approx(0.5, abs=0.05)
    assert run.sound is not None
    assert run.truth['utterances'][0]['text']


def test_a_picture_without_a_face_is_shown_whole(tmp_path):
    picture = np.zeros((60, 80, 3), np.uint8)
    picture[:, :40] = 200
    rows = [(k / 10, '/image', image_message(BEGIN_NS + k * 10**8, picture)) for k in range(100)]
    run = read_run([write_bag(tmp_path / 'bag', [*results(), *rows], TRUTH)])
    assert len(run.mouths) == 20
    assert not any(mouth.has_face for mouth in run.mouths)
    assert run.mouths[0].picture[:, :20].min() > 150
    assert run.mouths[0].picture[:, 30:].max() < 50


def test_a_long_run_has_no_more_crops_than_a_page_can_take():
    strip = mouth_strip.MouthStrip(duration_s=3600.0)
    wanted = sum(strip.wants(k * 40_000_000) for k in range(3600 * 25))
    assert wanted == mouth_strip.MOST_CROPS


def test_a_clock_that_is_not_the_stamps_is_noticed(tmp_path):
    run = read_run([write_bag(tmp_path / 'bag', results(late_s=1e6), TRUTH)])
    assert not run.clock_fits()


def test_a_message_with_an_unknown_mode_is_left_out(tmp_path):
    rows = [*results(), (5.0, '/fusion/mode', ours('FusionMode', 5.0, mode=77))]
    assert len(read_run([write_bag(tmp_path / 'bag', rows)]).modes) == 4


def test_stamps_of_another_clock_are_left_out_and_told(tmp_path):
    """A driver that counts from boot among sensors that tell the date."""
    boot = weights(0.0)
    boot.header.stamp.sec, boot.header.stamp.nanosec = 5, 0
    late = command('go back', -1e8, -1e8 + 1)
    rows = [*results(), (5.0, '/fusion/weights', boot), (5.0, '/fusion/command', late)]
    run = read_run([write_bag(tmp_path / 'bag', rows, TRUTH)])
    assert run.duration_s == DURATION_S
    assert len(run.weights['time_s']) == 250
    assert len(run.commands) == 4
    assert any('another clock' in note for note in run.notes)


def test_a_truth_of_another_time_is_left_out_and_told(tmp_path):
    truth = TRUTH | {'start_ns': 5}
    run = read_run([write_bag(tmp_path / 'bag', results(), truth)])
    assert run.truth is None
    assert run.duration_s < 20
    assert any('ground truth' in note for note in run.notes)


def test_a_mode_from_before_the_recording_is_in_force_from_its_beginning(tmp_path):
    rows = [*results(), (0.0, '/fusion/mode', ours('FusionMode', -3600.0, mode=5))]
    run = read_run([write_bag(tmp_path / 'bag', rows, TRUTH)])
    assert (run.modes[0].time_s, run.modes[0].mode) == (0.0, Mode.VISUAL_ONLY)
