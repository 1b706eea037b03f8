# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Blocks of sound, as they happen to arrive, to one unbroken 16 kHz timeline."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.signals.resampling import StreamingResampler
from av_fusion_ros.signals.stamp_filter import StampFilter

RATE_HZ = 16000
_REMEMBERED_FILLS = 64


class AudioClockError(ValueError):
    """A block that cannot be placed on a timeline."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The timeline's next samples.

    ``samples`` (m,) float32 at 16 kHz continue the stretch before, unless ``reset``: then the
    timeline starts anew and everything carried over must be forgotten first. ``missing`` (m,)
    marks samples that never came and are silence instead. ``stamp_ns`` is the capture time of the
    last sample (of the newest one so far when m is 0).
    """

    samples: NDArray[np.float32]
    missing: NDArray[np.bool_]
    stamp_ns: int
    reset: bool = False

    @property
    def start_ns(self) -> int:
        """Capture time of the first sample."""
        return self.stamp_ns - round(max(0, len(self.samples) - 1) * 1e9 / RATE_HZ)


@dataclass(slots=True)
class ClockCounts:
    """What was wrong with the stream since the start; samples are at the source's rate."""

    blocks: int = 0
    gaps: int = 0
    filled_samples: int = 0
    duplicate_blocks: int = 0  # brought only samples that were already there
    late_blocks: int = 0  # came after their place had been filled with silence
    overlapping_samples: int = 0  # dropped from the head of blocks that overlapped
    doubtful_stamps: int = 0  # far from where the sample count says; not used
    resets: int = 0


@dataclass(slots=True)
class _Timeline:
    resampler: StreamingResampler
    stamps: StampFilter
    next_index: int | None
    doubtful_samples: int = 0
    fills: deque[tuple[int, int]] = field(
        default_factory=lambda: deque(maxlen=_REMEMBERED_FILLS)
    )  # input positions filled with silence, [start, end)


