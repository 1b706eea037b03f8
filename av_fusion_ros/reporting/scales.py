# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Round numbers for scales, and times as people write them."""

from __future__ import annotations

import numpy as np

TICK_STEPS_S = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
TICK_EVERY_PX = 90.0


def tick_times(duration_s: float, px_per_s: float) -> list[float]:
    """Round times, far enough apart to be read."""
    step = next((s for s in TICK_STEPS_S if s * px_per_s >= TICK_EVERY_PX), TICK_STEPS_S[-1])
    return np.arange(0, duration_s, step).tolist()


def clock(time_s: float, decimals: int = 0) -> str:
    """A time of the run: 7 s, 1:07 or 1:01:07."""
    if time_s < 60:
        return f'{time_s:.{decimals}f} s' if time_s % 1 == 0 or decimals else f'{time_s:.1f} s'
    minutes, seconds = divmod(time_s, 60)
    width = 3 + decimals if decimals else 2
    rest = f'{seconds:0{width}.{decimals}f}'
    hours, minutes = divmod(int(minutes), 60)
    return f'{hours}:{minutes:02d}:{rest}' if hours else f'{minutes}:{rest}'


def nice_steps(high: float, most: int) -> list[float]:
    """Round numbers 0, s, 2 s, ... up to ``high``, at most ``most`` of them after 0."""
    step = 10 ** np.floor(np.log10(high / most))
    step = next(step * k for k in (1, 2, 5, 10) if high / (step * k) <= most)
    return np.arange(0, high * 1.0001, step).tolist()
