# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Pictures as cameras send them, raw or compressed, to 8-bit BGR."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

MAX_SIDE_PX = 8192


class ImageFormatError(ValueError):
    """A picture whose bytes do not fit its description, or of a kind that is not understood."""


# Encoding of sensor_msgs/Image -> (bytes per pixel, OpenCV conversion to BGR or None).
# 16-bit kinds are reduced to their upper byte first, as cv_bridge does.
_ENCODINGS: dict[str, tuple[int, int | None]] = {
    'bgr8': (3, None),
    '8UC3': (3, None),
    'rgb8': (3, cv2.COLOR_RGB2BGR),
    'bgra8': (4, cv2.COLOR_BGRA2BGR),
    '8UC4': (4, cv2.COLOR_BGRA2BGR),
    'rgba8': (4, cv2.COLOR_RGBA2BGR),
    'mono8': (1, cv2.COLOR_GRAY2BGR),
    '8UC1': (1, cv2.COLOR_GRAY2BGR),
    'mono16': (2, cv2.COLOR_GRAY2BGR),
    '16UC1': (2, cv2.COLOR_GRAY2BGR),
    'yuv422': (2, cv2.COLOR_YUV2BGR_UYVY),
    'uyvy': (2, cv2.COLOR_YUV2BGR_UYVY),
    'yuv422_yuy2': (2, cv2.COLOR_YUV2BGR_YUY2),
    'yuyv': (2, cv2.COLOR_YUV2BGR_YUY2),
    # OpenCV names a Bayer pattern by its second row's second and third pixel.
    'bayer_rggb8': (1, cv2.COLOR_BayerBG2BGR),
    'bayer_bggr8': (1, cv2.COLOR_BayerRG2BGR),
    'bayer_gbrg8': (1, cv2.COLOR_BayerGR2BGR),
    'bayer_grbg8': (1, cv2.COLOR_BayerGB2BGR),
}
ENCODINGS = tuple(_ENCODINGS)
_SIXTEEN_BIT = ('mono16', '16UC1')
_EVEN_WIDTH = ('yuv422', 'uyvy', 'yuv422_yuy2', 'yuyv')


def to_bgr(
    data: bytes | memoryview,
    height: int,
    width: int,
    step: int,
    encoding: str,
    is_bigendian: bool = False,
) -> NDArray[np.uint8]:
    """Return a raw picture as (height, width, 3) uint8 BGR.

    The arguments are the fields of sensor_msgs/Image: ``data`` holds rows of ``step`` bytes, of
    which those beyond the pixels are padding (the last row may go without); ``is_bigendian`` is
    the byte order of the 16-bit encodings.

    The result of 'bgr8' without padding is a read-only view of ``data``, not a copy.

    Raises:
        ImageFormatError: unknown encoding, empty or huge picture, rows shorter than the pixels,
            too little data, odd width of a 4:2:2 picture.
    """
    if encoding not in _ENCODINGS:
        raise ImageFormatError(
            f'image encoding {encoding!r} is not understood; accepted: {", ".join(ENCODINGS)}. '
            "Set the camera driver to one of them or put image_proc's conversion before"
        )
    bytes_per_pixel, conversion = _ENCODINGS[encoding]
    _check_size(width, height)
    if encoding in _EVEN_WIDTH and width % 2:
        raise ImageFormatError(
            f'{encoding} picture of odd width {width}; its pixels share colour in pairs, so the '
            "width must be even. Correct the driver's width"
        )
    row_bytes = width * bytes_per_pixel
    if step < row_bytes:
        raise ImageFormatError(
            f'row step of {step} bytes; {width} pixels of {encoding} need at least {row_bytes}. '
            "Correct the driver's step or encoding"
        )
    raw = np.frombuffer(memoryview(data).cast('B'), np.uint8)
    needed = step * (height - 1) + row_bytes
    if raw.size < needed:
        raise ImageFormatError(
            f'{raw.size} bytes of picture; {width}x{height} {encoding} with row step {step} needs '
            f'{needed}. The picture was cut short, or its size is wrong'
        )
    rows = np.lib.stride_tricks.as_strided(raw, (height, row_bytes), (step, 1), writeable=False)
    if encoding in _SIXTEEN_BIT:
        rows = rows[:, 0 if is_bigendian else 1 :: 2]
        bytes_per_pixel = 1
    pixels = np.ascontiguousarray(rows)
    if bytes_per_pixel > 1:
        pixels = pixels.reshape(height, width, bytes_per_pixel)
    if conversion is None:
        return pixels
    return np.asarray(cv2.cvtColor(pixels, conversion), np.uint8)


def compressed_to_bgr(data: bytes | memoryview) -> NDArray[np.uint8]:
    """Return a JPEG or PNG picture as (h, w, 3) uint8 BGR, not turned by its EXIF data.

    The size is read from the header first, so that a small file cannot claim gigabytes.

    Raises:
        ImageFormatError: neither JPEG nor PNG, damaged, empty or too large.
    """
    raw = bytes(data)
    width, height = _compressed_size(raw)
    _check_size(width, height)
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        picture = cv2.imdecode(np.frombuffer(raw, np.uint8), flags)
    except cv2.error:
        picture = None
    if picture is None:
        raise ImageFormatError(
            f'compressed picture of {len(raw)} bytes is damaged; accepted are whole JPEG and PNG '
            'files. Check the link or the encoder'
        )
    return np.asarray(picture, np.uint8)


def _check_size(width: int, height: int) -> None:
    if not (0 < width <= MAX_SIDE_PX and 0 < height <= MAX_SIDE_PX):
        raise ImageFormatError(
            f'picture of {width}x{height} pixels; accepted are 1 to {MAX_SIDE_PX} on each side. '
            'Check that the camera is delivering'
        )


def _compressed_size(raw: bytes) -> tuple[int, int]:
    """Width and height from the header of a PNG (IHDR) or JPEG (SOF segment)."""
    if raw[:8] == b'\x89PNG\r\n\x1a\n' and len(raw) >= 24:
        return int.from_bytes(raw[16:20], 'big'), int.from_bytes(raw[20:24], 'big')
    if raw[:2] == b'\xff\xd8':
        at = 2
        while at + 9 <= len(raw) and raw[at] == 0xFF:
            marker = raw[at + 1]
            if marker == 0xFF:  # fill byte
                at += 1
                continue
            if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
                height = int.from_bytes(raw[at + 5 : at + 7], 'big')
                return int.from_bytes(raw[at + 7 : at + 9], 'big'), height
            at += 2 + int.from_bytes(raw[at + 2 : at + 4], 'big')
    raise ImageFormatError(
        f'compressed picture of {len(raw)} bytes is neither JPEG nor PNG; accepted are whole files '
        "of these two. Set the image transport's format to jpeg or png"
    )
