# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Change of sampling rate in a stream, exact in time and independent of block sizes."""

from __future__ import annotations

from math import ceil, gcd

import numpy as np
from numpy.typing import NDArray

MIN_RATE_HZ, MAX_RATE_HZ = 4000, 384000
_ZERO_CROSSINGS = 40  # of the sinc on each side: the transition band's width
_ROLLOFF = 0.96  # pass band edge over the lower Nyquist frequency
_KAISER_BETA = 9.0  # about 90 dB of stop band
# Rates in use need 640 phases at most (11025 Hz); 44101 Hz would need 16000, and seconds and
# hundreds of megabytes to make them. So few are 60 dB exact at the highest frequency.
_MAX_PHASES = 2048


class ResamplingError(ValueError):
    """A sampling rate that cannot be converted."""


def _filter_bank(phases: int, ratio: float) -> NDArray[np.float32]:
    """Kaiser-windowed sinc, one row of taps for each output phase: (phases, taps).

    Row p holds the weights of the inputs around the output at input position p / phases, from
    ``-half`` to ``half``; ``ratio`` of output to input rate. Smith 2002, 'Digital Audio
    Resampling'.
    """
    cutoff = _ROLLOFF * min(1.0, ratio)  # of the input's Nyquist frequency
    half = ceil(_ZERO_CROSSINGS / cutoff)
    position = np.arange(-half, half + 1) - np.arange(phases)[:, None] / phases
    window = np.i0(_KAISER_BETA * np.sqrt(np.clip(1 - (position / (half + 1)) ** 2, 0, 1)))
    taps = np.sinc(cutoff * position) * window
    # Unit gain at 0 Hz in every phase, so that a constant stays constant.
    return np.asarray(taps / taps.sum(axis=1, keepdims=True), np.float32)


class StreamingResampler:
    """Converts a stream block by block; the blocks' sizes make no difference.

    Output sample k stands at the time of input position k * rate_in / rate_out (of rates that no
    device has, to 1 / 2048 of an input sample): the filter has no delay, it waits for
    ``latency_samples`` of later input instead. Before the first sample is silence.

    Raises:
        ResamplingError: a rate outside 4 to 384 kHz or not a whole number.
    """

    def __init__(self, rate_in_hz: int, rate_out_hz: int = 16000) -> None:
        for rate in (rate_in_hz, rate_out_hz):
            if rate != int(rate) or not MIN_RATE_HZ <= rate <= MAX_RATE_HZ:
                raise ResamplingError(
                    f'sampling rate {rate} Hz; accepted are whole rates from {MIN_RATE_HZ} to '
                    f'{MAX_RATE_HZ} Hz. Correct the rate that the source states'
                )
        common = gcd(int(rate_in_hz), int(rate_out_hz))
        self._up, self._down = int(rate_out_hz) // common, int(rate_in_hz) // common
        self.rate_in_hz, self.rate_out_hz = int(rate_in_hz), int(rate_out_hz)
        self._unchanged = self._up == self._down
        self._phases = min(self._up, _MAX_PHASES)
        self._bank = (
            np.ones((1, 1), np.float32)
            if self._unchanged
            else _filter_bank(self._phases, self._up / self._down)
        )
        self._half: int = self._bank.shape[1] // 2
        self.reset()

    @property
    def latency_samples(self) -> int:
        """Input samples after an output's own position that it waits for."""
        return self._half

    @property
    def n_in(self) -> int:
        """Input samples taken since the last reset."""
        return self._n_in

    @property
    def n_out(self) -> int:
        """Output samples given since the last reset."""
        return self._n_out

    def reset(self) -> None:
        """Forget the carried samples and start at time 0."""
        self._n_in = 0
        self._n_out = 0
        self._carried = np.zeros(self._half, np.float32)  # the silence before the stream
        self._carried_from = -self._half  # input position of _carried[0]

    def push(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the output samples (m,) that the input samples (n,) complete."""
        block = np.asarray(samples, np.float32)
        self._n_in += len(block)
        if self._unchanged:
            self._n_out += len(block)
            return block
        buffered = np.concatenate([self._carried, block])
        # The newest output has its position + half inside the input: k * down / up + half < n_in.
        ready = max(0, -(-(self._n_in - self._half) * self._up // self._down))
        k = np.arange(self._n_out, ready)
        position = k * self._down // self._up
        phase = k * self._down % self._up * self._phases // self._up
        out = buffered[:0]
        if k.size:
            windows = np.lib.stride_tricks.sliding_window_view(buffered, 2 * self._half + 1)
            start = position - self._half - self._carried_from
            out = np.einsum('kt,kt->k', windows[start], self._bank[phase])
        self._n_out = max(self._n_out, ready)
        next_needed = self._n_out * self._down // self._up - self._half
        drop = min(max(0, next_needed - self._carried_from), len(buffered))
        self._carried = buffered[drop:]
        self._carried_from += drop
        return np.asarray(out, np.float32)

    def flush(self) -> NDArray[np.float32]:
        """Return the samples still waiting, as if silence followed, and reset.

        With it the whole output has ceil(n_in * rate_out / rate_in) samples.
        """
        n_in = self._n_in
        wanted = -(-n_in * self._up // self._down) - self._n_out
        tail = self.push(np.zeros(self._half, np.float32))[:wanted]
        self.reset()
        return tail


def resample(
    samples: NDArray[np.float32], rate_in_hz: int, rate_out_hz: int = 16000
) -> NDArray[np.float32]:
    """Convert a whole recording (n,) to (ceil(n * rate_out / rate_in),); raises ResamplingError."""
    stream = StreamingResampler(rate_in_hz, rate_out_hz)
    return np.concatenate([stream.push(samples), stream.flush()])
