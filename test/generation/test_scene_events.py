# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Every event changes what it should, when it should, and nothing else."""

import math

import numpy as np
import pytest
import soundfile

from av_fusion_ros.generation.errors import GenerationError
from av_fusion_ros.generation.events import (
    EVENT_KINDS,
    Blackout,
    Desync,
    MicDead,
    Noise,
    event_from_mapping,
    event_record,
    events_from_yaml,
    parse_event,
)
from av_fusion_ros.generation.roadside import roadside_views
from av_fusion_ros.generation.scene import SceneSettings

SPAN = 'start=1,end=2'


@pytest.fixture(scope='module')
def plain(small_scene):
    scene = small_scene()
    return scene, [frame.image for frame in scene.frames()]


def changed_frames(scene, plain_images):
    """Indices of delivered frames that differ from the plain scene's."""
    return [
        frame.index
        for frame in scene.frames()
        if not np.array_equal(frame.image, plain_images[frame.index])
    ]


@pytest.mark.parametrize('kind', ['rain', 'blackout', 'blur', 'glare', 'blockage', 'exposure'])
def test_a_picture_event_changes_every_frame_of_its_time_and_no_sound(kind, plain, small_scene):
    scene = small_scene(parse_event(f'{kind}:{SPAN}'))
    assert changed_frames(scene, plain[1]) == list(range(25, 50))
    np.testing.assert_array_equal(scene.sound.samples, plain[0].sound.samples)


def test_pictures_go_wrong_as_their_event_says(plain, small_scene):
    def at(text):
        return small_scene(parse_event(f'{text},{SPAN}')).frame(40).astype(float)

    clear = plain[1][40].astype(float)
    assert at('blackout:start_s=1').mean() < 4
    assert (
        np.abs(np.diff(at('blur:sigma_px=5'), axis=1)).mean()
        < 0.5 * np.abs(np.diff(clear, axis=1)).mean()
    )
    assert (at('glare:strength=0.9') > 250).mean() > 0.1 + (clear > 250).mean()
    assert at('exposure:gain=0.01').mean() < 0.3 * clear.mean() < 0.5 * at('exposure:gain=9').mean()
    hidden = np.abs(at('blockage:share=0.5') - clear).max(2) > 12
    assert 0.35 < hidden.mean() < 0.65
    little, much = (np.abs(at(f'rain:amount={a}') - clear).mean() for a in (0.1, 0.9))
    assert 0.5 < little < much


def test_a_freeze_repeats_the_last_frame_before_it_under_new_stamps(plain, small_scene):
    scene = small_scene(parse_event(f'freeze:{SPAN}'))
    frames = list(scene.frames())
    for index, frame in enumerate(frames):
        expected = plain[1][24] if 25 <= index < 50 else plain[1][index]
        np.testing.assert_array_equal(frame.image, expected)
    stamps = [frame.stamp_ns for frame in frames]
    assert np.all(np.diff(stamps) == 40_000_000)


def test_camera_loss_leaves_frames_out_and_the_others_alone(plain, small_scene):
    scene = small_scene(parse_event(f'camera_loss:{SPAN}'))
    assert [f.index for f in scene.frames()] == [*range(25), *range(50, 75)]
    assert changed_frames(scene, plain[1]) == []


@pytest.mark.parametrize('sound', ['white', 'pink', 'engine'])
@pytest.mark.parametrize('snr_db', [-8.0, 0.0, 20.0])
def test_noise_has_the_snr_asked_for_and_stays_in_its_time(sound, snr_db, plain, small_scene):
    scene = small_scene(Noise(start_s=1, end_s=2, snr_db=snr_db, sound=sound))
    clean = plain[0].sound.samples * scene.sound.gain
    noise = scene.sound.samples - clean
    assert np.abs(noise[:16000]).max() < 1e-6
    assert np.abs(noise[32000:]).max() < 1e-6
    speech_power = np.mean(clean[scene.sound.active].astype(float) ** 2)
    noise_power = np.mean(noise[16000:32000].astype(float) ** 2)
    assert 10 * math.log10(speech_power / noise_power) == pytest.approx(snr_db, abs=0.5)
    assert np.abs(scene.sound.samples).max() <= 1.0


def test_a_noise_file_is_looped_and_scaled_like_any_noise(tmp_path, plain, small_scene):
    file = tmp_path / 'hum.wav'
    soundfile.write(file, 0.01 * np.sin(np.arange(8000) / 5), 8000)
    scene = small_scene(parse_event(f'noise:snr_db=6,file={file}'))
    noise = scene.sound.samples - plain[0].sound.samples * scene.sound.gain
    speech = plain[0].sound.samples[scene.sound.active] * scene.sound.gain
    measured_db = 10 * math.log10(np.mean(speech**2) / np.mean(noise**2))
    assert measured_db == pytest.approx(6, abs=0.5)


