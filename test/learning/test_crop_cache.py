# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import numpy as np
import pytest

from av_fusion_ros.learning.crop_cache import VideoError, cache_crops, load_clip_crops, read_frames
from av_fusion_ros.signals import face_weights


@pytest.fixture
def clip(shared_data: Path) -> Path:
    try:
        for file in face_weights.WEIGHT_FILES:
            face_weights.find_weight_file(file)
    except face_weights.FaceWeightsError as error:
        pytest.skip(str(error))
    clips = sorted((shared_data / 'grid' / 's1').glob('*.mp4'))
    if not clips:
        pytest.skip('no GRID clips')
    return clips[0]


def test_a_clip_is_cached_once_and_read_back(clip: Path, tmp_path: Path) -> None:
    assert cache_crops([clip], tmp_path, size_px=64, n_processes=1) == {clip.stem: 1.0}
    stored = load_clip_crops(tmp_path / f'{clip.stem}.npz')
    n = len(list(read_frames(clip)))
    assert stored.crops.shape == (n, 64, 64)
    assert stored.crops.dtype == np.uint8
    assert stored.found.all()
    assert np.isfinite(stored.mouth_opening).all()
    assert np.unique(np.diff(stored.stamp_ns)).tolist() == [40_000_000]
    assert [path.name for path in tmp_path.iterdir()] == [f'{clip.stem}.npz']
    assert cache_crops([clip], tmp_path, n_processes=1) == {}


def test_what_is_no_video_is_named(tmp_path: Path) -> None:
    fake = tmp_path / 'fake.mp4'
    fake.write_text('no video')
    with pytest.raises(VideoError, match=r'fake\.mp4 cannot be read as a video'):
        list(read_frames(fake))
