# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A dead sense through the real encoders and the engine: the other one has the weight."""

from pathlib import Path

import numpy as np
import pytest

from av_fusion_ros.learning.corpus import Clip, read_samples
from av_fusion_ros.learning.deployed_gate import (
    deployed_weights_left,
    nearly_dark,
    video_paths,
)
from av_fusion_ros.learning.splits import grid_key, part_of
from av_fusion_ros.recognition.backend import open_backend

MODEL = Path(__file__).resolve().parents[2] / 'models' / 'av_fusion.safetensors'


def test_within_half_a_second_the_living_sense_has_the_weight(shared_data):
    grid = shared_data / 'grid'
    path = next(p for p in sorted((grid / 's1').glob('*.align')) if part_of(grid_key(p)) == 'test')
    clip = Clip(path.stem, 's1', read_samples(path.with_suffix('.flac')), ())
    unseen = Clip('no_such_video', 's1', clip.samples, ())
    backend, spec = open_backend(MODEL, 'torch')
    found = deployed_weights_left(backend, spec, [clip, unseen], video_paths(grid))
    assert [(left.event.split(',')[0], left.sense) for left in found] == [
        ('picture black midway', 'audio'),
        ('picture nearly dark midway', 'audio'),
        ('sound dead midway', 'visual'),
    ]
    for left in found:
        assert left.deployed
        assert left.least == left.mean >= 0.87
        assert left.share_enough == 1.0


def test_a_nearly_dark_picture_keeps_a_fiftieth_of_the_light_in_noise():
    dark = nearly_dark(np.full((40, 40, 3), 200, np.uint8))
    assert dark.mean() == pytest.approx(4, abs=0.3)
    assert dark.std() == pytest.approx(2, abs=0.3)