def test_desync_delivers_the_sound_of_another_time(plain, small_scene):
    before = plain[0].sound.samples
    late = small_scene(Desync(start_s=0.5, end_s=2.5, shift_s=0.25)).sound.samples
    room = 10 ** (-72 / 20) * 12  # the room's own noise does not shift with the speech
    np.testing.assert_allclose(late[12000:40000], before[8000:36000], atol=room)
    np.testing.assert_array_equal(late[:8000], before[:8000])
    np.testing.assert_array_equal(late[40000:], before[40000:])


def test_a_dead_microphone_delivers_zeros_and_a_lost_one_no_blocks(plain, small_scene):
    dead = small_scene(MicDead(start_s=1, end_s=2)).sound.samples
    assert not dead[16000:32000].any()
    np.testing.assert_array_equal(dead[:16000], plain[0].sound.samples[:16000])
    np.testing.assert_array_equal(dead[32000:], plain[0].sound.samples[32000:])
    blocks = list(small_scene(parse_event(f'mic_loss:{SPAN}')).audio())
    firsts = [block.first_sample for block in blocks]
    assert firsts == [n for n in range(0, 48000, 320) if not 16000 <= n < 32000]
    for block in blocks:
        first = block.first_sample
        np.testing.assert_array_equal(block.samples, plain[0].sound.samples[first : first + 320])


def test_the_same_scene_is_the_same_twice_and_another_seed_is_not(plain, small_scene):
    again, other = small_scene(), small_scene(settings=SceneSettings(seed=4, width=160, height=120))
    np.testing.assert_array_equal(again.frame(33), plain[1][33])
    np.testing.assert_array_equal(again.sound.samples, plain[0].sound.samples)
    assert not np.array_equal(other.frame(33), plain[1][33])
    assert not np.array_equal(other.sound.samples, plain[0].sound.samples)


def test_the_air_delays_and_loses_roadside_views_but_keeps_their_order(small_scene):
    scene = small_scene(parse_event('v2x:air_s=0.1,jitter_s=0.1,loss=0.3'))
    views = list(roadside_views(scene))
    assert [view.sequence for view in views] == list(range(75))
    received = [view.received_ns for view in views]
    assert received == sorted(received)
    late_s = [(view.received_ns - view.generated_ns) / 1e9 for view in views]
    assert 0.1 <= min(late_s) < 0.12
    assert 0.18 < max(late_s) <= 0.2
    assert 10 <= sum(view.lost for view in views) <= 35
    assert views == list(roadside_views(scene))


def test_a_unit_that_was_taken_over_shows_what_was_before_under_new_stamps(small_scene):
    honest = list(roadside_views(small_scene(parse_event('v2x'))))
    other = list(
        roadside_views(
            small_scene(parse_event('v2x'), parse_event('v2x_other:start=2,end=2.4,shift_s=1'))
        )
    )
    assert [view.stamp_ns for view in other] == [view.stamp_ns for view in honest]
    lied = [k for k in range(75) if other[k].jpeg != honest[k].jpeg]
    assert lied == list(range(50, 60))
    stranger = parse_event('v2x_other:start=2,station_id=rsu-2')
    assert list(roadside_views(small_scene(parse_event('v2x'), stranger))) == honest


def test_every_kind_is_written_and_read_the_same_way(tmp_path):
    for kind, made in EVENT_KINDS.items():
        extra = {'text': 'go back'} if kind == 'mismatch' else {}
        event = event_from_mapping({'kind': kind, 'start': 1, 'end': '2.5', **extra})
        assert isinstance(event, made)
        assert (event.start_s, event.end_s) == (1.0, 2.5)
        assert event_from_mapping(event_record(event, 10.0)) == event
    file = tmp_path / 'events.yaml'
    file.write_text('- {kind: noise, start: 1, snr_db: -8}\n- {kind: blackout}\n')
    noise, blackout = events_from_yaml(file)
    assert noise == Noise(start_s=1, snr_db=-8)
    assert blackout == Blackout()
    assert event_record(blackout, 3.0)['end_s'] == 3.0


@pytest.mark.parametrize('text', ['- {kind: noise, start: 2026-13-45}', '[' * 3000, '- {'])
def test_an_events_file_that_is_no_yaml_is_refused_by_name(tmp_path, text):
    file = tmp_path / 'events.yaml'
    file.write_text(text)
    with pytest.raises(GenerationError, match='cannot read events'):
        events_from_yaml(file)


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('nois:start=1', 'give one of noise'),
        ('noise:level=3', 'it takes'),
        ('noise:snr_db=loud', 'give a number'),
        ('noise:sound=jazz', 'white, pink'),
        ('blackout:start=4,end=2', 'end later'),
        ('rain:amount=3', 'give 0 to 1'),
        ('rain:heavy', 'key=value'),
        ('mismatch:start=1', 'text='),
        ('v2x_attack:attack=bribe', 'forge, stranger'),
    ],
)
def test_a_wrong_event_is_refused_with_what_is_accepted(text, message):
    with pytest.raises(GenerationError, match=message):
        parse_event(text)
