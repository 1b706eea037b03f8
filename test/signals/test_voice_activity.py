# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from av_fusion_ros.signals import voice_activity
from av_fusion_ros.signals.voice_activity import VoiceActivity, VoiceActivityError

SentenceReader = Callable[[Path], tuple[NDArray[np.float32], NDArray[np.bool_]]]
BLOCK = 640


def test_words_are_told_from_pauses_in_real_sentences(
    grid_folder: Path, sentence: SentenceReader
) -> None:
    said, unsaid = [], []
    for path in sorted(grid_folder.glob('*.flac'))[::200]:
        samples, spoken = sentence(path)
        detector = VoiceActivity()
        for start in range(0, len(samples) - BLOCK, BLOCK):
            probability = detector.push(samples[start : start + BLOCK])
            of_block = spoken[start : start + BLOCK]
            if of_block.all():
                said.append(probability)
            elif not of_block.any() and not spoken[max(0, start - 4000) : start + 4000].any():
                unsaid.append(probability)
    assert np.mean(np.array(said) > 0.5) > 0.8
    assert np.mean(np.array(unsaid) > 0.5) < 0.1


@pytest.mark.parametrize('kind', ['machine', 'rain', 'vehicle'])
def test_noise_alone_is_not_speech(shared_data: Path, kind: str) -> None:
    path = min((shared_data / 'noise' / kind).glob('*.flac'))
    noise = soundfile.read(path, dtype='float32', frames=16000 * 5)[0]
    detector = VoiceActivity()
    heard = [detector.push(noise[i : i + BLOCK]) for i in range(0, len(noise) - BLOCK, BLOCK)]
    assert np.mean(np.array(heard) > 0.5) < 0.1


def test_block_sizes_make_no_difference(grid_folder: Path, sentence: SentenceReader) -> None:
    samples, _ = sentence(min(grid_folder.glob('*.flac')))
    whole, pieces = VoiceActivity(), VoiceActivity()
    for part in np.array_split(samples, 97):
        last = pieces.push(part)
    assert whole.push(samples) == pytest.approx(last, abs=1e-6)


def test_nothing_is_known_before_the_first_chunk_and_after_a_reset() -> None:
    detector = VoiceActivity()
    assert np.isnan(detector.push(np.zeros(511, np.float32)))
    assert not np.isnan(detector.push(np.zeros(1, np.float32)))
    detector.reset()
    assert np.isnan(detector.push(np.zeros(511, np.float32)))


def test_a_damaged_network_is_named(tmp_path: Path) -> None:
    damaged = tmp_path / 'silero_vad.onnx'
    damaged.write_bytes(b'nothing')
    with pytest.raises(VoiceActivityError, match='is not a readable voice activity network'):
        VoiceActivity(damaged)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice_activity, 'find_spec', lambda name: None)
    with pytest.raises(VoiceActivityError, match=r'silero-vad package .* is not installed'):
        VoiceActivity()
