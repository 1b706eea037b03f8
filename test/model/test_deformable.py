# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The deformable convolution against a naive loop, and against the plain convolution."""

from math import floor

import pytest
import torch
import torch.nn.functional as F

from av_fusion_ros.model.deformable import DeformableConv

BANDS, FRAMES, C_IN, C_OUT = 7, 5, 3, 4


def layer_with_offsets(form, reach_frames=1):
    torch.manual_seed(1)
    layer = DeformableConv(C_IN, C_OUT, BANDS, form, reach_frames=reach_frames).eval()
    for parameter in layer.controls.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return layer.double()


def bilinear(x, row, column):
    """One sample of x (C, F, T) with zeros outside."""
    total = torch.zeros(x.shape[0], dtype=x.dtype)
    for r in (floor(row), floor(row) + 1):
        for c in (floor(column), floor(column) + 1):
            share = (1 - abs(row - r)) * (1 - abs(column - c))
            if 0 <= r < x.shape[1] and 0 <= c < x.shape[2] and share > 0:
                total += share * x[:, r, c]
    return total


def naive(layer, x):
    """Modulated deformable convolution by definition, before the norm; x (C, F, T)."""
    taps, kt = layer.taps, layer.kernel_time
    padded = F.pad(x, (layer.past, 0))
    recent = F.pad(x, (kt - 1, 0))
    controls = layer.controls(recent[None])[0]
    out = torch.zeros(C_OUT, BANDS, FRAMES, dtype=x.dtype)
    for f in range(BANDS):
        for t in range(FRAMES):
            for tap in range(taps):
                row = f + tap // kt - 1 + layer.reach_bands * torch.tanh(controls[tap, f, t])
                column = torch.tensor(float(t + layer.past))
                if kt > 1:
                    shift = layer.reach_frames * torch.tanh(controls[taps + tap, f, t])
                    column = column + tap % kt - (kt - 1) - layer.reach_frames + shift
                modulation = 2 * torch.sigmoid(controls[(kt > 1) * taps + taps + tap, f, t])
                sample = bilinear(padded, float(row), float(column)) * modulation
                out[:, f, t] += layer.weight[:, :, tap // kt, tap % kt] @ sample
    return out


@pytest.mark.parametrize(
    ('form', 'reach_frames'), [('frequency', 1), ('time_frequency', 1), ('time_frequency', 2)]
)
@torch.no_grad()
def test_equals_the_definition(form, reach_frames):
    layer = layer_with_offsets(form, reach_frames)
    x = torch.randn(C_IN, BANDS, FRAMES, dtype=torch.float64)
    y, _ = layer(x[None], layer.initial_state(1).double())
    expected = torch.relu(layer.norm(naive(layer, x)[None]))
    assert expected.abs().max() > 0.1
    assert (y - expected).abs().max() < 1e-9


@torch.no_grad()
def test_without_offsets_is_the_plain_convolution():
    torch.manual_seed(2)
    x = torch.randn(2, C_IN, BANDS, FRAMES)
    layer = DeformableConv(C_IN, C_OUT, BANDS, 'frequency').eval()
    y, _ = layer(x, layer.initial_state(2))
    expected = torch.relu(layer.norm(F.conv2d(x, layer.weight, padding=(1, 0))))
    assert (y - expected).abs().max() < 1e-6


def test_gradients_reach_offsets_and_modulation():
    layer = layer_with_offsets('time_frequency')
    x = torch.randn(1, C_IN, BANDS, FRAMES, dtype=torch.float64)
    y, _ = layer(x, layer.initial_state(1).double())
    y.sum().backward()
    assert layer.controls.weight.grad.abs().sum() > 0


def test_an_unknown_form_is_refused_by_name():
    with pytest.raises(ValueError, match=r'spiral.*frequency, time_frequency, plain'):
        DeformableConv(1, 1, 8, 'spiral')
