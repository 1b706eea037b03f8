# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What augmentation changes and what it leaves alone."""

import numpy as np
import pytest

from av_fusion_ros.learning import augmentation
from av_fusion_ros.learning.corpus import Clip, Word
from av_fusion_ros.signals.log_mel import log_mel


def tone(hz, seconds=1.0):
    return np.sin(2 * np.pi * hz * np.arange(int(16000 * seconds)) / 16000)


def test_a_faster_clip_is_shorter_and_higher_and_its_words_move_with_it():
    samples = (tone(1000) * 8000).astype(np.int16)
    clip = Clip('c', 's', samples, (Word('go', 0.5, 1.0),), timed=False)
    faster = augmentation.at_another_speed(np.random.default_rng(3), clip)
    speed = len(clip.samples) / len(faster.samples)
    assert 1.005 < speed <= augmentation.SPEED_RANGE[1] + 0.001
    peak = np.abs(np.fft.rfft(faster.samples)).argmax() * 16000 / len(faster.samples)
    assert peak == pytest.approx(1000 * speed, rel=0.01)
    assert faster.words[0].start_s == pytest.approx(0.5 / speed, rel=1e-3)


def test_another_vocal_tract_moves_bands_and_keeps_time():
    mel = log_mel(tone(1500).astype(np.float32) * 0.1).T
    moves = []
    for seed in range(8):
        warped = augmentation.other_vocal_tract(np.random.default_rng(seed), mel)
        assert warped.shape == mel.shape
        moves.append(int(warped.mean(1).argmax()) - int(mel.mean(1).argmax()))
    assert min(moves) < 0 < max(moves)
    assert max(map(abs, moves)) <= 5


def test_held_frames_repeat_the_one_before_and_nothing_else():
    crops = np.arange(75, dtype=np.uint8)[:, None, None] * np.ones((1, 4, 4), np.uint8)
    held = augmentation.held_frames(np.random.default_rng(0), crops)[:, 0, 0].astype(int)
    lag = np.arange(75) - held
    assert 2 <= np.count_nonzero(lag) <= 10
    assert lag.min() == 0
    assert lag.max() <= 10


def test_out_of_step_pictures_are_at_most_two_frames_off():
    crops = np.arange(75, dtype=np.uint8)[:, None, None] * np.ones((1, 4, 4), np.uint8)
    shifts = {
        int(augmentation.out_of_step(np.random.default_rng(seed), crops)[30, 0, 0]) - 30
        for seed in range(40)
    }
    assert shifts == {-2, -1, 0, 1, 2}


def test_the_mask_covers_one_band_and_one_stretch_at_the_mean():
    mel = np.random.default_rng(0).normal(size=(64, 300)).astype(np.float32)
    masked = augmentation.mask(np.random.default_rng(5), mel)
    changed = masked != mel
    bands, frames = changed.all(1), changed.all(0)
    assert 0 < bands.sum() < 10
    assert 0 < frames.sum() < 20
    assert np.allclose(masked[changed], mel.mean(), atol=1e-5)
