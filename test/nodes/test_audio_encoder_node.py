# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The audio encoder node in this process: good sound, and every kind of bad sound."""

import numpy as np
import pytest
import soundfile
from encoder_bench import MS, START_NS, sound, stamped

from av_fusion_ros.nodes.diagnostics import ERROR, OK, WARN
from av_fusion_ros.nodes.stamps import to_ns


def test_each_second_of_sound_gives_25_features_stamped_with_their_newest_sample(ear):
    bench = ear().activate()
    bench.send('audio', *(sound(k) for k in range(100)))
    bench.settle()
    assert bench.counted('processed') == 100
    assert [message.sequence for message in bench.got] == list(range(49))
    stamps = [to_ns(message.header.stamp) for message in bench.got]
    assert np.abs(np.diff(stamps) - 40 * MS).max() < 0.1 * MS
    # Hop 0 needs 936 samples, the last of which was captured 58 ms after the first.
    assert abs(stamps[0] - (START_NS + 58 * MS)) < MS
    assert {message.header.frame_id for message in bench.got} == {'mic'}
    assert all(np.isfinite(message.embedding).all() for message in bench.got)


@pytest.mark.parametrize(('rate', 'channels'), [(8000, 1), (44100, 2), (48000, 8)])
def test_any_rate_and_channel_count_gives_the_same_number_of_features(ear, rate, channels):
    bench = ear().activate()
    bench.send('audio', *(sound(k, rate, channels=channels) for k in range(50)))
    assert 23 <= bench.counted('published') <= 24


NAN_BLOCK = np.full(320, np.nan, '<f4').tobytes()


@pytest.mark.parametrize(
    ('bad', 'told'),
    [
        (lambda: sound(1, encoding='MP3'), 'MP3'),
        (lambda: sound(1, channels=0, data=b'12'), 'channels'),
        (lambda: sound(1, data=b'123'), '3 bytes'),
        (lambda: sound(1, encoding='F32LE', data=NAN_BLOCK), 'finite'),
        (lambda: sound(1, rate=100, data=b'1234'), '100'),
    ],
    ids=['encoding', 'channels', 'half a sample', 'nan', 'rate'],
)
def test_a_bad_block_is_refused_by_name_and_the_next_is_heard(ear, bad, told):
    bench = ear().activate()
    bench.send('audio', sound(0), bad(), *(sound(k) for k in range(2, 30)))
    assert bench.counted('refused') == 1
    assert bench.counted('processed') == 29
    report = bench.report()
    assert report.level == ERROR
    assert told in report.message
    assert bench.counted('published') >= 12


def test_a_changed_sample_rate_is_told_and_begins_anew(ear):
    bench = ear().activate()
    bench.send('audio', *(sound(k) for k in range(20)))
    later_ns = START_NS + 400 * MS
    bench.send('audio', *(sound(k, rate=48000, start_ns=later_ns) for k in range(20)))
    bench.settle()
    assert bench.counted('format_changes') == 1
    assert bench.counted('resets') == 2
    report = bench.report()
    assert report.level == WARN
    assert '48000 Hz' in report.message
    assert [message.sequence for message in bench.got].count(0) == 2


def test_how_much_a_quiet_talker_is_raised_is_told(ear, shared_data):
    path = min((shared_data / 'grid' / 's1').glob('*.flac'))
    loud, _ = soundfile.read(str(path), dtype='int16')
    bench = ear().activate()
    for k, block in enumerate(np.split(loud[: len(loud) // 320 * 320] // 100, len(loud) // 320)):
        bench.send('audio', sound(k, data=block.astype('<i2').tobytes()))
    bench.settle()
    told = {v.key: v.value for v in bench.report().values}
    assert 3 < float(told['gain_db']) <= 30


def test_a_rate_too_low_for_the_network_is_told_as_long_as_it_comes(ear):
    bench = ear().activate()
    bench.send('audio', sound(0, rate=8000))
    assert bench.report().level == WARN
    assert '8000 Hz' in bench.report().message
    bench.send('audio', sound(0, start_ns=START_NS + 1000 * MS))
    assert '8000 Hz' not in bench.report().message


def test_lost_blocks_are_filled_with_silence_and_counted(ear):
    bench = ear().activate()
    bench.send('audio', *(sound(k) for k in range(50) if not 20 <= k < 25))
    bench.settle()
    assert sum(message.missing_samples for message in bench.got) == 5 * 320
    assert [message.sequence for message in bench.got] == list(range(24))


def test_sound_that_is_played_in_a_loop_with_the_same_stamps_is_heard_each_time(ear):
    bench = ear().activate()
    for _ in range(3):
        bench.send('audio', *(sound(k) for k in range(75)))
    bench.settle()
    assert [message.sequence for message in bench.got] == [*range(37)] * 3


def test_an_absent_microphone_is_told_and_a_late_one_is_heard(ear, executor, spin_until):
    bench = ear().activate()
    spin_until(executor, lambda: 'no sound' in bench.report().message)
    assert bench.report().level == WARN
    bench.send('audio', *(sound(k) for k in range(6)))
    assert bench.report().level == OK
    assert bench.counted('published') >= 1


def test_sample_numbers_that_do_not_count_on_are_told(ear):
    bench = ear().activate()
    for k in range(5):
        block = sound(k)
        block.first_sample = 0
        bench.send('audio', block)
    report = bench.report()
    assert report.level == WARN
    assert 'first_sample must count on' in report.message
    assert {v.key: v.value for v in report.values}['timeline_resets'] == '4'


def test_one_stamp_that_is_an_hour_off_does_not_interrupt_numbered_sound(ear):
    bench = ear().activate()
    blocks = [sound(k) for k in range(50)]
    stamped(blocks[20], START_NS + 3_600_000 * MS)
    bench.send('audio', *blocks)
    bench.settle()
    assert [message.sequence for message in bench.got] == list(range(24))
    stamps = [to_ns(message.header.stamp) for message in bench.got]
    assert np.abs(np.diff(stamps) - 40 * MS).max() < MS
    assert 'stamps are far from where the sample numbers say' in bench.report().message
