# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
import array
import struct
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from av_fusion_ros.signals.image_decoding import (
    ENCODINGS,
    ImageFormatError,
    compressed_to_bgr,
    to_bgr,
)

Picture = NDArray[np.uint8]


def smooth_picture(height: int, width: int) -> Picture:
    """Colours that change slowly, so that shared and interpolated colours stay right."""
    y, x = np.mgrid[:height, :width]
    planes = [60 + 90 * x / width, 200 - 100 * y / height, 80 + 60 * (x + y) / (width + height)]
    return np.stack(planes, -1).astype(np.uint8)


def encode(bgr: Picture, encoding: str) -> tuple[Picture, bool]:
    """Rows of bytes of a picture in an encoding, and whether the colours survive it."""
    height = len(bgr)
    grey = cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)
    if encoding in ('bgr8', '8UC3'):
        return bgr.reshape(height, -1), True
    if encoding == 'rgb8':
        return np.ascontiguousarray(bgr[:, :, ::-1]).reshape(height, -1), True
    if encoding in ('bgra8', '8UC4'):
        return cv2.cvtColor(bgr, cv2.COLOR_BGR2BGRA).reshape(height, -1), True
    if encoding == 'rgba8':
        return cv2.cvtColor(bgr, cv2.COLOR_BGR2RGBA).reshape(height, -1), True
    if encoding in ('mono8', '8UC1'):
        return grey, False
    if encoding in ('mono16', '16UC1'):
        return (grey.astype('<u2') * 257).view(np.uint8).reshape(height, -1), False
    if encoding in ('yuv422', 'uyvy', 'yuv422_yuy2', 'yuyv'):
        return yuv422_rows(bgr, luma_first=encoding in ('yuv422_yuy2', 'yuyv')), True
    return bayer_rows(bgr, encoding.removeprefix('bayer_').removesuffix('8')), True


def yuv422_rows(bgr: Picture, luma_first: bool) -> Picture:
    """BT.601, studio range; each pair of pixels shares U and V."""
    b, g, r = np.moveaxis(bgr.astype(float), -1, 0)
    y = 16 + 0.257 * r + 0.504 * g + 0.098 * b
    u = (128 - 0.148 * r - 0.291 * g + 0.439 * b)[:, ::2]
    v = (128 + 0.439 * r - 0.368 * g - 0.071 * b)[:, ::2]
    rows = np.zeros((bgr.shape[0], bgr.shape[1] * 2))
    luma, chroma = (0, 1) if luma_first else (1, 0)
    rows[:, luma::2] = y
    rows[:, chroma::4] = u
    rows[:, chroma + 2 :: 4] = v
    return np.round(rows).astype(np.uint8)


def bayer_rows(bgr: Picture, pattern: str) -> Picture:
    rows = np.zeros(bgr.shape[:2], np.uint8)
    for i, colour in enumerate(pattern):
        y, x = divmod(i, 2)
        rows[y::2, x::2] = bgr[y::2, x::2, 'bgr'.index(colour)]
    return rows


@pytest.mark.parametrize('encoding', ENCODINGS)
@pytest.mark.parametrize('padding', [0, 1, 37])
def test_each_encoding_with_and_without_padding(encoding: str, padding: int) -> None:
    bgr = smooth_picture(48, 62)
    rows, coloured = encode(bgr, encoding)
    padded = np.pad(rows, ((0, 0), (0, padding)), constant_values=251)
    got = to_bgr(padded.tobytes(), 48, 62, padded.shape[1], encoding)
    assert got.shape == (48, 62, 3)
    assert got.dtype == np.uint8
    grey = cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)
    expected = bgr if coloured else cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)
    inner = (slice(2, -2), slice(2, -2))
    assert np.abs(got[inner].astype(int) - expected[inner]).max() <= 4


@given(
    height=st.integers(1, 9),
    width=st.integers(1, 9),
    padding=st.integers(0, 5),
    cut=st.booleans(),
)
def test_odd_sizes_and_steps_are_exact(height: int, width: int, padding: int, cut: bool) -> None:
    bgr = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    rows = np.pad(bgr.reshape(height, -1), ((0, 0), (0, padding)))
    data = rows.tobytes()
    if cut and padding:  # some drivers leave the last row's padding out
        data = data[:-padding]
    assert np.array_equal(to_bgr(data, height, width, rows.shape[1], 'bgr8'), bgr)


