# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
import hashlib
from pathlib import Path

import pytest

from av_fusion_ros.signals import face_weights
from av_fusion_ros.signals.face_weights import (
    DETECTION,
    FaceWeightsError,
    WeightFile,
    check_weight_file,
    find_weight_file,
)


def test_the_named_folder_is_the_only_one_searched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('AV_FUSION_FACE_WEIGHTS', str(tmp_path))
    assert list(face_weights.candidate_folders()) == [tmp_path]
    with pytest.raises(FaceWeightsError) as error:
        find_weight_file(DETECTION)
    message = str(error.value)
    assert DETECTION.name in message
    assert str(tmp_path) in message
    assert 'make setup' in message
    assert 'AV_FUSION_FACE_WEIGHTS' in message


def test_installed_folders_come_before_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv('AV_FUSION_FACE_WEIGHTS', raising=False)
    monkeypatch.setenv('AMENT_PREFIX_PATH', str(tmp_path))
    folders = list(face_weights.candidate_folders())
    assert folders[0] == tmp_path / 'share' / 'av_fusion_ros' / 'models' / 'face'
    assert folders[-1] == Path(__file__).resolve().parents[2] / 'models' / 'face'


def test_a_damaged_file_is_named_with_both_sums(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = tmp_path / DETECTION.name
    damaged.write_bytes(b'not a network')
    monkeypatch.setenv('AV_FUSION_FACE_WEIGHTS', str(tmp_path))
    with pytest.raises(FaceWeightsError) as error:
        find_weight_file(DETECTION)
    message = str(error.value)
    assert str(damaged) in message
    assert DETECTION.sha256 in message
    assert hashlib.sha256(b'not a network').hexdigest() in message


def test_a_file_with_the_right_sum_passes(tmp_path: Path) -> None:
    file = tmp_path / 'x.tflite'
    file.write_bytes(b'abc')
    check_weight_file(file, WeightFile('x.tflite', 'x', hashlib.sha256(b'abc').hexdigest()))
