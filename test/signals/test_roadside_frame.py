# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Frames over the air are bounded: no picture is a burden on its decoder."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from av_fusion_ros.signals.roadside_frame import (
    MAX_JPEG_BYTES,
    RoadsideFrameError,
    decode_frame,
    encode_frame,
)


def picture(height: int, width: int, noise: float = 0.0) -> NDArray[np.uint8]:
    y, x = np.mgrid[:height, :width]
    values = np.stack([x * 255 // width, y * 255 // height, (x + y) % 256], 2).astype(float)
    values += np.random.default_rng(0).normal(0, noise, values.shape)
    return np.clip(values, 0, 255).astype(np.uint8)


def jpeg(image: NDArray[np.uint8], *options: int) -> bytes:
    return bytes(cv2.imencode('.jpg', image, options)[1])


def test_what_is_sent_is_what_is_seen() -> None:
    sent = picture(240, 320)
    seen = decode_frame(encode_frame(sent))
    assert seen.shape == sent.shape
    assert np.abs(seen.astype(int) - sent).mean() < 4


def test_a_picture_that_compresses_badly_is_sent_at_a_lower_quality() -> None:
    sent = encode_frame(picture(480, 640, noise=20.0))
    assert len(sent) <= MAX_JPEG_BYTES
    decode_frame(sent)


def test_a_picture_that_does_not_fit_is_refused() -> None:
    for image in (picture(1000, 1300), picture(960, 1280, noise=200.0)):
        with pytest.raises(RoadsideFrameError, match='make it smaller'):
            encode_frame(image)


def claiming(data: bytes, height: int, width: int) -> bytes:
    """The JPEG with another size in its frame header."""
    at = data.index(b'\xff\xc0')
    return data[: at + 5] + height.to_bytes(2, 'big') + width.to_bytes(2, 'big') + data[at + 9 :]


small = jpeg(picture(48, 64))
progressive = jpeg(picture(48, 64), cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
HOSTILE = {
    'nothing': b'',
    'no picture': b'x' * 5000,
    'a PNG': bytes(cv2.imencode('.png', picture(16, 16))[1]),
    'half a picture header': small[:30],
    'a progressive picture': progressive,
    'thousands of scans': small.replace(b'\xff\xda', b'\xff\xda' * 4000),
    'a small file that claims gigapixels': claiming(small, 65535, 65535),
    'a small file that claims too many pixels': claiming(small, 1000, 1300),
    'no height': claiming(small, 0, 64),
    # A decoder passes over a lone marker without a length, and so would find another header.
    'a header hidden behind a lone marker': b'\xff\xd8\xff\x01\x00\x0c' + progressive[2:],
    'fill bytes only': b'\xff\xd8' + b'\xff' * 60000,
    'a segment without a length': b'\xff\xd8\xff\xe0\x00\x00' + small[2:],
}


@pytest.mark.parametrize('name', HOSTILE)
def test_a_hostile_picture_is_refused_before_it_is_decoded(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[bytes] = []
    monkeypatch.setattr(
        'av_fusion_ros.signals.roadside_frame.compressed_to_bgr', lambda jpeg: decoded.append(jpeg)
    )
    with pytest.raises(RoadsideFrameError):
        decode_frame(HOSTILE[name])
    assert not decoded


def test_no_damage_to_a_picture_raises_anything_else() -> None:
    rng = np.random.default_rng(0)
    for _ in range(300):
        data = bytearray(small)
        for at in rng.integers(0, len(data), 8):
            data[at] = rng.integers(256)
        try:
            seen = decode_frame(bytes(data))
        except RoadsideFrameError:
            continue
        assert seen.ndim == 3