class AudioClock:
    """Places blocks on a timeline by their sample numbers, or by their stamps where they have none.

    A gap up to ``max_gap_s`` is filled with silence. The timeline starts anew (``reset``) on a
    longer gap, a jump back in time, a restarted source, a new sampling rate, and when stamps
    contradict the sample numbers for ``patience_s``. Without sample numbers a stamp must be off
    by ``tolerance_s`` to mean a gap or an overlap, so shorter ones go unseen.
    """

    def __init__(
        self, max_gap_s: float = 1.0, tolerance_s: float = 0.08, patience_s: float = 0.3
    ) -> None:
        self._max_gap_ns = max_gap_s * 1e9
        self._tolerance_ns = tolerance_s * 1e9
        self._patience_s = patience_s
        self._line: _Timeline | None = None
        self.counts = ClockCounts()

    @property
    def drift_ppm(self) -> float:
        """Sound card clock against stamp clock, in millionths; NaN before the first block."""
        return self._line.stamps.drift_ppm if self._line is not None else float('nan')

    def reset(self) -> None:
        """Forget the timeline; the next block starts one without saying so. Counts stay."""
        self._line = None

    def push(
        self,
        samples: NDArray[np.float32],
        rate_hz: int,
        stamp_ns: int,
        first_sample: int | None = None,
    ) -> Stretch:
        """Take one block and return what it adds to the timeline.

        Args:
            samples: (n,) mono.
            rate_hz: the block's sampling rate.
            stamp_ns: capture time of the block's last sample.
            first_sample: number of the block's first sample since the source started.

        Raises:
            AudioClockError: samples that are not one channel, or a negative sample number.
            ResamplingError: a rate that cannot be converted.
        """
        block = np.asarray(samples, np.float32)
        if block.ndim != 1 or (first_sample is not None and first_sample < 0):
            raise AudioClockError(
                f'block of shape {block.shape} with first sample {first_sample}; accepted are '
                'mono samples (n,) and sample numbers from 0. Mix the channels down first'
            )
        self.counts.blocks += 1
        line = self._line
        if line is None or line.resampler.rate_in_hz != rate_hz:
            return self._start(block, rate_hz, stamp_ns, first_sample)
        if not len(block):
            return self._stretch(line, block)
        skip = self._samples_skipped(line, len(block), stamp_ns, first_sample)
        if skip is None:
            return self._start(block, rate_hz, stamp_ns, first_sample)
        if skip + len(block) <= 0:
            self._count_old(line, skip, len(block))
            return self._stretch(line, block[:0])
        return self._append(line, block, skip, stamp_ns, first_sample)

    def _samples_skipped(
        self, line: _Timeline, n: int, stamp_ns: int, first_sample: int | None
    ) -> int | None:
        """Samples between the timeline's end and the block, < 0 for overlap; None = start anew."""
        if first_sample is None or line.next_index is None:
            error = line.stamps.error_ns(stamp_ns, n)
            if abs(error) > self._max_gap_ns:
                return None
            if abs(error) <= self._tolerance_ns:
                return 0
            return round(error / line.stamps.period_ns)
        skip = first_sample - line.next_index
        newer = stamp_ns > line.stamps.time_ns(0)
        restarted = skip + n <= 0 and newer  # old numbers at a new time
        # Far back is a recording that begins again, with the very numbers and stamps it had.
        back = -(skip + n)
        too_long = max(skip, back) * line.stamps.period_ns > self._max_gap_ns
        # Where the numbers go on, one stamp alone shows no jump: it may be wrong.
        jumped = skip != 0 and abs(line.stamps.error_ns(stamp_ns, skip + n)) > self._max_gap_ns
        return None if restarted or too_long or jumped else skip

    def _count_old(self, line: _Timeline, skip: int, n: int) -> None:
        start = line.resampler.n_in + skip
        if any(start < end and begin < start + n for begin, end in line.fills):
            self.counts.late_blocks += 1
        else:
            self.counts.duplicate_blocks += 1

    def _start(
        self, block: NDArray[np.float32], rate_hz: int, stamp_ns: int, first_sample: int | None
    ) -> Stretch:
        restart = self._line is not None
        resampler = StreamingResampler(rate_hz, RATE_HZ)
        following = None if first_sample is None else first_sample + len(block)
        line = _Timeline(resampler, StampFilter(stamp_ns, rate_hz), following)
        self._line = line
        self.counts.resets += restart
        return self._stretch(line, block, reset=restart)

    def _append(
        self,
        line: _Timeline,
        block: NDArray[np.float32],
        skip: int,
        stamp_ns: int,
        first_sample: int | None,
    ) -> Stretch:
        added = skip + len(block)
        error: float | None = line.stamps.error_ns(stamp_ns, added)
        if error is not None and abs(error) > self._tolerance_ns:
            error = None
            self.counts.doubtful_stamps += 1
            line.doubtful_samples += added
            if line.doubtful_samples > self._patience_s * line.resampler.rate_in_hz:
                return self._start(block, line.resampler.rate_in_hz, stamp_ns, first_sample)
        else:
            line.doubtful_samples = 0
        line.stamps.advance(added, error)
        line.next_index = None if first_sample is None else first_sample + len(block)
        if skip > 0:
            position = line.resampler.n_in
            line.fills.append((position, position + skip))
            self.counts.gaps += 1
            self.counts.filled_samples += skip
            block = np.concatenate([np.zeros(skip, np.float32), block])
        elif skip < 0:
            self.counts.overlapping_samples -= skip
            block = block[-skip:]
        return self._stretch(line, block)

    def _stretch(self, line: _Timeline, block: NDArray[np.float32], reset: bool = False) -> Stretch:
        resampler = line.resampler
        before = resampler.n_out
        samples = resampler.push(block)
        ratio = resampler.rate_in_hz / RATE_HZ
        positions = np.arange(before, resampler.n_out) * ratio
        missing = np.zeros(len(samples), bool)
        for begin, end in line.fills:
            missing |= (positions >= begin) & (positions < end)
        newest = max(0, resampler.n_out - 1) * ratio
        stamp_ns = line.stamps.time_ns(resampler.n_in - 1 - newest)
        return Stretch(samples, missing, stamp_ns, reset)
