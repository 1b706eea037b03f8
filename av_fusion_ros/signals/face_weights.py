# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Where the face networks' weight files are, and whether they are the right ones.

The two files come out of the mediapipe 0.10.21 wheel (Apache-2.0) at set-up; they are not part
of this package's source.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from av_fusion_ros.signals.share_folders import share_folders

MEDIAPIPE_REQUIREMENT = 'mediapipe==0.10.21'  # later wheels no longer hold these files
FOLDER_VARIABLE = 'AV_FUSION_FACE_WEIGHTS'


class FaceWeightsError(ValueError):
    """A face weight file is missing or is not the expected one."""


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One weight file: its name, its place inside the mediapipe wheel and its SHA-256."""

    name: str
    wheel_member: str
    sha256: str


DETECTION = WeightFile(
    'face_detection_short_range.tflite',
    'mediapipe/modules/face_detection/face_detection_short_range.tflite',
    'bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8',
)
LANDMARKS = WeightFile(
    'face_landmark.tflite',
    'mediapipe/modules/face_landmark/face_landmark.tflite',
    '1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814',
)
WEIGHT_FILES = (DETECTION, LANDMARKS)


def candidate_folders() -> Iterator[Path]:
    """Yield the folders searched: the variable's alone if set, else installed ones and checkout."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        yield Path(named)
        return
    for share in share_folders():
        yield share / 'models' / 'face'
    yield Path(__file__).resolve().parents[2] / 'models' / 'face'


def check_weight_file(path: Path, expected: WeightFile) -> None:
    """Raise ``FaceWeightsError`` unless the file at ``path`` has the expected SHA-256."""
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != expected.sha256:
        raise FaceWeightsError(
            f'{path} is not the {expected.name} of {MEDIAPIPE_REQUIREMENT}: its SHA-256 is '
            f'{found}, expected {expected.sha256}. Delete it and run the set-up again (make setup).'
        )


def find_weight_file(wanted: WeightFile) -> Path:
    """Return the path of a weight file whose SHA-256 has been checked.

    Raises:
        FaceWeightsError: no searched folder holds the file, or the first one found is damaged.
    """
    folders = list(candidate_folders())
    for folder in folders:
        path = folder / wanted.name
        if path.is_file():
            check_weight_file(path, wanted)
            return path
    raise FaceWeightsError(
        f'face weights {wanted.name} not found in {", ".join(map(str, folders))}. '
        f'Run the set-up (make setup), which takes them out of the {MEDIAPIPE_REQUIREMENT} wheel, '
        f'or name their folder in ${FOLDER_VARIABLE}.'
    )
