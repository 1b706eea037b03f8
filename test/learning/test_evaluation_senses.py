# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Senses encoded once and combined give what encoding everything together gives."""

from dataclasses import replace

import numpy as np
import pytest
import soundfile
import torch

from av_fusion_ros.learning.batches import stack
from av_fusion_ros.learning.conditions import PICTURES, STEADY, FamilyNoise, Sound
from av_fusion_ros.learning.corpus import Clip, CorpusError, Word
from av_fusion_ros.learning.corruption import CORRUPTIONS
from av_fusion_ros.learning.evaluation import GridReader, spoken_hops
from av_fusion_ros.learning.gate_figures import sum_error, weights_left
from av_fusion_ros.learning.senses import GROUP, SenseEncoder, at_fixed_weights, gated, without
from av_fusion_ros.learning.validation import readings
from av_fusion_ros.model.network import AVNetwork
from av_fusion_ros.model.specification import Specification
from av_fusion_ros.recognition.grammar import compile_grammar
from av_fusion_ros.recognition.vocabulary import parse_vocabulary
from av_fusion_ros.signals.log_mel import log_mel

SPEC = Specification(
    feature_size=32, latent_size=8, visual_channels=(4, 4, 8, 8), audio_channels=(4, 8, 8, 8)
)
N_HOPS = 50
MACHINE = Sound(-5.0, 'machine')


@pytest.fixture(scope='module')
def network():
    torch.manual_seed(0)
    return AVNetwork(SPEC).eval()


@pytest.fixture(scope='module')
def noise_folder(tmp_path_factory):
    """Recordings of hum, loud in one half, by which draws can be told apart."""
    folder = tmp_path_factory.mktemp('noise')
    rng = np.random.default_rng(5)
    for family in ('machine', 'vehicle'):
        (folder / family).mkdir()
        for name in 'abcdef':
            samples = rng.normal(0, 2000, 64000)
            if family == 'vehicle':
                samples[32000:] *= 0.05
            path = folder / family / f'{name}.flac'
            soundfile.write(str(path), samples.astype(np.int16), 16000)
    return folder


def clip(name):
    rng = np.random.default_rng(sum(name.encode()))
    words = (Word('go', 0.4, 0.8), Word('left', 0.8, 1.2))
    samples = rng.normal(0, 300, N_HOPS * 640)
    samples[6400:19200] *= 6
    crops = rng.integers(0, 255, (N_HOPS, 64, 64)).astype(np.uint8)
    found = np.ones(N_HOPS, bool)
    found[:3] = False
    return Clip(name, 's', samples.astype(np.int16), words, crops, found, source='grid')


@pytest.fixture(scope='module')
def encoder(network, noise_folder):
    clips = [clip(f'clip{i}') for i in range(GROUP + 3)]
    return SenseEncoder(network, clips, noise_folder, 'test', N_HOPS, seed=3)


def test_each_reading_is_that_of_the_whole_network(encoder, network):
    heard, seen = encoder.heard(MACHINE), encoder.seen('blurred')
    pairs = zip(encoder.sound_examples(MACHINE), encoder.picture_examples('blurred'), strict=True)
    batch = stack([replace(picture, mel=sound.mel) for sound, picture in pairs])
    together = readings(network, batch)
    for name, (ear, eye) in {
        'audio': (heard, without(seen)),
        'visual': (without(heard), seen),
        'fused': (heard, seen),
    }.items():
        assert torch.allclose(gated(network, ear, eye)[0], together[name], atol=1e-4), name


def test_other_recognisers_can_be_given_the_very_samples(encoder):
    for samples, example in zip(
        encoder.samples(MACHINE), encoder.sound_examples(MACHINE), strict=True
    ):
        assert np.array_equal(log_mel(samples).T, example.mel)


def test_fixed_weights_of_nothing_and_all_are_the_single_senses(encoder, network):
    heard, seen = encoder.heard(MACHINE), encoder.seen('good')
    by_eye, half, by_ear = at_fixed_weights(network, heard, seen, (0.0, 0.5, 1.0))
    assert torch.allclose(by_ear, gated(network, heard, without(heard))[0], atol=1e-5)
    assert torch.allclose(by_eye, gated(network, without(seen), seen)[0], atol=1e-5)
    assert not torch.allclose(half, by_ear, atol=1e-3)
    [absent] = at_fixed_weights(network, heard, without(seen), (0.3,))
    assert torch.allclose(absent, by_ear, atol=1e-5)


