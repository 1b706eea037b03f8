# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Frames as they go over the air: JPEG, bounded on both ends.

A compressed picture is a program for its decoder. Only baseline JPEG is taken: a progressive one
may go over the whole picture thousands of times within 64 kB. Its size is read before anything
is decoded.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.signals.image_decoding import ImageFormatError, compressed_to_bgr

MAX_JPEG_BYTES = 65536  # of V2xVisual.jpeg
MAX_PIXELS = 1280 * 960
_QUALITIES = (88, 75, 55, 30)

_MARKER = 0xFF
_BASELINE = (0xC0, 0xC1)  # SOF0 and SOF1: sequential, Huffman-coded
_SKIPPED = (0xC4, 0xDB, 0xDD, *range(0xE0, 0xF0), 0xFE)  # tables, applications, comments
_START_OF_SCAN = b'\xff\xda'
_MAX_SCANS = 3  # one for each colour


class RoadsideFrameError(ValueError):
    """A picture that cannot be sent, or must not be decoded."""


def encode_frame(image: NDArray[np.uint8]) -> bytes:
    """JPEG of (h, w, 3) BGR at the best quality that fits V2xVisual.

    Raises RoadsideFrameError when it fits at none, or has too many pixels for a receiver.
    """
    height, width = image.shape[:2]
    if height * width <= MAX_PIXELS:
        for quality in _QUALITIES:
            done, data = cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, quality])
            if done and data.size <= MAX_JPEG_BYTES:
                return data.tobytes()
    raise RoadsideFrameError(
        f'a picture of {width}x{height} px does not go over the air: at most {MAX_PIXELS} px and '
        f'{MAX_JPEG_BYTES} bytes as JPEG; make it smaller'
    )


def decode_frame(jpeg: bytes) -> NDArray[np.uint8]:
    """The picture (h, w, 3) uint8 BGR in a baseline JPEG of a bounded size.

    Raises RoadsideFrameError for anything else; it costs no more than a header to find out.
    """
    width, height = _baseline_size(jpeg)
    if not 0 < width * height <= MAX_PIXELS:
        raise RoadsideFrameError(f'a frame of {width}x{height} px; accepted are 1 to {MAX_PIXELS}')
    # Within a scan 0xFF is followed by 0, so this counts scans, and at worst too many.
    if jpeg.count(_START_OF_SCAN) > _MAX_SCANS:
        raise RoadsideFrameError(f'a frame of more than {_MAX_SCANS} scans')
    try:
        picture = compressed_to_bgr(jpeg)
    except ImageFormatError as error:
        raise RoadsideFrameError(str(error)) from error
    if picture.shape[:2] != (height, width):
        raise RoadsideFrameError('a frame with two headers')
    return picture


def _baseline_size(jpeg: bytes) -> tuple[int, int]:
    """Width and height of the first frame header (ITU-T T.81, annex B)."""
    at = 2
    while jpeg[:2] == b'\xff\xd8' and at + 9 <= len(jpeg) and jpeg[at] == _MARKER:
        marker, length = jpeg[at + 1], int.from_bytes(jpeg[at + 2 : at + 4], 'big')
        if marker == _MARKER:  # fill byte
            at += 1
            continue
        if marker in _BASELINE:
            height = int.from_bytes(jpeg[at + 5 : at + 7], 'big')
            return int.from_bytes(jpeg[at + 7 : at + 9], 'big'), height
        # Only what the decoder walks over in the same way: it must not find another header.
        if marker not in _SKIPPED or length < 2:
            break
        at += 2 + length
    raise RoadsideFrameError('a frame that is no baseline JPEG')
