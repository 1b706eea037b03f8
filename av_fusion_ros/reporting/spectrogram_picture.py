# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A spectrogram as a picture."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.reporting.run import Spectrogram

COLUMNS_PER_S, MOST_COLUMNS = 40, 6000
#: Percent of the spectrogram's values that are below its darkest colour, and above its brightest.
OUT_OF_RANGE = 0.5


def spectrogram_picture(sound: Spectrogram, duration_s: float) -> NDArray[np.uint8]:
    """The spectrogram over the whole run as RGBA (64, columns, 4), transparent where unknown."""
    columns = max(1, min(MOST_COLUMNS, int(duration_s * COLUMNS_PER_S)))
    at = np.floor(sound.time_s / duration_s * columns).astype(int)
    inside = (at >= 0) & (at < columns)
    power = np.full((columns, sound.log_power.shape[1]), -np.inf, np.float32)
    np.maximum.at(power, at[inside], sound.log_power[inside].astype(np.float32))
    known: NDArray[np.bool_] = np.all(np.isfinite(power), axis=1)
    if not known.any():
        return np.zeros((power.shape[1], columns, 4), np.uint8)
    low, high = np.percentile(power[known], (OUT_OF_RANGE, 100 - OUT_OF_RANGE))
    shade = np.clip((power - low) / max(1e-3, high - low), 0, 1)
    grey = np.round(255 * np.where(known[:, None], shade, 0)).astype(np.uint8)
    bgr = cv2.applyColorMap(grey.T[::-1].copy(), cv2.COLORMAP_MAGMA)
    rgba = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGBA)
    rgba[..., 3] = np.where(known, 255, 0)[None]
    return np.asarray(rgba, np.uint8)
