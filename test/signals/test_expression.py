# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Action units from the mesh of a real face, moved landmark by landmark."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from av_fusion_ros.signals.expression import MEASURES, ActionUnits, Expression, measures
from av_fusion_ros.signals.face_tracker import FaceTracker
from av_fusion_ros.signals.mouth_crop import MOUTH_LEFT, MOUTH_RIGHT, eye_axis

FRAME_NS = 40_000_000
Landmarks = NDArray[np.float32]


@pytest.fixture(scope='module')
def face(grid_frames: list[NDArray[np.uint8]]) -> Landmarks:
    return FaceTracker().track(grid_frames[0], 0)[0].landmarks


def moved(face: Landmarks, moves: dict[int, tuple[float, float]]) -> Landmarks:
    """Landmarks moved right and down by parts of the face's size."""
    changed = face.copy()
    for number, by in moves.items():
        changed[number] += np.float32(eye_axis(face)[1]) * np.array(by, np.float32)
    return changed


def after(expression: Expression, face: Landmarks, first: int, seconds: float) -> ActionUnits:
    units = ActionUnits()
    for k in range(round(seconds * 25)):
        units = expression.push(face, (first + k) * FRAME_NS)
    return units


SMILE = {MOUTH_RIGHT: (-0.07, -0.05), MOUTH_LEFT: (0.07, -0.05)}
FROWN = {107: (0.02, 0.04), 105: (0.0, 0.04), 336: (-0.02, 0.04), 334: (0.0, 0.04)}
PRESSED = {0: (0.0, 0.04), 17: (0.0, -0.04)}
WIDE = {159: (0.0, -0.03), 386: (0.0, -0.03)}


@pytest.mark.parametrize(
    ('moves', 'unit'), [(SMILE, 'smile'), (FROWN, 'brow'), (PRESSED, 'press'), (WIDE, 'lids')]
)
def test_each_movement_raises_its_own_action_unit_alone(
    face: Landmarks, moves: dict[int, tuple[float, float]], unit: str
) -> None:
    expression = Expression()
    after(expression, face, 0, 8)
    units = after(expression, moved(face, moves), 200, 2)
    others = {'smile', 'brow', 'press', 'lids'} - {unit}
    assert getattr(units, unit) > 1
    assert all(getattr(units, other) < 0.5 for other in others)


def test_the_opposite_movement_is_no_action_unit(face: Landmarks) -> None:
    expression = Expression()
    after(expression, face, 0, 8)
    sad = moved(face, {MOUTH_RIGHT: (0.05, 0.05), MOUTH_LEFT: (-0.05, 0.05)})
    assert after(expression, sad, 200, 2).smile == 0


def test_a_face_is_unknown_until_its_usual_look_is(face: Landmarks) -> None:
    expression = Expression()
    assert np.isnan(after(expression, face, 0, 3.9).smile)
    assert after(expression, face, 98, 0.2).smile == pytest.approx(0, abs=1e-6)


def test_a_look_that_lasts_becomes_the_usual_one(face: Landmarks) -> None:
    expression = Expression()
    after(expression, face, 0, 8)
    smiling = moved(face, SMILE)
    fresh = after(expression, smiling, 200, 2).smile
    assert after(expression, smiling, 250, 120).smile < fresh / 2


def test_a_single_syllable_is_no_smile(face: Landmarks) -> None:
    expression = Expression()
    after(expression, face, 0, 8)
    assert after(expression, moved(face, SMILE), 200, 0.2).smile < 0.5


def test_after_a_gap_the_old_look_does_not_linger(face: Landmarks) -> None:
    expression = Expression()
    after(expression, face, 0, 8)
    after(expression, moved(face, SMILE), 200, 2)
    assert expression.push(face, 500 * FRAME_NS).smile < 0.5


def test_size_place_and_roll_of_the_head_change_no_measure(face: Landmarks) -> None:
    turn = np.deg2rad(20)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]], np.float32)
    elsewhere = (2.5 * face @ rotation.T + np.float32([40, -30])).astype(np.float32)
    np.testing.assert_allclose(measures(elsewhere), measures(face), atol=1e-3)
    assert measures(face).shape == (len(MEASURES),)
