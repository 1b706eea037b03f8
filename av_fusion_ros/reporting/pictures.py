# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Messages with pictures in them, to 8-bit BGR."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.signals.image_decoding import compressed_to_bgr, to_bgr


def picture_of(message: Any) -> NDArray[np.uint8]:
    """Return a sensor_msgs Image or CompressedImage as (h, w, 3); raises ImageFormatError."""
    if not hasattr(message, 'encoding'):
        return compressed_to_bgr(message.data)
    return to_bgr(
        message.data,
        message.height,
        message.width,
        message.step,
        message.encoding,
        bool(message.is_bigendian),
    )
