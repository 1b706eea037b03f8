# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Alignment metrics against cases whose answer is known."""

import numpy as np
import pytest

from av_fusion_ros.learning.alignment_metrics import (
    active_units,
    centred,
    cosine_gap,
    cosines,
    linear_cka,
    recall_at_one,
)


@pytest.fixture
def x():
    return np.random.default_rng(0).standard_normal((200, 12))


def rotation(size):
    return np.linalg.qr(np.random.default_rng(1).standard_normal((size, size)))[0]


def test_every_window_finds_itself_and_half_of_them_when_half_are_swapped(x):
    assert recall_at_one(x, x) == 1.0
    swapped = x.copy()
    swapped[:100] = x[:100][::-1]
    assert recall_at_one(x, swapped) == 0.5


def test_recall_has_a_direction():
    heard = np.array([[1.0, 0.0], [0.0, 1.0]])
    seen = np.array([[1.0, 0.0], [1.0, 0.1]])
    assert recall_at_one(heard, seen) == 1.0
    assert recall_at_one(seen, heard) == 0.5


def test_embeddings_that_are_all_alike_find_nothing():
    assert recall_at_one(np.ones((5, 3)), np.ones((5, 3))) == 0.0


def test_unrelated_windows_are_found_by_chance():
    rng = np.random.default_rng(2)
    found = [
        recall_at_one(rng.standard_normal((50, 64)), rng.standard_normal((50, 64)))
        for _ in range(60)
    ]
    assert np.mean(found) == pytest.approx(1 / 50, abs=0.01)


def test_cka_is_one_up_to_rotation_scale_and_shift_and_near_zero_for_the_unrelated(x):
    assert linear_cka(x, 3 * x @ rotation(12) + 5) == pytest.approx(1.0)
    other = np.random.default_rng(3).standard_normal((2000, 4))
    assert linear_cka(np.random.default_rng(4).standard_normal((2000, 4)), other) < 0.01
    assert linear_cka(x, np.ones((200, 3))) == 0.0


def test_cka_agrees_with_its_definition_by_kernels(x):
    y = x[:, :5] + np.random.default_rng(5).standard_normal((200, 5))
    centring = np.eye(200) - 1 / 200

    def hsic(k, m):
        return np.trace(k @ centring @ m @ centring)

    kernel_x, kernel_y = x @ x.T, y @ y.T
    expected = hsic(kernel_x, kernel_y) / np.sqrt(
        hsic(kernel_x, kernel_x) * hsic(kernel_y, kernel_y)
    )
    assert linear_cka(x, y) == pytest.approx(expected)


def test_the_gap_is_matched_less_unmatched_cosine():
    x = np.array([[1.0, 0.0], [0.0, 2.0]])
    assert cosine_gap(x, x) == pytest.approx(1.0)
    assert cosine_gap(x, x[::-1]) == pytest.approx(-1.0)
    assert cosine_gap(x, np.ones((2, 2))) == pytest.approx(0.0)


def test_a_common_offset_raises_every_cosine_until_it_is_taken_off(x):
    shifted = x + 100
    assert cosines(shifted, shifted).min() > 0.9
    assert np.allclose(centred(shifted), centred(x))


def test_collapsed_units_are_not_counted(x):
    means = x.copy()
    means[:, :5] = 0.3 + 1e-3 * means[:, :5]
    assert active_units(x) == 12
    assert active_units(means) == 7
