# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The log-mel spectrogram of 16 kHz sound, whole or in pieces of any size."""

from __future__ import annotations

import numpy as np
import torch
import torchaudio
from numpy.typing import NDArray

SAMPLE_RATE_HZ = 16000
N_FFT = 512
HOP_SAMPLES = 160
N_MELS = 64
FRAMES_PER_HOP = 4  # 4 x 10 ms = one 40 ms feature hop

# Added to the mel power before the logarithm: about -80 dBFS of white noise in a band, so
# that digital silence is finite and a dead microphone differs from a quiet room.
POWER_FLOOR = 1e-6


def mel_transform() -> torchaudio.transforms.MelSpectrogram:
    """Mel power, 25 ms Hann window, no centring: frame k covers [160 k, 160 k + 512)."""
    return torchaudio.transforms.MelSpectrogram(
        sample_rate=SAMPLE_RATE_HZ,
        n_fft=N_FFT,
        win_length=400,
        hop_length=HOP_SAMPLES,
        f_min=60.0,
        f_max=7600.0,
        n_mels=N_MELS,
        power=2.0,
        center=False,
        norm=None,
        mel_scale='htk',
    )


class LogMel:
    """Streams samples into log-mel frames; streamed equals whole.

    Samples that do not fill a frame yet are carried over to the next call.
    """

    def __init__(self) -> None:
        self._transform = mel_transform()
        self._carried = np.zeros(0, np.float32)

    def reset(self) -> None:
        """Forget the carried samples."""
        self._carried = np.zeros(0, np.float32)

    def push(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the frames completed by ``samples`` (n,): (frames, 64), natural log of power."""
        buffered = np.concatenate([self._carried, np.asarray(samples, np.float32)])
        n_frames = max(0, (len(buffered) - N_FFT) // HOP_SAMPLES + 1)
        if n_frames == 0:
            self._carried = buffered
            return np.zeros((0, N_MELS), np.float32)
        used = (n_frames - 1) * HOP_SAMPLES + N_FFT
        self._carried = buffered[n_frames * HOP_SAMPLES :]
        with torch.inference_mode():
            power = self._transform(torch.from_numpy(buffered[:used]))
            frames: NDArray[np.float32] = torch.log(power + POWER_FLOOR).T.contiguous().numpy()
        return frames


def log_mel(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Log-mel frames of a whole recording (n,): (frames, 64)."""
    return LogMel().push(samples)