@pytest.mark.parametrize('big', [True, False])
def test_byte_order_of_16_bit_pictures(big: bool) -> None:
    values = np.array([[0, 0x1234, 0xFFFF], [0x00FF, 0x0100, 0x8000]], np.uint16)
    data = values.astype('>u2' if big else '<u2').tobytes()
    got = to_bgr(data, 2, 3, 6, 'mono16', is_bigendian=big)
    assert got[..., 0].tolist() == [[0, 0x12, 0xFF], [0, 1, 0x80]]


def test_bgr8_is_not_copied() -> None:
    data = bytearray(12)
    got = to_bgr(memoryview(data), 2, 2, 6, 'bgr8')
    data[0] = 99
    assert got[0, 0, 0] == 99
    assert not got.flags.writeable


def test_a_messages_array_is_accepted() -> None:
    assert to_bgr(memoryview(array.array('B', range(6))), 1, 2, 6, 'bgr8').tolist() == [
        [[0, 1, 2], [3, 4, 5]]
    ]


@pytest.mark.parametrize(
    ('size', 'height', 'width', 'step', 'encoding', 'message'),
    [
        (12, 2, 2, 6, 'bgr10', "image encoding 'bgr10' is not understood; accepted: bgr8, 8UC3"),
        (12, 2, 2, 6, '', "image encoding '' is not understood"),
        (0, 0, 0, 0, 'bgr8', 'picture of 0x0 pixels; accepted are 1 to 8192 on each side'),
        (0, 2, 0, 0, 'mono8', 'picture of 0x2 pixels'),
        (9, 1, 9000, 27000, 'bgr8', 'picture of 9000x1 pixels'),
        (12, 2, 2, 5, 'bgr8', 'row step of 5 bytes; 2 pixels of bgr8 need at least 6'),
        (11, 2, 2, 6, 'bgr8', '11 bytes of picture; 2x2 bgr8 with row step 6 needs 12'),
        (0, 2, 2, 6, 'bgr8', '0 bytes of picture'),
        (12, 2, 3, 6, 'yuv422', 'yuv422 picture of odd width 3'),
    ],
)
def test_bad_pictures_are_refused_with_what_is_wrong(
    size: int, height: int, width: int, step: int, encoding: str, message: str
) -> None:
    with pytest.raises(ImageFormatError, match=message):
        to_bgr(bytes(size), height, width, step, encoding)


@pytest.mark.parametrize('kind', ['.jpg', '.png'])
def test_compressed_pictures(kind: str) -> None:
    bgr = smooth_picture(48, 62)
    data = cv2.imencode(kind, bgr)[1].tobytes()
    assert np.abs(compressed_to_bgr(data).astype(int) - bgr).max() <= (0 if kind == '.png' else 6)


@pytest.mark.parametrize('kind', ['.jpg', '.png'])
def test_cut_or_damaged_compressed_pictures_never_crash(kind: str) -> None:
    data = cv2.imencode(kind, smooth_picture(48, 62))[1].tobytes()
    for end in range(0, len(data) - 1, 7):
        try:
            assert compressed_to_bgr(data[:end]).shape == (48, 62, 3)
        except ImageFormatError as error:
            assert 'compressed picture of' in str(error)  # noqa: PT017


@pytest.mark.parametrize('data', [b'', b'GIF89a' + bytes(20), b'\xff\xd8', b'\xff\xd8\xff\xff\xff'])
def test_other_formats_are_refused(data: bytes) -> None:
    with pytest.raises(ImageFormatError, match='is neither JPEG nor PNG; accepted are'):
        compressed_to_bgr(data)


def test_a_small_file_cannot_claim_a_huge_picture() -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack('>I', len(body)) + kind + body + struct.pack('>I', zlib.crc32(kind + body))
        )

    header = struct.pack('>IIBBBBB', 60000, 60000, 8, 2, 0, 0, 0)
    bomb = b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', header) + chunk(b'IEND', b'')
    with pytest.raises(ImageFormatError, match='picture of 60000x60000 pixels'):
        compressed_to_bgr(bomb)
