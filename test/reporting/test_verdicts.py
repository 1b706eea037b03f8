# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Commands held against the truth, alarms and modes as spans, and the summary of both."""

import math
from dataclasses import replace

import numpy as np
import pytest
from recorded import DURATION_S, TRUTH, results, write_bag

from av_fusion_ros.recognition.mode_table import Mode
from av_fusion_ros.reporting.bag_reader import read_run
from av_fusion_ros.reporting.missing import missing
from av_fusion_ros.reporting.run import AlarmState, Command
from av_fusion_ros.reporting.spans import ALARM_HOLDS_S, alarm_spans, mode_shares, mode_spans
from av_fusion_ros.reporting.summary import episodes, facts, raised_alarms, sentences, waits
from av_fusion_ros.reporting.verdicts import CONFLICT, MISSED, RIGHT, WRONG, judge


def heard(text, start_s, end_s):
    return Command(start_s, end_s, end_s + 0.3, text, 0.9, 0.26)


def test_each_utterance_is_right_wrong_missed_or_contradictory(run):
    judged, extra = judge(TRUTH['utterances'], run.commands)
    assert [j.verdict for j in judged] == [RIGHT, WRONG, MISSED, CONFLICT]
    assert judged[1].recognised == 'turn around'
    assert judged[3].heard == 'come here'
    assert [command.text for command in extra] == ['stop']


def test_a_command_belongs_to_the_utterance_that_it_overlaps_longest():
    first, second = TRUTH['utterances'][:2]
    judged, extra = judge([first, second], [heard('turn left', 1.7, 3.8)])
    assert [j.verdict for j in judged] == [MISSED, RIGHT]
    assert not extra
    assert judge([], [heard('stop', 0.0, 1.0)])[1][0].text == 'stop'


def test_modes_hold_until_the_next_and_come_from_the_weights_where_none_was_recorded(run):
    spans = mode_spans(run)
    assert [(s.start_s, s.end_s) for s in spans] == [
        (pytest.approx(0.2), pytest.approx(2.6)),
        (pytest.approx(2.6), pytest.approx(5.6)),
        (pytest.approx(5.6), pytest.approx(7.6)),
        (pytest.approx(7.6), DURATION_S),
    ]
    without = mode_spans(replace(run, modes=()))
    assert [s.mode for s in without][:3] == [Mode.BLIND, Mode.NOMINAL, Mode.AUDIO_DEGRADED]
    assert without[2].start_s == pytest.approx(2.52, abs=0.041)
    shares = mode_shares(run)
    assert sum(shares.values()) == pytest.approx(1.0)
    assert next(iter(shares)) is Mode.NOMINAL
    assert shares[Mode.AUDIO_ONLY] == pytest.approx(2.0 / 9.8)


def told(time_s, level, kind=0, onset_s=None):
    return AlarmState(time_s, level, kind, 0.1, time_s if onset_s is None else onset_s, '')


def test_a_repeated_alarm_is_one_from_its_onset_to_its_end(run):
    alarms = (told(1.0, 2, 3, 0.5), told(2.0, 2, 3, 0.5), told(2.6, 0), told(4.0, 1, 2))
    first, second = alarm_spans(replace(run, alarms=alarms))
    assert (first.start_s, first.end_s, first.told_s) == (0.5, 2.6, 1.0)
    assert (second.start_s, second.end_s) == (4.0, 4.0 + ALARM_HOLDS_S)
    assert [s.state.name for s in (first, second)] == [
        'picture stands still',
        'sound and picture are shifted',
    ]


def test_an_alarm_that_is_not_repeated_ends_and_the_unknown_is_no_alarm(run):
    alarms = (told(1.0, 2, 3), told(6.0, 2, 3), told(7.0, 3))
    unrepeated = replace(run, alarms=alarms)
    assert [(s.start_s, s.end_s) for s in alarm_spans(unrepeated)] == [
        (1.0, 1.0 + ALARM_HOLDS_S),
        (6.0, 7.0),
        (7.0, DURATION_S),
    ]
    assert len(raised_alarms(unrepeated)) == 2


def test_the_summary_counts_and_names_what_happened(run):
    found = {fact.name: fact for fact in facts(run)}
    assert found['commands right'].value == '1 of 3'
    for part in ('1 wrong', '1 missed', '1 where nothing was said', 'at odds'):
        assert part in found['commands right'].remark
    assert found['end of command to message'].value == '300 ms'
    assert found['alarms'].value == '1'
    assert found['alarms'].remark == 'words and lips differ'
    assert found['of the time nominal'].value == '49%'
    words = ' '.join(sentences(run))
    assert '4 commands were said; 1 of 3 were recognised right' in words
    assert 'During “noise −8 dB engine” the ear counted for 0.20' in words
    assert 'input comes faster than it is processed”, first at 4.0 s' in words
    assert 'did not keep up' not in words


def test_episodes_are_medians_of_the_time_in_which_something_was_done(run):
    before, noise, dark = episodes(run)
    assert (before.ear, noise.ear, dark.ear) == (
        pytest.approx(0.5),
        pytest.approx(0.2),
        pytest.approx(1.0),
    )
    assert (noise.snr_db, dark.camera_quality) == (-8.0, 0.0)
    nowhere = replace(run, truth=TRUTH | {'events': [{'kind': 'rain', 'start_s': 50, 'end_s': 60}]})
    assert math.isnan(episodes(nowhere)[-1].ear)


def test_a_machine_that_did_not_keep_up_is_told_of(run):
    sparse = {name: column[::3] for name, column in run.weights.items()}
    assert '34% of the time' in ' '.join(sentences(replace(run, weights=sparse)))


def test_what_is_missing_is_said_and_only_that(run, tmp_path):
    told_of = missing(run)
    assert len(told_of) == 2
    assert 'spectrogram' in told_of[0]
    assert 'mouth' in told_of[1]
    only = [row for row in results() if row[1] == '/fusion/command']
    bare = read_run([write_bag(tmp_path / 'bare', only)])
    words = ' '.join(missing(bare))
    for part in ('No weights', 'No modes', 'consistency monitor', 'ground_truth.json'):
        assert part in words
    assert np.allclose(waits(bare), 0.3, atol=1e-6)
    skewed = read_run([write_bag(tmp_path / 'skewed', results(late_s=1e6))])
    assert 'no latencies' in ' '.join(missing(skewed))
    assert not len(waits(skewed))
