# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Deformable convolution of the spectrogram, causal in time, in plain torch.

Modulated deformable convolution (DCNv2, Zhu et al. 2019, arXiv 1811.11168) with bounded
offsets, in two forms:

- ``frequency``: three taps that slide along frequency alone. The interpolation is written
  with hat functions over the integer shifts, so it needs no gather, has no time support and
  streams exactly. 1.7 times the cost of the plain convolution.
- ``time_frequency``: 3 x 3 taps that slide along frequency and time, sampled
  bilinearly. About 20 times the cost of the plain convolution.

``plain`` is the same layer without offsets and modulation: the ablation's control.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from av_fusion_ros.model.specification import FORMS as FORMS


def sample_bands(padded: Tensor, offset: Tensor, first: int, reach: int) -> Tensor:
    """Sample ``padded`` (B, C, F', T) at band first + f + offset (B, F, T), |offset| <= reach.

    Linear interpolation, as a sum of integer shifts weighted by hat functions.
    """
    bands = offset.shape[1]
    sampled = torch.zeros_like(padded[:, :, :bands])
    for shift in range(-reach, reach + 1):
        hat = (1 - (offset - shift).abs()).clamp_min(0)
        sampled = sampled + padded[:, :, first + shift : first + shift + bands] * hat[:, None]
    return sampled


class DeformableConv(nn.Module):
    """Deformable 3 x kt convolution, batch norm, ReLU: (B, C, F, T) to (B, C', F, T).

    Raises ValueError for an unknown form.
    """

    def __init__(
        self,
        c_in: int,
        c_out: int,
        bands: int,
        form: str = 'frequency',
        reach_bands: int = 2,
        reach_frames: int = 1,
    ) -> None:
        super().__init__()
        if form not in FORMS:
            raise ValueError(f'deformable form {form!r} is not one of {", ".join(FORMS)}')
        self.form, self.c_in, self.bands = form, c_in, bands
        self.reach_bands, self.reach_frames = reach_bands, reach_frames
        self.kernel_time = 3 if form == 'time_frequency' else 1
        self.taps = 3 * self.kernel_time
        # What the newest output can reach back to: the taps, and their shift into the past.
        self.past = self.kernel_time - 1 + (2 * reach_frames if form == 'time_frequency' else 0)
        self.weight = nn.Parameter(torch.empty(c_out, c_in, 3, self.kernel_time))
        nn.init.kaiming_normal_(self.weight, nonlinearity='relu')
        self.norm = nn.BatchNorm2d(c_out)
        if form != 'plain':
            per_tap = 3 if form == 'time_frequency' else 2
            self.controls = nn.Conv2d(
                c_in, per_tap * self.taps, (3, self.kernel_time), padding=(1, 0)
            )
            # Starts as the plain convolution: no offset, modulation 2 * sigmoid(0) = 1.
            nn.init.zeros_(self.controls.weight)
            nn.init.zeros_(self.controls.bias)  # type: ignore[arg-type]

    def initial_state(self, batch: int) -> Tensor:
        """Zero frames (B, C, F, past)."""
        shape = (batch, self.c_in, self.bands, self.past)
        return torch.zeros(shape, device=self.weight.device)

    def forward(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        if self.form == 'time_frequency':
            padded = torch.cat((state, x), 3)
            y = self._time_frequency(padded, x.shape[3])
            return torch.relu(self.norm(y)), padded[..., -self.past :]
        plain = self.form == 'plain'
        y = F.conv2d(x, self.weight, padding=(1, 0)) if plain else self._frequency(x)
        return torch.relu(self.norm(y)), state

    def _frequency(self, x: Tensor) -> Tensor:
        controls = self.controls(x)
        offsets = self.reach_bands * torch.tanh(controls[:, : self.taps])
        modulation = 2 * torch.sigmoid(controls[:, self.taps :])
        margin = 1 + self.reach_bands  # one band for the outer taps, the rest for their offsets
        padded = F.pad(x, (0, 0, margin, margin))
        taps = [
            sample_bands(padded, offsets[:, tap], self.reach_bands + tap, self.reach_bands)
            * modulation[:, tap][:, None]
            for tap in range(self.taps)
        ]
        stacked = torch.stack(taps, 2)  # (B, C, taps, F, T)
        return torch.einsum('bckft,ock->boft', stacked, self.weight[..., 0])

    def _time_frequency(self, padded: Tensor, n_frames: int) -> Tensor:
        batch, channels, bands, total = padded.shape
        recent = padded[..., total - n_frames - (self.kernel_time - 1) :]
        controls = self.controls(recent)
        k = self.taps
        rows = self.reach_bands * torch.tanh(controls[:, :k])
        columns = self.reach_frames * torch.tanh(controls[:, k : 2 * k])
        modulation = 2 * torch.sigmoid(controls[:, 2 * k :])
        tap = torch.arange(k, device=padded.device)
        f = torch.arange(bands, device=padded.device, dtype=padded.dtype)
        t = torch.arange(n_frames, device=padded.device, dtype=padded.dtype) + self.past
        row = rows + f[None, None, :, None] + (tap // self.kernel_time - 1)[None, :, None, None]
        # The taps rest reach_frames in the past: pulled forward they still see no future.
        rest = tap % self.kernel_time - (self.kernel_time - 1) - self.reach_frames
        column = columns + t + rest[None, :, None, None]
        grid = torch.stack(
            (column * (2.0 / max(total - 1, 1)) - 1, row * (2.0 / (bands - 1)) - 1), -1
        )
        sampled = F.grid_sample(
            padded, grid.view(batch, k * bands, n_frames, 2), align_corners=True
        ).view(batch, channels, k, bands, n_frames)
        sampled = sampled * modulation[:, None]
        return torch.einsum('bckft,ock->boft', sampled, self.weight.flatten(2))