def test_a_clip_meets_the_same_noise_at_every_level_and_in_any_company(encoder, noise_folder):
    maker = encoder.maker('machine')
    first, second = encoder.clips[:2]

    def noise(one, snr_db):
        drawn = maker.plain_sound(encoder.rng(one, 'machine'), one, snr_db)
        return drawn - maker.plain_sound(encoder.rng(one, 'machine'), one, None)

    louder, quieter = noise(first, 0.0), noise(first, 20.0)
    assert louder == pytest.approx(10 * quieter, abs=1e-4)
    assert not np.allclose(noise(second, 20.0), quieter, atol=1e-3)
    alone = SenseEncoder(encoder.network, [second], noise_folder, 'test', N_HOPS, seed=3)
    assert torch.allclose(
        alone.heard(MACHINE).features, encoder.heard(MACHINE).features[1:2], atol=1e-5
    )


def test_the_grid_holds_every_cell_and_an_absent_picture_reads_nothing(encoder):
    commands = {'commands': ['go left', 'left go', 'go go', 'left left']}
    reader = GridReader(encoder, compile_grammar(parse_vocabulary(commands)))
    noises = [Sound(None, 'none'), MACHINE]
    found = list(reader.results(noises, ['good', 'absent'], (0.0, 0.4, 1.0)))
    assert [level.sound for level, _ in found] == noises
    assert found[0][0].snr_db.shape == (GROUP + 3, N_HOPS)
    for _, (good, absent) in found:
        assert (good.cell.picture, absent.cell.picture) == ('good', 'absent')
        assert set(good.fixed) == {0.0, 0.4, 1.0}
        assert np.array_equal(good.fixed[1.0].right_by_clip, good.scores['audio'].right_by_clip)
        assert absent.scores['visual'].right == 0
        for score in (absent.scores['fused'], absent.fixed[0.0], absent.fixed[0.4]):
            assert np.array_equal(score.right_by_clip, absent.scores['audio'].right_by_clip)
        assert absent.weight_audio == pytest.approx(np.ones(GROUP + 3))
        assert good.scores['fused'].words == 2 * (GROUP + 3)


def test_speech_lies_between_the_first_word_and_the_last(encoder):
    spoken = spoken_hops(encoder)
    delay_hops = SPEC.answer_delay_s / 0.04
    first, last = spoken[0].argmax(), N_HOPS - 1 - spoken[0][::-1].argmax()
    assert first == pytest.approx(0.4 / 0.04 + delay_hops, abs=1)
    assert last == pytest.approx(1.2 / 0.04 + delay_hops, abs=1)
    assert spoken[0].sum() == last - first + 1


def test_the_sense_that_is_left_has_all_the_weight_when_the_other_does_not_arrive(encoder):
    left = {w.event: w for w in weights_left(encoder, Sound(None, 'none'))}
    for event in ('no picture arrives', 'no sound arrives'):
        assert left[event].least == pytest.approx(1.0, abs=1e-6)
        assert left[event].share_enough == 1.0
    assert 0 < left['picture black midway, after 0.5 s'].mean < 1
    assert sum_error(encoder, MACHINE) < 1e-6


def test_steady_noise_leaves_out_recordings_whose_level_moves(noise_folder):
    rng = np.random.default_rng(0)
    noise = FamilyNoise(noise_folder, STEADY, 'test')
    for _ in range(20):
        halves = np.split(noise.draw(rng, 40000), 2)
        levels = [20 * np.log10(half.std()) for half in halves]
        assert abs(levels[0] - levels[1]) < 1


def test_unknown_noise_is_named(noise_folder):
    with pytest.raises(CorpusError, match='no waterfall noise in '):
        FamilyNoise(noise_folder, 'waterfall', 'test')


def test_every_picture_of_the_grid_is_one_that_can_be_made():
    assert set(PICTURES.values()) - {'good', 'absent'} <= set(CORRUPTIONS)
