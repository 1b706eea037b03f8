# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Speech in noise that drowns voice activity: read off the features, and only of its checkpoint."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from av_fusion_ros.learning.corpus import read_samples
from av_fusion_ros.learning.mixing import mix
from av_fusion_ros.learning.speech_fitting import voice_in
from av_fusion_ros.learning.splits import grid_key, noise_parts, part_of
from av_fusion_ros.model.checkpoint import save_network
from av_fusion_ros.model.network import AVNetwork
from av_fusion_ros.model.specification import Specification
from av_fusion_ros.recognition.audio_encoder import AudioEncoder
from av_fusion_ros.recognition.backend import Backend, open_backend
from av_fusion_ros.recognition.errors import RecognitionError
from av_fusion_ros.recognition.site_correction import NO_CORRECTION, SiteCorrection
from av_fusion_ros.recognition.speech_readout import (
    SpeechReadout,
    load_readout,
    readout_or_none,
    readout_path,
    save_readout,
)
from av_fusion_ros.signals.log_mel import LogMel

MODEL = Path(__file__).resolve().parents[2] / 'models' / 'av_fusion.safetensors'
SENTENCES = 6


def some_readout(size: int) -> SpeechReadout:
    return SpeechReadout(0.25, np.linspace(-1, 1, size, dtype=np.float32))


def test_voice_activity_counts_where_noise_does_not_drown_it() -> None:
    readout = SpeechReadout(3.0, np.zeros(4, np.float32))
    features = np.ones(4, np.float32)
    assert readout.judged(0.1, features, 2.0) == 0.1
    assert readout.judged(0.1, features, 1.9) == pytest.approx(0.9526, abs=1e-3)
    assert readout.judged(0.1, features, float('nan')) == 0.1


def test_voice_activity_that_hears_the_noise_uncorrected_is_believed_later() -> None:
    readout = SpeechReadout(3.0, np.zeros(4, np.float32))
    features = np.ones(4, np.float32)
    assert readout.judged(0.1, features, 7.9, corrected=True) == pytest.approx(0.9526, abs=1e-3)
    assert readout.judged(0.1, features, 8.0, corrected=True) == 0.1


def test_it_comes_back_from_its_file(checkpoint: Path, spec: Specification) -> None:
    saved = some_readout(spec.feature_size)
    save_readout(checkpoint, saved)
    features = np.random.default_rng(0).standard_normal(spec.feature_size).astype(np.float32)
    found = load_readout(checkpoint)
    assert found.probability(features) == pytest.approx(saved.probability(features), abs=1e-4)


def test_the_readout_of_another_audio_stream_is_refused(
    checkpoint: Path, spec: Specification, tmp_path: Path
) -> None:
    written = save_readout(checkpoint, some_readout(spec.feature_size))
    other = tmp_path / 'other.safetensors'
    save_network(other, AVNetwork(spec))
    readout_path(other).write_bytes(written.read_bytes())
    with pytest.raises(RecognitionError, match=r'another checkpoint.*calibrate --speech'):
        load_readout(other)


@pytest.mark.parametrize(
    ('change', 'told'),
    [
        ({'format': 'av_fusion_ros.speech/9'}, 'speech/9'),
        ({'weights': [1.0]}, 'weights'),
        ({'weights': 'many'}, 'many'),
        ({'bias': float('nan')}, 'finite'),
        ({'bias': None}, 'NoneType'),
    ],
    ids=['format', 'size', 'text', 'nan', 'none'],
)
def test_a_file_that_is_not_one_is_refused_by_what_is_wrong(
    checkpoint: Path, spec: Specification, change: dict[str, object], told: str
) -> None:
    path = save_readout(checkpoint, some_readout(spec.feature_size))
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(RecognitionError, match=told):
        load_readout(checkpoint)


@pytest.mark.parametrize('content', [None, '', '[]', '{}'])
def test_without_a_usable_file_there_is_none_and_it_is_told(
    checkpoint: Path, content: str | None
) -> None:
    if content is not None:
        readout_path(checkpoint).write_text(content)
    told: list[str] = []
    assert readout_or_none(checkpoint, told.append) is None
    assert 'speech.json' in told[0]


@pytest.fixture(scope='module')
def shipped() -> tuple[Backend, Specification]:
    return open_backend(MODEL, 'onnxruntime', parts=('audio',))


Noise = np.ndarray


@pytest.fixture(scope='module')
def vehicles(shared_data: Path) -> Noise:
    """Held-out recordings of vehicles."""
    family = sorted((shared_data / 'noise' / 'vehicle').glob('*.flac'))
    recordings = [read_samples(path) for path in noise_parts(family)['test']]
    return np.concatenate(recordings).astype(np.float32) / 32768


@pytest.fixture(scope='module')
def buzzer() -> Noise:
    """A made machine that sings, 4 s."""
    return 0.3 * np.sign(np.sin(2 * np.pi * 220 * np.arange(64000) / 16000)).astype(np.float32)


def sentences_of(shared_data: Path) -> list[Path]:
    paths = sorted((shared_data / 'grid' / 's1').glob('*.flac'))
    found = [path for path in paths if part_of(grid_key(path)) == 'test'][:SENTENCES]
    assert len(found) == SENTENCES
    return found


def shares(
    shipped: tuple[Backend, Specification],
    shared_data: Path,
    noise: Noise,
    correction: SiteCorrection = NO_CORRECTION,
) -> tuple[float, float, float]:
    """At -8 dB: speech found by voice activity and as published, and the rest taken for speech.

    The truth is voice activity in the sentences by themselves.
    """
    truth, by_voice_activity, published = [], [], []
    encoder = AudioEncoder(*shipped)
    encoder.correction = correction
    for k, path in enumerate(sentences_of(shared_data)):
        speech = read_samples(path).astype(np.float32) / 32768
        begins = k * len(speech) % (len(noise) - len(speech))
        mixed = np.clip(mix(speech, noise[begins : begins + len(speech)], -8.0), -1, 1)
        encoder.reset()
        hops = encoder.push(mixed.astype(np.float32), 0)
        truth.append(voice_in(speech, len(hops)) > 0.5)
        by_voice_activity.append(voice_in(mixed.astype(np.float32), len(hops)) > 0.5)
        published.append(np.array([hop.speech_probability for hop in hops]) > 0.5)
    spoken, found = np.concatenate(truth), np.concatenate(published)
    heard = np.concatenate(by_voice_activity)[spoken].mean()
    return float(heard), float(found[spoken].mean()), float(found[~spoken].mean())


def test_in_loud_noise_a_sentence_is_heard_that_voice_activity_misses(
    shipped: tuple[Backend, Specification], shared_data: Path, vehicles: Noise
) -> None:
    by_voice_activity, published, false = shares(shipped, shared_data, vehicles)
    assert by_voice_activity < 0.3
    assert published > 0.6
    assert false < 0.15


def test_what_a_place_has_taught_does_not_hide_speech_from_the_readout(
    shipped: tuple[Backend, Specification], shared_data: Path, buzzer: Noise
) -> None:
    """The corrected ear finds its SNR good; voice activity still hears the buzzer."""
    speech = read_samples(sentences_of(shared_data)[0]).astype(np.float32) / 32768
    alone = mix(speech, buzzer[: len(speech)], -8.0) - speech
    power = np.exp(LogMel().push(alone.astype(np.float32))).mean(axis=0).astype(np.float32)
    by_voice_activity, published, false = shares(
        shipped, shared_data, buzzer, SiteCorrection(power, 1.0)
    )
    assert by_voice_activity < 0.3
    assert published > 0.8
    assert false < 0.15
