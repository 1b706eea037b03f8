# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The log-mel spectrogram of 16 kHz sound, whole or in pieces of any size."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

SAMPLE_RATE_HZ = 16000
N_FFT = 512
HOP_SAMPLES = 160
N_MELS = 64
FRAMES_PER_HOP = 4  # 4 x 10 ms = one 40 ms feature hop

_WINDOW_SAMPLES = 400
_BEFORE_WINDOW = (N_FFT - _WINDOW_SAMPLES) // 2
#: Samples until a frame is known: the window ends 3.5 ms before the frame, the rest counts nothing.
FRAME_SAMPLES = _BEFORE_WINDOW + _WINDOW_SAMPLES
_LOWEST_HZ, _HIGHEST_HZ = 60.0, 7600.0

# Added to the mel power before the logarithm: about -80 dBFS of white noise in a band, so
# that digital silence is finite and a dead microphone differs from a quiet room.
POWER_FLOOR = 1e-6


def _window() -> NDArray[np.float64]:
    """Periodic Hann window of 25 ms in the middle of a frame, up to its end: (456,)."""
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_WINDOW_SAMPLES) / _WINDOW_SAMPLES)
    return np.pad(hann, (_BEFORE_WINDOW, 0))


def _corners_hz() -> NDArray[np.float64]:
    """Corners of the bands, evenly spaced on the mel scale of HTK (Young et al. 2006): (66,)."""
    lowest, highest = 2595 * np.log10(1 + np.array([_LOWEST_HZ, _HIGHEST_HZ]) / 700)
    return 700 * (10 ** (np.linspace(lowest, highest, N_MELS + 2) / 2595) - 1)


def band_centres_hz() -> NDArray[np.float64]:
    """Centre frequency of each band, (64,)."""
    return _corners_hz()[1:-1]


def _mel_filters() -> NDArray[np.float64]:
    """Triangles on the mel scale: (257, 64)."""
    corners_hz = _corners_hz()
    bins_hz = np.linspace(0, SAMPLE_RATE_HZ / 2, N_FFT // 2 + 1)[:, None]
    widths_hz = np.diff(corners_hz)
    rising = (bins_hz - corners_hz[:-2]) / widths_hz[:-1]
    falling = (corners_hz[2:] - bins_hz) / widths_hz[1:]
    return np.clip(np.minimum(rising, falling), 0, None)


_WINDOW, _FILTERS = _window(), _mel_filters()


class LogMel:
    """Streams samples into log-mel frames; streamed equals whole.

    Frame k covers the samples [160 k, 160 k + 512): no centring, no look ahead. It is returned
    with sample 160 k + 455, as the window is zero from there on. Samples that do not fill a frame
    yet are carried over to the next call.
    """

    def __init__(self) -> None:
        self._carried = np.zeros(0, np.float32)

    def reset(self) -> None:
        """Forget the carried samples."""
        self._carried = np.zeros(0, np.float32)

    def push(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the frames completed by ``samples`` (n,): (frames, 64), natural log of power."""
        buffered = np.concatenate([self._carried, np.asarray(samples, np.float32)])
        n_frames = max(0, (len(buffered) - FRAME_SAMPLES) // HOP_SAMPLES + 1)
        if n_frames == 0:
            self._carried = buffered
            return np.zeros((0, N_MELS), np.float32)
        used = (n_frames - 1) * HOP_SAMPLES + FRAME_SAMPLES
        self._carried = buffered[n_frames * HOP_SAMPLES :]
        frames = sliding_window_view(buffered[:used], FRAME_SAMPLES)[::HOP_SAMPLES]
        power = np.abs(np.fft.rfft(frames * _WINDOW, N_FFT)) ** 2 @ _FILTERS
        return np.log(power + POWER_FLOOR).astype(np.float32)


def log_mel(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Log-mel frames of a whole recording (n,): (frames, 64)."""
    return LogMel().push(samples)
